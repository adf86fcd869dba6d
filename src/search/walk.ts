import { statSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { basename, dirname, join, relative, sep } from "node:path";
import type { GrepQuery, SearchAnswer } from "../shared/ports/search";
import { globToRegExp, type GlobPlan } from "./glob-pattern";
import { isIgnored, readIgnoreRules, type IgnoreRules } from "./ignore-rules";
import { newestFirst } from "./newest-first";

const MOST_FILES = 50_000;
const LIMIT_MS = 20_000;
const LARGEST_FILE = 5 * 1024 * 1024;
const LONGEST_LINE = 2000;
const NOTE = "ripgrep was not found; this was a slower search of its own. Set the path of rg in the settings.";

/** Endings for the file types models ask for most; the full list is ripgrep's. */
const TYPES: Record<string, string> = {
  ts: "*.{ts,tsx,cts,mts}",
  js: "*.{js,jsx,cjs,mjs}",
  py: "*.{py,pyi}",
  rust: "*.rs",
  go: "*.go",
  java: "*.java",
  c: "*.{c,h}",
  cpp: "*.{cpp,cc,cxx,hpp,hh,h}",
  json: "*.json",
  md: "*.{md,markdown}",
  css: "*.{css,scss}",
  html: "*.{html,htm}",
  yaml: "*.{yml,yaml}",
  sh: "*.{sh,bash,zsh}",
};

/** Glob without ripgrep. */
export async function walkGlob(plan: GlobPlan, limit: number, signal: AbortSignal): Promise<SearchAnswer> {
  const files: string[] = [];
  const bound = createBound(signal);
  for await (const file of filesIn(plan.base, bound)) if (plan.matches(file)) files.push(file);
  const sorted = await newestFirst(files);
  return answerOf(sorted, 0, limit, bound.reached());
}

/** Grep without ripgrep, with JavaScript's regular expressions. */
export async function walkGrep(query: GrepQuery, signal: AbortSignal): Promise<SearchAnswer> {
  const wanted = query.type === undefined ? undefined : TYPES[query.type];
  if (query.type !== undefined && !wanted)
    return { lines: [], more: false, problem: `${NOTE} It does not know the type ${query.type}; use glob.` };
  let pattern: RegExp;
  try {
    pattern = new RegExp(query.pattern, `${query.ignoreCase ? "i" : ""}gm${query.multiline ? "s" : ""}`);
  } catch (error) {
    return { lines: [], more: false, problem: `The pattern is not a regular expression: ${(error as Error).message}` };
  }
  const { offset = 0, limit } = query;
  const bound = createBound(signal);
  const accepts = acceptsName(query.path, query.glob, wanted);
  const lines: string[] = [];
  for await (const file of filesIn(query.path, bound)) {
    if (!accepts(file)) continue;
    const text = await textOf(file);
    if (text === null) continue;
    for (const line of linesOf(file, text, pattern, query)) lines.push(line);
    if (query.mode !== "files_with_matches" && lines.length > offset + limit) break;
  }
  const sorted = query.mode === "files_with_matches" ? await newestFirst(lines) : lines;
  return answerOf(sorted, offset, limit, bound.reached());
}

/** Without a find there is nothing to warn of, unless the walk stopped early. */
function answerOf(found: string[], offset: number, limit: number, cut: boolean): SearchAnswer {
  const answer = { lines: found.slice(offset, offset + limit), more: found.length > offset + limit || cut };
  return found.length > 0 || cut ? { ...answer, problem: NOTE } : answer;
}

interface Bound {
  /** Counts one file; false when it was enough. */
  next(): boolean;
  reached(): boolean;
}

function createBound(signal: AbortSignal): Bound {
  const deadline = performance.now() + LIMIT_MS;
  let count = 0;
  let over = false;
  const next = () => {
    over ||= signal.aborted || ++count > MOST_FILES || performance.now() > deadline;
    return !over;
  };
  return { next, reached: () => over };
}

async function* filesIn(path: string, bound: Bound): AsyncGenerator<string> {
  if (statSync(path, { throwIfNoEntry: false })?.isFile()) {
    yield path;
    return;
  }
  const open: { folder: string; chain: IgnoreRules[] }[] = [{ folder: path, chain: parentRules(path) }];
  for (let at = open.pop(); at; at = open.pop()) {
    const own = readIgnoreRules(at.folder);
    const chain = own ? [...at.chain, own] : at.chain;
    const entries = await readdir(at.folder, { withFileTypes: true }).catch(() => []);
    for (const entry of entries) {
      const full = join(at.folder, entry.name);
      if (entry.name === ".git" || isIgnored(full, entry.isDirectory(), chain)) continue;
      if (entry.isDirectory()) open.push({ folder: full, chain });
      else if (entry.isFile()) {
        if (!bound.next()) return;
        yield full;
      }
    }
  }
}

/** Rules of the folders above, up to the root of the repository. */
function parentRules(path: string): IgnoreRules[] {
  const chain: IgnoreRules[] = [];
  for (let folder = path; dirname(folder) !== folder;) {
    if (statSync(join(folder, ".git"), { throwIfNoEntry: false })) break;
    folder = dirname(folder);
    const rules = readIgnoreRules(folder);
    if (rules) chain.unshift(rules);
  }
  return chain;
}

function acceptsName(base: string, glob: string | undefined, type: string | undefined): (file: string) => boolean {
  const tests = [glob, type].flatMap((pattern) =>
    pattern === undefined ? [] : [{ regexp: globToRegExp(pattern), whole: pattern.includes("/") }],
  );
  return (file) =>
    tests.every(({ regexp, whole }) => regexp.test(whole ? relative(base, file).replaceAll(sep, "/") : basename(file)));
}

async function textOf(file: string): Promise<string | null> {
  if ((statSync(file, { throwIfNoEntry: false })?.size ?? Infinity) > LARGEST_FILE) return null;
  const bytes = await readFile(file).catch(() => null);
  return bytes === null || bytes.subarray(0, 8192).includes(0) ? null : bytes.toString("utf8");
}

function linesOf(file: string, text: string, pattern: RegExp, query: GrepQuery): string[] {
  const all = text.split(/\r?\n/);
  if (all.at(-1) === "") all.pop();
  const hits = query.multiline ? hitsInWhole(text, pattern) : hitsByLine(all, pattern);
  if (hits.size === 0) return [];
  if (query.mode === "files_with_matches") return [file];
  if (query.mode === "count") return [`${file}:${hits.size}`];
  const shown = new Set<number>();
  for (const hit of hits)
    for (let n = hit - (query.before ?? 0); n <= hit + (query.after ?? 0); n++) if (n >= 0 && n < all.length) shown.add(n);
  const result: string[] = [];
  let last = -1;
  for (const n of [...shown].sort((a, b) => a - b)) {
    if (last >= 0 && n > last + 1 && (query.before || query.after)) result.push("--");
    const mark = hits.has(n) ? ":" : "-";
    result.push(
      `${file}${mark}${query.lineNumbers === false ? "" : `${n + 1}${mark}`}${(all[n] as string).slice(0, LONGEST_LINE)}`,
    );
    last = n;
  }
  return result;
}

function hitsByLine(lines: string[], pattern: RegExp): Set<number> {
  const hits = new Set<number>();
  for (const [n, line] of lines.entries()) {
    pattern.lastIndex = 0;
    if (pattern.test(line)) hits.add(n);
  }
  return hits;
}

function hitsInWhole(text: string, pattern: RegExp): Set<number> {
  const hits = new Set<number>();
  for (const match of text.matchAll(pattern)) {
    const first = text.slice(0, match.index).split("\n").length - 1;
    for (let n = 0; n < match[0].split("\n").length; n++) hits.add(first + n);
  }
  return hits;
}
