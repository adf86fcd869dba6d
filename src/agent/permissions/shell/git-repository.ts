import type { PathProbe } from "../types";
import { normalize, toNative, withSlashes } from "../paths/canonical-path";
import { insideRoots, type PathWorld } from "../paths/path-guard";
import { resolvePath } from "../paths/resolve-path";
import { configProblem, parseGitConfig, submodulePaths } from "./git-config";

/** Settings that must go with every git command that ran without a question: they outrank the repository's own. */
export function readOnlyGitEnvironment(): Record<string, string> {
  const overrides: [string, string][] = [
    ["core.fsmonitor", "false"],
    ["core.hooksPath", "/dev/null"],
    ["core.pager", "cat"],
    ["diff.ignoreSubmodules", "dirty"],
    ["log.showSignature", "false"],
    ["protocol.allow", "never"],
  ];
  const env: Record<string, string> = {
    GIT_CONFIG_COUNT: String(overrides.length),
    GIT_PAGER: "cat",
    PAGER: "cat",
    GIT_OPTIONAL_LOCKS: "0",
    GIT_TERMINAL_PROMPT: "0",
    GIT_NO_LAZY_FETCH: "1",
    GIT_EDITOR: "false",
  };
  overrides.forEach(([key, value], i) => {
    env[`GIT_CONFIG_KEY_${i}`] = key;
    env[`GIT_CONFIG_VALUE_${i}`] = value;
  });
  return env;
}

/** Inherited variables that must not reach such a command; an empty GIT_EXTERNAL_DIFF makes git diff fail, so it is removed, and diff.external is found by the scan. */
export const readOnlyGitUnset: readonly string[] = [
  "GIT_EXTERNAL_DIFF",
  "GIT_DIR",
  "GIT_WORK_TREE",
  "GIT_INDEX_FILE",
  "GIT_OBJECT_DIRECTORY",
  "GIT_ALTERNATE_OBJECT_DIRECTORIES",
  "GIT_EXEC_PATH",
  "GIT_CONFIG_PARAMETERS",
  "GIT_CONFIG_GLOBAL",
  "GIT_CONFIG_SYSTEM",
  "GIT_SSH",
  "GIT_SSH_COMMAND",
  "GIT_PROXY_COMMAND",
  "GIT_TRACE",
];

const maxSubmodules = 32;

/** Why a read-only git command in this folder could run a program of the repository; undefined = clean. */
export function repositoryProblem(cwd: string, world: PathWorld): string | undefined {
  const { probe } = world.context;
  for (let at = cwd; ; at = normalize("..", at)) {
    const dotGit = at === "/" ? "/.git" : `${at}/.git`;
    const stat = probe.lstat(toNative(dotGit, probe.platform));
    if (stat !== null) return scanWorkTree(at, dotGit, stat.kind, world, { left: maxSubmodules });
    if (looksBare(at, probe)) return "the folder itself looks like a bare repository, whose configuration would run";
    // No repository at all: git only fails.
    if (at === "/") return undefined;
  }
}

/** The folder that `REV:path` starts from; undefined = no repository. */
export function workTreeTop(cwd: string, { context: { probe } }: PathWorld): string | undefined {
  for (let at = cwd; ; at = normalize("..", at)) {
    if (probe.lstat(toNative(at === "/" ? "/.git" : `${at}/.git`, probe.platform)) !== null) return at;
    if (at === "/") return undefined;
  }
}

function scanWorkTree(top: string, dotGit: string, kind: string, world: PathWorld, budget: { left: number }): string | undefined {
  if (budget.left-- <= 0) return "there are too many submodules to look through";
  const place = gitFolder(top, dotGit, kind, world);
  if (typeof place !== "string") return place.problem;
  const problem = scanGitFolder(place, world);
  if (problem) return problem;
  const modules = read(`${top}/.gitmodules`, world.context.probe);
  if (modules === null) return undefined;
  const paths = submodulePaths(modules);
  if (paths === null) return ".gitmodules cannot be read for sure";
  for (const path of paths) {
    const sub = normalize(path, top);
    const inner = world.context.probe.lstat(toNative(`${sub}/.git`, world.context.probe.platform));
    if (inner === null) continue;
    const found = scanWorkTree(sub, `${sub}/.git`, inner.kind, world, budget);
    if (found) return `submodule ${path}: ${found}`;
  }
  return undefined;
}

/** A `.git` file or link may point at a foreign repository, whose configuration would run. */
function gitFolder(top: string, dotGit: string, kind: string, world: PathWorld): string | { problem: string } {
  const { probe } = world.context;
  const resolved = resolvePath(dotGit, probe);
  if (resolved === null) return { problem: ".git is a circle of links" };
  let place = resolved.path;
  if (resolved.kind === "file") {
    const text = read(place, probe);
    const target = text === null ? undefined : /^gitdir: ([^\r\n\0]+)\r?\n?$/.exec(text)?.[1];
    if (target === undefined) return { problem: ".git is a file that cannot be understood" };
    place = resolvePath(normalize(withSlashes(target, probe.platform), top), probe)?.path ?? "";
  }
  const moved = resolved.kind === "file" || kind === "symlink";
  if (moved && !insideRoots(place, world)) return { problem: ".git points to a repository outside the workspace" };
  return place === "" ? { problem: ".git is a circle of links" } : place;
}

function scanGitFolder(folder: string, world: PathWorld): string | undefined {
  const { probe } = world.context;
  const common = read(`${folder}/commondir`, probe);
  let shared = folder;
  if (common !== null) {
    shared = resolvePath(normalize(withSlashes(common.trim(), probe.platform), folder), probe)?.path ?? "";
    if (shared === "" || !insideRoots(shared, world)) return "the worktree shares a repository outside the workspace";
  }
  for (const file of [
    `${shared}/config`,
    `${folder}/config.worktree`,
    `${shared}/config.worktree`,
    ...(shared === folder ? [] : [`${folder}/config`]),
  ]) {
    const stat = resolvePath(file, probe);
    if (stat === null || stat.kind === "other") return "the repository configuration is not a plain file";
    const text = read(file, probe);
    if (text === null) {
      if (stat.kind === "missing") continue;
      return "the repository configuration cannot be read";
    }
    const entries = parseGitConfig(text);
    if (entries === null) return "the repository configuration cannot be understood";
    const problem = entries.map(configProblem).find((one) => one !== undefined);
    if (problem) return problem;
  }
  return undefined;
}

function looksBare(folder: string, probe: PathProbe): boolean {
  const has = (name: string): boolean =>
    probe.lstat(toNative(`${folder === "/" ? "" : folder}/${name}`, probe.platform)) !== null;
  return has("HEAD") && (has("objects") || has("refs") || has("commondir"));
}

const read = (path: string, probe: PathProbe): string | null =>
  probe.readSmall(toNative(resolvePath(path, probe)?.path ?? path, probe.platform));
