export interface GitConfigEntry {
  /** Lower case, without subsection. */
  section: string;
  subsection?: string;
  key: string;
  value: string;
}

/** A strict reader: anything unusual (odd quoting, unknown escapes) gives null, which asks. */
export function parseGitConfig(text: string): GitConfigEntry[] | null {
  const entries: GitConfigEntry[] = [];
  let section: string | undefined;
  let subsection: string | undefined;
  for (const raw of joinContinuations(text.replace(/^\ufeff/, ""))) {
    let line = raw.trim();
    if (line === "" || line.startsWith("#") || line.startsWith(";")) continue;
    const head = /^\[\s*([A-Za-z0-9.-]+)(?:\s+"((?:[^"\\]|\\.)*)")?\s*\]\s*/.exec(line);
    if (head) {
      [section, subsection] = [(head[1] as string).toLowerCase(), head[2]?.replace(/\\(.)/g, "$1")];
      const dot = section.indexOf(".");
      if (dot > 0) [section, subsection] = [section.slice(0, dot), section.slice(dot + 1)];
      line = line.slice(head[0].length);
      if (line === "" || /^[#;]/.test(line)) continue;
    }
    const entry = /^([A-Za-z][A-Za-z0-9-]*)\s*(?:=\s*([^]*))?$/.exec(line);
    if (!entry || section === undefined) return null;
    const value = entry[2] === undefined ? "true" : readValue(entry[2]);
    if (value === null) return null;
    entries.push({
      section,
      ...(subsection === undefined ? {} : { subsection }),
      key: (entry[1] as string).toLowerCase(),
      value,
    });
  }
  return entries;
}

function joinContinuations(text: string): string[] {
  return text.replace(/\\\r?\n/g, "").split(/\r?\n/);
}

function readValue(text: string): string | null {
  let out = "";
  let quoted = false;
  for (let i = 0; i < text.length; i++) {
    const c = text[i] as string;
    if (c === '"') quoted = !quoted;
    else if (c === "\\") {
      const next = text[++i];
      const escapes: Record<string, string> = { n: "\n", t: "\t", b: "\b", "\\": "\\", '"': '"' };
      if (next === undefined || escapes[next] === undefined) return null;
      out += escapes[next];
    } else if (!quoted && (c === "#" || c === ";")) break;
    else out += c;
  }
  return quoted ? null : out.trim();
}

/** Paths of a .gitmodules file, null when it is not plain. */
export function submodulePaths(text: string): string[] | null {
  const entries = parseGitConfig(text);
  if (entries === null) return null;
  return entries.filter(({ section, key }) => section === "submodule" && key === "path").map(({ value }) => value);
}

const bool = /^(?:true|false|yes|no|on|off|0|1|)$/i;
const safeCore = new Set(
  "repositoryformatversion filemode logallrefupdates ignorecase precomposeunicode symlinks autocrlf eol safecrlf untrackedcache splitindex quotepath longpaths abbrev compression loosecompression bigfilethreshold sparsecheckout sparsecheckoutcone commentchar whitespace preloadindex fscache hidedotfiles protectntfs protecthfs multipackindex commitgraph checkstat trustctime deltabasecachelimit packedgitlimit packedgitwindowsize notesref createobject fsync fsyncmethod fsyncobjectfiles sharedrepository maxtreedepth warnambiguousrefs excludesfile".split(
    " ",
  ),
);
/** Sections whose keys name no program; with a subsection only where it says so. */
const safeSections = new Set(
  "user author committer init pull push fetch rebase color column advice blame status stash index feature maintenance rerere gui pack transfer versionsort apply am branch gc lfs http https url safe clone checkout commitgraph reflog revert rev-list notes tag switch showbranch github github-desktop vscode-merge-base hub codespaces worktree gitflow".split(
    " ",
  ),
);
const remoteKeys = new Set(
  "url pushurl fetch push tagopt prune prunetags mirror skipdefaultupdate skipfetchall gh-resolved github-pr-remote followremotehead".split(
    " ",
  ),
);
const submoduleKeys = new Set("url path active branch ignore recurse shallow fetchrecursesubmodules fetchjobs".split(" "));
const programKeys =
  /(?:command|cmd|program|helper|editor|pager|tool|exec|hook|driver|askpass|proxy|path|sshcommand|variant|external|filter|textconv|clean|smudge|process|uploadpack|receivepack|vcs)$/;

/** Allow-list: a key that is not known to be harmless may name a program. */
export function configProblem(entry: GitConfigEntry): string | undefined {
  const { section, subsection, key, value } = entry;
  const name = [section, subsection, key].filter((part) => part !== undefined).join(".");
  const bad = `the repository configuration sets ${name}, which may run a program`;
  if (section === "core") return coreProblem(key, value) ? bad : undefined;
  if (/^ext::|^fd::|^-|[\0\n]/.test(value) && (section === "remote" || section === "url" || section === "submodule")) return bad;
  if (section === "url" && /^ext::|^fd::|^-/.test(subsection ?? "")) return bad;
  if (section === "remote")
    return subsection === undefined ? (key === "pushdefault" ? undefined : bad) : remoteKeys.has(key) ? undefined : bad;
  if (section === "submodule") return submoduleKeys.has(key) ? undefined : bad;
  if (section === "diff" || section === "merge") return subsection === undefined && !programKeys.test(key) ? undefined : bad;
  if (section === "extensions")
    return key === "objectformat" || key === "worktreeconfig" || key === "refstorage" || key === "relativeworktrees"
      ? undefined
      : bad;
  if (section === "log") return key === "showsignature" || /%G/.test(value) ? bad : undefined;
  if (section === "format" || section === "pretty") return /%G/.test(value) || programKeys.test(key) ? bad : undefined;
  if (section === "commit")
    return key === "gpgsign" || key === "verbose" || key === "cleanup" || key === "status" ? undefined : bad;
  if (section === "grep")
    return ["linenumber", "column", "patterntype", "extendedregexp", "threads", "fullname"].includes(key) ? undefined : bad;
  return safeSections.has(section) && !programKeys.test(key) ? undefined : bad;
}

function coreProblem(key: string, value: string): boolean {
  if (key === "bare") return !/^(?:false|no|off|0)$/i.test(value);
  if (key === "fsmonitor") return !/^(?:false|no|off|0|)$/i.test(value);
  if (key === "hookspath") return value !== "/dev/null";
  return !safeCore.has(key) && !(key === "untrackedcache" && bool.test(value));
}
