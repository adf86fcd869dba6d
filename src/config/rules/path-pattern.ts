import ignore, { type Ignore } from "ignore";

export interface PathPattern {
  anchor: "root" | "home" | "source" | "cwd";
  /** gitignore pattern below the anchor. */
  pattern: string;
  /** Names one file or folder, no wildcard: the only form that may lift a protected name. */
  literal: boolean;
  test: (relative: string, foldCase: boolean) => boolean;
}

/** Where the four anchors stand for this decision. */
export interface PathAnchors {
  cwd: string;
  roots: readonly string[];
  home: string;
  base: string;
  foldCase: boolean;
}

export function compilePathPattern(specifier: string, list: "allow" | "ask" | "deny"): PathPattern | string {
  const text = specifier.trim().replace(/\\/g, "/");
  if (text === "") return "the path is empty";
  if (text.startsWith("!")) return "a path rule cannot be negated";
  const { anchor, rest } = anchorOf(text);
  const pattern = widen(rest, anchor, list);
  const literal = !/[*?[\]]/.test(text) && !text.endsWith("/");
  const exact = lazyMatcher(pattern, false);
  const folded = lazyMatcher(pattern, true);
  return { anchor, pattern, literal, test: (relative, foldCase) => (foldCase ? folded() : exact()).ignores(relative) };
}

/** `path` is absolute, with slashes and without dot segments. */
export function pathMatches(pattern: PathPattern, path: string, anchors: PathAnchors): boolean {
  return bases(pattern, anchors).some((base) => {
    const relative = below(base, path, anchors.foldCase);
    if (relative === undefined) return false;
    return relative === ""
      ? pattern.pattern === "/**" || pattern.pattern === "**"
      : pattern.test(normal(relative, anchors), anchors.foldCase);
  });
}

function bases(pattern: PathPattern, anchors: PathAnchors): string[] {
  if (pattern.anchor === "root") return ["/"];
  if (pattern.anchor === "home") return [anchors.home];
  return [pattern.anchor === "source" ? anchors.base : anchors.cwd];
}

function anchorOf(text: string): { anchor: PathPattern["anchor"]; rest: string } {
  if (text.startsWith("//")) return { anchor: "root", rest: text.slice(1) };
  if (/^[A-Za-z]:\//.test(text)) return { anchor: "root", rest: `/${text[0]?.toLowerCase()}${text.slice(2)}` };
  if (text === "~" || text.startsWith("~/")) return { anchor: "home", rest: text.slice(1) || "/**" };
  if (text.startsWith("/")) return { anchor: "source", rest: text };
  if (text.startsWith("./")) return { anchor: "cwd", rest: text.slice(1) };
  return { anchor: "cwd", rest: text };
}

/** `src/**`: for deny and ask at any depth, for allow only directly below. */
function widen(rest: string, anchor: PathPattern["anchor"], list: "allow" | "ask" | "deny"): string {
  if (anchor !== "cwd" || list === "allow") return rest;
  return /^[^/*]+\/\*\*$/.test(rest) ? `**/${rest}` : rest;
}

const normal = (text: string, anchors: PathAnchors): string => (anchors.foldCase ? text.normalize("NFC") : text);

function below(base: string, path: string, foldCase: boolean): string | undefined {
  const fold = (text: string): string => (foldCase ? text.normalize("NFC").toLowerCase() : text);
  const prefix = base.endsWith("/") ? base : `${base}/`;
  if (fold(path) === fold(base)) return "";
  const whole = foldCase ? path.normalize("NFC") : path;
  return fold(whole).startsWith(fold(prefix)) ? whole.slice((foldCase ? prefix.normalize("NFC") : prefix).length) : undefined;
}

function lazyMatcher(pattern: string, ignorecase: boolean): () => Ignore {
  let made: Ignore | undefined;
  return () => (made ??= ignore({ ignorecase, allowRelativePaths: false }).add(ignorecase ? pattern.normalize("NFC") : pattern));
}
