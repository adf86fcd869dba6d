import { isAbsolute, join, relative, sep } from "node:path";

export interface GlobPlan {
  /** The deepest folder that holds all matches. */
  base: string;
  /** What the file name must fit, when the pattern says so. */
  name?: string;
  /** Takes an absolute path. */
  matches(path: string): boolean;
}

const MAGIC = /[*?[\]{}!]/;

/** `*.ts` fits at any depth, `src/*.ts` only there; leading plain folders become the base. */
export function globPlan(pattern: string, path: string): GlobPlan {
  const segments = pattern
    .replaceAll("\\", sep === "\\" ? "/" : "\\")
    .replace(/^\.\//, "")
    .split("/");
  let base = isAbsolute(pattern) ? segments.shift() || "/" : path;
  const plain = segments.slice(0, -1).findIndex((segment) => MAGIC.test(segment));
  const moved = plain < 0 ? segments.length - 1 : plain;
  base = join(base, ...segments.slice(0, moved).filter(Boolean));
  const rest = segments.slice(moved);
  const anywhere = moved === 0 && rest.length === 1 && !isAbsolute(pattern);
  const regexp = globToRegExp(anywhere ? `**/${rest.join("/")}` : rest.join("/"));
  const last = rest.at(-1) ?? "**";
  const plan = { base, matches: (file: string) => regexp.test(relative(base, file).replaceAll(sep, "/")) };
  return last.includes("**") || /[[\]\\:!]/.test(last) ? plan : { ...plan, name: last };
}

/** The usual globs: ** * ? [a-z] [!a] {a,b} and \ before a character. */
export function globToRegExp(glob: string): RegExp {
  let source = "";
  let open = 0;
  for (let at = 0; at < glob.length; at++) {
    const char = glob[at] as string;
    if (char === "*" && glob[at + 1] === "*") {
      const folders = glob[at + 2] === "/";
      source += folders ? "(?:[^/]+/)*" : ".*";
      at += folders ? 2 : 1;
    } else if (char === "*") source += "[^/]*";
    else if (char === "?") source += "[^/]";
    else if (char === "[" && glob.indexOf("]", at + 2) > 0) {
      const end = glob.indexOf("]", at + 2);
      source += `(?!/)[${glob
        .slice(at + 1, end)
        .replace(/^!/, "^")
        .replaceAll("\\", "\\\\")}]`;
      at = end;
    } else if (char === "{" && glob.indexOf("}", at) > 0) {
      source += "(?:";
      open++;
    } else if (char === "}" && open > 0) {
      source += ")";
      open--;
    } else if (char === "," && open > 0) source += "|";
    else {
      const literal = char === "\\" && at + 1 < glob.length ? (glob[++at] as string) : char;
      source += literal.replace(/[.*+?^${}()|[\]\\/]/g, "\\$&");
    }
  }
  try {
    return new RegExp(`^${source}${")".repeat(open)}$`, "s");
  } catch {
    return /(?!)/; // a class such as [z-a] fits nothing
  }
}
