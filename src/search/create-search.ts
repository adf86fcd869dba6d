import { dirname } from "node:path";
import { statSync } from "node:fs";
import type { Programs } from "../shared/ports/commands";
import type { GrepQuery, Search, SearchAnswer } from "../shared/ports/search";
import { locateRipgrep } from "./locate-ripgrep";
import { collectLines } from "./collect-lines";
import { globPlan, type GlobPlan } from "./glob-pattern";
import { newestFirst } from "./newest-first";
import { walkGlob, walkGrep } from "./walk";

export interface SearchOptions {
  programs: Programs;
  /** From a setting or the editor; without it PATH is looked through. Null: search without ripgrep. */
  rgPath?: string | null;
  /** Never taken from here: the workspace may bring an rg of its own. */
  avoid?: readonly string[];
}

/** Never a configuration file, never a preprocessor; hidden files are looked at, git's own are not. */
const ALWAYS = ["--no-config", "--color=never", "--hidden", "--no-messages"];
const NOT_GIT = "--glob=!.git";
const LONGEST_LINE = 2000;
const LIMIT_MS = 60_000;
const MANY_FILES = 100_000;

/**
 * Grep and Glob. A missing ripgrep, found at the first search, costs speed and never blocks: then files
 * are walked here.
 */
export function createSearch({ programs, rgPath, avoid = [] }: SearchOptions): Search {
  let rg = rgPath === undefined ? undefined : rgPath;
  const ripgrep = (): string | null => (rg === undefined ? (rg = locateRipgrep({ avoid })) : rg);
  const withFallback = async (viaRg: (rg: string) => Promise<SearchAnswer>, walk: () => Promise<SearchAnswer>) => {
    const path = ripgrep();
    if (path === null) return walk();
    const answer = await viaRg(path);
    if (!answer.problem || !isMissing(answer.problem)) return answer;
    rg = null;
    return walk();
  };
  return {
    async grep(query, signal) {
      const trouble = badPath(query.path);
      if (trouble) return { lines: [], more: false, problem: trouble };
      return withFallback(
        (path) => grepByRipgrep(programs, path, query, signal),
        () => walkGrep(query, signal),
      );
    },
    async glob({ pattern, path, limit }, signal) {
      const plan = globPlan(pattern, path);
      const trouble = badPath(plan.base);
      if (trouble) return { lines: [], more: false, problem: trouble };
      return withFallback(
        (rgFile) => globByRipgrep(programs, rgFile, plan, limit, signal),
        () => walkGlob(plan, limit, signal),
      );
    },
  };
}

async function grepByRipgrep(programs: Programs, rg: string, query: GrepQuery, signal: AbortSignal): Promise<SearchAnswer> {
  const { offset = 0, limit, mode } = query;
  const sorted = mode === "files_with_matches";
  const most = sorted ? MANY_FILES : offset + limit + 1;
  const cwd = isFolder(query.path) ? query.path : dirname(query.path);
  const found = await collectLines(programs, rg, grepArguments(query), { cwd, most, signal, timeoutMs: LIMIT_MS });
  const lines = sorted ? await newestFirst(found.lines) : found.lines;
  const page = lines.slice(offset, offset + limit);
  return answerOf(page, lines.length > offset + limit || found.more, found.problem);
}

export function grepArguments(query: GrepQuery): string[] {
  const args = [...ALWAYS, "--no-heading", "--with-filename", `--max-columns=${LONGEST_LINE}`, "--max-columns-preview"];
  if (query.ignoreCase) args.push("--ignore-case");
  if (query.multiline) args.push("--multiline", "--multiline-dotall");
  if (query.mode === "files_with_matches") args.push("--files-with-matches");
  if (query.mode === "count") args.push("--count");
  if (query.mode === "content") {
    args.push(query.lineNumbers === false ? "--no-line-number" : "--line-number");
    if (query.before) args.push(`--before-context=${query.before}`);
    if (query.after) args.push(`--after-context=${query.after}`);
  }
  args.push(...filterArguments(query.glob, query.type), NOT_GIT);
  return [...args, "--", query.pattern, query.path];
}

/** A name pattern goes in as a file type: a plain --glob would bring ignored files back. */
function filterArguments(glob: string | undefined, type: string | undefined): string[] {
  const args: string[] = [];
  if (type !== undefined) args.push(`--type=${type}`);
  if (glob === undefined) return args;
  const name = glob.replace(/^(\*\*\/)+/, "");
  const asType = type === undefined && !/^!|[/\\:]/.test(name) && name !== "**";
  if (asType) return [`--type-add=wanted:${name}`, "--type=wanted"];
  return [...args, `--glob=${glob}`];
}

async function globByRipgrep(
  programs: Programs,
  rg: string,
  plan: GlobPlan,
  limit: number,
  signal: AbortSignal,
): Promise<SearchAnswer> {
  const args = [...ALWAYS, "--files", ...filterArguments(plan.name, undefined), NOT_GIT, "--", plan.base];
  const keep = (path: string) => plan.matches(path);
  const found = await collectLines(programs, rg, args, { cwd: plan.base, most: MANY_FILES, signal, timeoutMs: LIMIT_MS, keep });
  const files = await newestFirst(found.lines);
  return answerOf(files.slice(0, limit), files.length > limit || found.more, found.problem);
}

function answerOf(lines: string[], more: boolean, problem: string | undefined): SearchAnswer {
  return problem === undefined ? { lines, more } : { lines, more, problem };
}

function badPath(path: string): string | undefined {
  return statSync(path, { throwIfNoEntry: false }) ? undefined : `${path} does not exist.`;
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

const isMissing = (problem: string): boolean => /^The program .* (was not found|may not be run)/.test(problem);
