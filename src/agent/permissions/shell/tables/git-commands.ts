import { optionTable, type OptionTable, type OptionUse } from "../option-table";

/** Options before the sub-command whose value may be the next word. */
export const gitValueOptions = new Set([
  "-c",
  "-C",
  "--git-dir",
  "--work-tree",
  "--namespace",
  "--exec-path",
  "--super-prefix",
  "--config-env",
  "--attr-source",
  "--list-cmds",
]);

const diffLong =
  "stat=? numstat shortstat dirstat=? summary name-only name-status patch no-patch unified= raw patch-with-raw patch-with-stat minimal patience histogram diff-algorithm= color=? no-color color-words=? word-diff=? word-diff-regex= color-moved=? no-color-moved find-renames=? no-renames find-copies=? find-copies-harder diff-filter= pickaxe-all pickaxe-regex full-index binary abbrev=? no-abbrev ignore-space-at-eol ignore-cr-at-eol ignore-space-change ignore-all-space ignore-blank-lines ignore-matching-lines= inter-hunk-context= function-context exit-code quiet relative=? no-relative text src-prefix= dst-prefix= no-prefix default-prefix check compact-summary no-ext-diff no-textconv cached staged merge-base irreversible-delete break-rewrites=? anchored= indent-heuristic no-indent-heuristic no-color-moved-ws stat-width= stat-count= stat-name-width=";
const revLong =
  "oneline max-count= skip= since= after= until= before= author= committer= grep= all-match invert-grep regexp-ignore-case basic-regexp extended-regexp fixed-strings perl-regexp merges no-merges min-parents= max-parents= first-parent all branches=? tags=? remotes=? glob= exclude= reflog cherry-pick cherry-mark left-only right-only left-right cherry boundary simplify-by-decoration simplify-merges full-history ancestry-path topo-order date-order author-date-order reverse date= abbrev-commit no-abbrev-commit parents children graph no-graph decorate=? no-decorate decorate-refs= decorate-refs-exclude= source format= pretty=? follow full-diff no-notes notes=? no-walk=? walk-reflogs grep-reflog= count relative-date encoding= no-expand-tabs expand-tabs=? show-pulls no-mailmap mailmap use-mailmap log-size combined-all-paths dd remerge-diff diff-merges= no-diff-merges clear-decorations";
const diffFlags = "pusabBwWRzMCDr";
const diffValues = "USGI";

/** `-M90%`: how alike two files must be. */
const likeness = { M: /^\d+%?$/, C: /^\d+%?$/, B: /^\d+%?(?:\/\d+%?)?$/ };

const log = optionTable({
  attached: likeness,
  flags: `${diffFlags}iEFPgcmtq0`,
  values: `${diffValues}nLl`,
  long: `${diffLong} ${revLong}`,
  number: true,
  operands: "text",
  check: noSignature,
});
const diff = optionTable({
  attached: likeness,
  flags: `${diffFlags}q0123c`,
  values: `${diffValues}l`,
  long: `${diffLong} no-index`,
  number: true,
  operands: "text",
});
const listing =
  "contains=? no-contains=? merged=? no-merged=? points-at= sort= format= color=? no-color column=? no-column ignore-case omit-empty abbrev=? no-abbrev";

/** Sub-commands that only read, with the options that keep them so. Nothing here may start a pager, a filter or a helper. */
export const gitReadCommands: Record<string, OptionTable> = {
  status: optionTable({
    flags: "sbvzu",
    attached: { u: /^(?:no|normal|all)$/ },
    long: "short branch show-stash porcelain=? long verbose untracked-files=? ignored=? no-renames renames find-renames=? ahead-behind no-ahead-behind column=? no-column",
    operands: "text",
  }),
  diff,
  "diff-tree": optionTable({
    flags: `${diffFlags}tcmv`,
    values: diffValues,
    long: `${diffLong} root no-commit-id stdin cc format= pretty=?`,
    operands: "text",
    check: noSignature,
  }),
  "diff-index": optionTable({ flags: `${diffFlags}m`, values: diffValues, long: diffLong, operands: "text" }),
  "diff-files": optionTable({ flags: `${diffFlags}q0123c`, values: diffValues, long: diffLong, operands: "text" }),
  "range-diff": optionTable({ long: `${diffLong} creation-factor= no-dual-color left-only right-only`, operands: "text" }),
  log,
  show: log,
  shortlog: optionTable({
    flags: "nsecw",
    values: "",
    long: `numbered summary email committer group= format= ${revLong}`,
    number: true,
    operands: "text",
    check: noSignature,
  }),
  whatchanged: log,
  "rev-list": optionTable({
    flags: "niEFP",
    values: "",
    long: `${revLong} objects header timestamp disk-usage=? use-bitmap-index pretty=? bisect bisect-vars bisect-all`,
    number: true,
    operands: "text",
    check: noSignature,
  }),
  "rev-parse": optionTable({
    flags: "q",
    long: "verify quiet short=? abbrev-ref=? symbolic symbolic-full-name git-dir absolute-git-dir git-common-dir show-toplevel show-prefix show-cdup show-superproject-working-tree is-inside-git-dir is-inside-work-tree is-bare-repository is-shallow-repository all branches=? tags=? remotes=? default= revs-only no-revs flags no-flags show-object-format=? show-ref-format git-path= path-format= sq local-env-vars since= until= disambiguate=",
    operands: "text",
  }),
  "ls-files": optionTable({
    flags: "cdmoiskutvzf",
    values: "xX",
    long: "cached deleted modified others ignored stage unmerged killed directory no-empty-directory eol full-name error-unmatch abbrev=? exclude= exclude-standard deduplicate recurse-submodules format= debug sparse",
    operands: "text",
    check: (use) => (use.options.some(({ name }) => name === "-X") ? "ls-files -X reads another file" : undefined),
  }),
  "ls-tree": optionTable({
    flags: "drtlz",
    long: "long name-only name-status object-only full-name full-tree abbrev=? format=",
    operands: "text",
  }),
  blame: optionTable({
    flags: "bltefnspwcMC",
    values: "L",
    long: "root show-stats porcelain line-porcelain incremental date= color-lines color-by-age abbrev= first-parent show-name show-number show-email minimal ignore-rev= progress no-progress",
    operands: "text",
  }),
  annotate: optionTable({ flags: "bltefnspwMC", values: "L", long: "root date= abbrev=", operands: "text" }),
  grep: optionTable({
    flags: "aiInwvhHEGFPlLzopqcWr",
    values: "eABCm",
    number: true,
    long: "cached text ignore-case word-regexp invert-match full-name extended-regexp basic-regexp perl-regexp fixed-strings line-number column files-with-matches name-only files-without-match null only-matching count color=? no-color break heading show-function function-context context= after-context= before-context= max-count= max-depth= and or not all-match quiet threads= no-textconv",
    operands: "text",
  }),
  "cat-file": optionTable({ flags: "ptse", long: "batch-check=?", operands: "text", check: noSignature }),
  describe: optionTable({
    long: "all tags contains abbrev= candidates= exact-match debug long match= exclude= always first-parent dirty=? broken=?",
    operands: "text",
  }),
  branch: optionTable({
    flags: "arvl",
    long: `all remotes list verbose show-current ${listing}`,
    operands: "text",
    check: listOnly(["--contains", "--no-contains", "--merged", "--no-merged"]),
  }),
  tag: optionTable({
    flags: "ln",
    long: `list ${listing}`,
    number: true,
    operands: "text",
    check: listOnly(["--contains", "--no-contains", "--merged", "--no-merged"]),
  }),
  "for-each-ref": optionTable({
    flags: "",
    long: `count= exclude= include-root-refs stdin ${listing}`,
    operands: "text",
    check: noSignature,
  }),
  "show-ref": optionTable({
    flags: "dsq",
    long: "head heads branches tags dereference hash=? verify abbrev=? quiet exists",
    operands: "text",
  }),
  "show-branch": optionTable({
    flags: "ar",
    long: "all remotes current topo-order date-order sparse list no-name sha1-name more= color no-color",
    operands: "text",
  }),
  "symbolic-ref": optionTable({ flags: "q", long: "quiet short no-recurse", operands: "text", most: 1 }),
  "merge-base": optionTable({ flags: "a", long: "all octopus independent is-ancestor fork-point", operands: "text" }),
  "name-rev": optionTable({ long: "tags refs= exclude= all name-only no-undefined always", operands: "text" }),
  "count-objects": optionTable({ flags: "vH", long: "verbose human-readable", operands: "none" }),
  "check-ignore": optionTable({ flags: "qvn", long: "quiet verbose non-matching no-index", operands: "text" }),
  "check-attr": optionTable({ flags: "a", long: "all cached", operands: "text" }),
  "check-ref-format": optionTable({ long: "branch allow-onelevel normalize refspec-pattern", operands: "text" }),
  cherry: optionTable({ flags: "v", long: "abbrev=?", operands: "text" }),
  version: optionTable({ long: "build-options", operands: "none" }),
};

/** Sub-commands of sub-commands. */
const nested: Record<string, Record<string, OptionTable>> = {
  remote: {
    "": optionTable({ flags: "v", long: "verbose", operands: "none" }),
    "get-url": optionTable({ long: "push all", operands: "text", most: 1 }),
  },
  stash: { list: log, show: log },
  worktree: { list: optionTable({ flags: "vz", long: "porcelain verbose", operands: "none" }) },
  reflog: { "": log, show: log, exists: optionTable({ operands: "text" }) },
  notes: { list: optionTable({ operands: "text" }), show: optionTable({ operands: "text" }) },
  config: {
    "": optionTable({ long: "get local", operands: "text", most: 1, check: readKey }),
    get: optionTable({ operands: "text", most: 1, check: readKey }),
  },
  bisect: { log: optionTable({ operands: "none" }) },
};

/** The table for `git <words…>`, the words it leaves and the sub-command's name, or why there is none. */
export function gitReadTable(words: readonly string[]): { name: string; table: OptionTable; rest: readonly string[] } | string {
  const sub = words[0];
  if (sub === undefined) return "git without a sub-command";
  const direct = Object.hasOwn(gitReadCommands, sub) ? gitReadCommands[sub] : undefined;
  if (direct) return { name: sub, table: direct, rest: words.slice(1) };
  const group = Object.hasOwn(nested, sub) ? nested[sub] : undefined;
  if (!group) return `git ${sub} is not on the read-only list`;
  const next = words[1];
  const inner = next !== undefined && next !== "" && Object.hasOwn(group, next) ? group[next] : undefined;
  if (inner) return { name: `${sub} ${next}`, table: inner, rest: words.slice(2) };
  const bare = group[""];
  if (bare && (next === undefined || next.startsWith("-"))) return { name: sub, table: bare, rest: words.slice(1) };
  return `git ${words.slice(0, 2).join(" ")} is not on the read-only list`;
}

/** `%G?` and friends start gpg. */
function noSignature(use: OptionUse): string | undefined {
  const bad = use.options.some(
    ({ name, value }) => /^--(?:format|pretty|batch-check)$/.test(name) && /%G|%\([^)]*signature/.test(value ?? ""),
  );
  return bad ? "the format verifies signatures, which starts a program" : undefined;
}

/** An operand creates a branch or tag unless a listing option makes it a pattern. */
function listOnly(listers: string[]): (use: OptionUse) => string | undefined {
  return (use) => {
    const signature = noSignature(use);
    if (signature) return signature;
    const list = use.options.some(({ name }) => name === "--list" || name === "-l" || listers.includes(name));
    return use.operands.length === 0 || list ? undefined : "an operand creates or changes a branch or tag";
  };
}

function readKey(use: OptionUse): string | undefined {
  const get = use.options.some(({ name }) => name === "--get") || use.options.length === 0;
  const plain = use.operands.every((key) =>
    /^(?:user\.(?:name|email)|init\.defaultbranch|core\.(?:autocrlf|eol|ignorecase|filemode|bare|editor)|remote\.[\w-]+\.(?:url|fetch)|branch\.[\w/.-]+\.(?:remote|merge)|pull\.rebase|push\.default)$/i.test(
      key,
    ),
  );
  const explicit = use.options.some(({ name }) => name === "--get");
  return get && plain && use.operands.length === 1 && explicit ? undefined : "git config reads or writes settings";
}
