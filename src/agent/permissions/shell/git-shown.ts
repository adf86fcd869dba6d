import { readOptions, type OptionUse } from "./option-table";
import { gitReadTable, gitValueOptions } from "./tables/git-commands";

/** What a git command prints of files that it need not name. */
export interface GitShown {
  /** Where it looks when nothing narrows it: the whole work tree, or the folder it runs in. */
  from: "top" | "cwd";
  elsewhere: Elsewhere;
  /** Paths for sure. */
  pathspecs: string[];
  /** Revisions, or paths where such a file exists. */
  words: string[];
}

/** Options before the sub-command that say where the repository is. */
interface Elsewhere {
  /** `-C`, each seen from the one before. */
  folders: string[];
  /** `--work-tree` and `--git-dir`, seen from there. */
  trees: string[];
}

/** A pathspec without its magic. */
export interface Pathspec {
  path: string;
  fromTop: boolean;
  exclude: boolean;
  /** Matches more than its letters say. */
  loose: boolean;
}

/** undefined: names, figures or nothing at all, but no text of files. */
export function gitShown(words: readonly string[]): GitShown | undefined {
  if (!/^(?:.*[\\/])?git(?:\.exe)?$/i.test(words[0] ?? "")) return undefined;
  const { rest: command, ...elsewhere } = readGlobalOptions(words.slice(1));
  const found = gitReadTable(command);
  if (typeof found === "string") return undefined;
  const sub = found.name;
  const use = readOptions(found.table, found.rest);
  const options = typeof use === "string" ? found.rest.map(nameOfOption) : use.options.map(({ name }) => name);
  const operands = typeof use === "string" ? found.rest.filter((word) => !word.startsWith("-")) : use.operands;
  if (!prints(sub, options, operands)) return undefined;
  const rest = found.rest.indexOf("--");
  const behind = rest < 0 ? [] : found.rest.slice(rest + 1);
  const before = operands.slice(0, operands.length - behind.length);
  // A pattern, or the kind of an object, stands first.
  const first = (sub === "grep" && !options.includes("-e")) || (sub === "cat-file" && before.length > 1) ? 1 : 0;
  const widened = options.includes("--full-diff") || objectOnly.has(sub);
  return {
    from: sub === "grep" ? "cwd" : "top",
    elsewhere,
    pathspecs: widened ? [] : [...behind, ...rangeFiles(use)],
    words: widened ? [] : before.slice(first),
  };
}

export function readPathspec(text: string): Pathspec {
  const long = /^:\(([^)]*)\)(.*)$/s.exec(text);
  const short = /^:([!^/]+):?(.*)$/s.exec(text);
  const magic = long?.[1]?.split(",") ?? [];
  const path = long?.[2] ?? short?.[2] ?? text;
  return {
    path,
    fromTop: magic.includes("top") || (short?.[1] ?? "").includes("/"),
    exclude: magic.includes("exclude") || /[!^]/.test(short?.[1] ?? ""),
    loose: magic.some((one) => one === "icase" || one.startsWith("attr")),
  };
}

/** A revision looks like a path inside and passes; `rev:path` names a file as well, from the repository's top. */
export function gitOperandPaths(operand: string): { text: string; fromTop?: true }[] {
  if (operand === "" || /^https?:/.test(operand)) return [];
  if (/^:[(!^/]/.test(operand)) {
    const { path, fromTop, exclude } = readPathspec(operand);
    return exclude || path === "" ? [] : [{ text: path, ...(fromTop && { fromTop }) }];
  }
  const colon = /^:[0-3]:/.test(operand) ? 2 : operand.startsWith(":") ? operand.lastIndexOf(":") : operand.indexOf(":");
  const revision = operand.replace(/\.\.\.?/g, (dots, at: number) =>
    operand[at - 1] === undefined || operand[at - 1] === "/" || operand[at + dots.length] === "/" ? dots : "-",
  );
  if (colon < 0) return [{ text: revision }];
  const text = operand.slice(colon + 1);
  return text === "" ? [] : [{ text, ...(!/^\.{1,2}\//.test(text) && { fromTop: true as const }) }];
}

/** They take no paths, so nothing narrows them. */
const objectOnly = new Set(["range-diff", "stash show"]);
const printsAlways = new Set(["grep", "range-diff"]);
const printsPatch = new Set(["show", "diff", "stash show"]);
const mayPrintPatch = new Set([
  "log",
  "whatchanged",
  "diff-tree",
  "diff-index",
  "diff-files",
  "stash list",
  "reflog",
  "reflog show",
]);
const patch = new Set(
  "-p -u -U -c -m -L -W --patch --unified --patch-with-raw --patch-with-stat --binary --cc --dd --remerge-diff --diff-merges --check --word-diff --word-diff-regex --color-words --function-context --inter-hunk-context".split(
    " ",
  ),
);
const figures = new Set(
  "-s --no-patch --stat --numstat --shortstat --dirstat --summary --name-only --name-status --raw --compact-summary --quiet".split(
    " ",
  ),
);

function prints(sub: string, options: readonly string[], operands: readonly string[]): boolean {
  if (sub === "cat-file") return options.includes("-p") || operands.length > 1;
  if (sub === "status") return options.some((name) => name === "-v" || name === "--verbose");
  if (printsAlways.has(sub)) return true;
  if (!printsPatch.has(sub) && !mayPrintPatch.has(sub)) return false;
  if (options.some((name) => patch.has(name))) return true;
  // An object's number may be a file's.
  if (sub === "show" && operands.some((word) => /^[0-9a-f]{4,}$/.test(word))) return true;
  return printsPatch.has(sub) && !options.some((name) => figures.has(name));
}

const rangeFiles = (use: OptionUse | string): string[] =>
  typeof use === "string"
    ? []
    : use.options.flatMap(({ name, value = "" }) => (name === "-L" ? [value.slice(value.lastIndexOf(":") + 1)] : []));

const nameOfOption = (word: string): string => (word.startsWith("--") ? word.replace(/=.*/s, "") : word.slice(0, 2));

/** `git -C folder -c key=value diff`: the same command, read elsewhere or otherwise. */
function readGlobalOptions(words: readonly string[]): Elsewhere & { rest: readonly string[] } {
  const folders: string[] = [];
  const trees: string[] = [];
  let at = 0;
  while (words[at]?.startsWith("-")) {
    const [name = "", joined] = words[at++]?.split(/=(.*)/s) ?? [];
    const value = joined ?? (gitValueOptions.has(name) ? (words[at++] ?? "") : "");
    if (name === "-C") folders.push(value);
    if (name === "--work-tree") trees.push(value);
    if (name === "--git-dir") trees.push(value.replace(/(?:^|\/)\.git\/*$/, "") || ".");
  }
  return { folders, trees, rest: words.slice(at) };
}
