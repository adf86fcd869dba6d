import { basename, join } from "node:path";
import type { Programs } from "../shared/ports/commands";
import type { Files } from "../shared/ports/files";
import { pathWorld } from "./permissions/paths/path-guard";
import { readOnlyGitEnvironment, readOnlyGitUnset, repositoryProblem, workTreeTop } from "./permissions/shell/git-repository";
import type { DecideContext } from "./permissions/types";

export interface FactPorts {
  cwd: string;
  files: Files;
  programs: Programs;
  /** Of the person: trust, roots and how the disk is looked at. */
  judgedBy(): DecideContext;
  environment: Record<string, string | undefined>;
}

/** A repository of any size: what is not there by then is left out. */
const GIT_MS = 3_000;
/** Starting programs takes time that the first requests need: a model mostly still thinks by then, and gets their answer with its second request. */
const LATER_MS = 400;
const MAX_STATUS = 20;
const TREE = { depth: 3, entries: 120, each: 20 };

/** What a model would ask for first: the state of the repository and the lie of the land. All at once, none awaited here. */
export function workspaceFacts(ports: FactPorts): Promise<string | null>[] {
  return [
    directoryTree(ports.cwd, ports.files).catch(() => null),
    pause(LATER_MS)
      .then(() => repositoryFacts(ports))
      .catch(() => null),
  ];
}

/** Nothing runs in a folder nobody trusts, nor where the repository's own configuration could name a program. */
async function repositoryFacts(ports: FactPorts): Promise<string | null> {
  const context = ports.judgedBy();
  if (!context.trusted || readOnlyGitUnset.some((name) => ports.environment[name] !== undefined)) return null;
  const world = pathWorld(context);
  const top = workTreeTop(world.cwd, world);
  if (top === undefined || repositoryProblem(world.cwd, world) !== undefined) return null;
  const [status, log] = await Promise.all([
    git(ports, ["status", "--porcelain=v1", "--branch", "--untracked-files=normal", "--ignore-submodules=dirty"]),
    git(ports, ["log", "-5", "--format=%h %s"]),
  ]);
  // There is always a line of the branch: nothing at all is no answer.
  if (!status) return null;
  const [branch = "", ...changes] = status.split("\n").filter((line) => line !== "");
  const shown = changes.slice(0, MAX_STATUS);
  return [
    `Git when the conversation began (it is not kept up to date): branch ${branch.replace(/^## /, "")}`,
    changes.length === 0
      ? "Nothing changed."
      : `Changed files (${changes.length}${top === world.cwd ? "" : ", named from the repository's top folder"}):\n${shown.join("\n")}${changes.length > shown.length ? "\n…" : ""}`,
    ...(log === null || log === "" ? [] : [`Latest commits:\n${log.slice(0, 600)}`]),
  ].join("\n");
}

async function git({ cwd, programs }: FactPorts, args: readonly string[]): Promise<string | null> {
  const decoder = new TextDecoder();
  let text = "";
  const { exitCode } = await programs.run("git", args, {
    cwd,
    env: readOnlyGitEnvironment(),
    timeoutMs: GIT_MS,
    signal: AbortSignal.timeout(GIT_MS + 500),
    onStdout: (chunk) => {
      text += decoder.decode(chunk, { stream: true });
      return text.length < 200_000;
    },
  });
  // Cut off because there was so much of it: the beginning is still true.
  return exitCode === 0 || text.length >= 200_000 ? text.trimEnd() : null;
}

/** Folders that are made, not written. */
const made = new Set([
  "node_modules",
  "dist",
  "build",
  "out",
  "target",
  "vendor",
  "__pycache__",
  "venv",
  "coverage",
  "obj",
  "bin",
]);

interface Line {
  depth: number;
  text: string;
}

/** Level by level, so that a bound cuts what lies deep before what lies at the top. */
async function directoryTree(cwd: string, files: Files): Promise<string | null> {
  const children = new Map<string, Line[]>();
  let level = [cwd];
  let left = TREE.entries;
  for (let depth = 0; depth < TREE.depth && level.length > 0 && left > 0; depth++) {
    const listed = await Promise.all(level.map(async (folder) => ({ folder, list: await files.listDirectory(folder, 400) })));
    const next: string[] = [];
    for (const { folder, list } of listed) {
      if (!list.ok) continue;
      const entries = list.entries
        .filter(({ name }) => !name.startsWith(".") && !made.has(name))
        .sort((a, b) => Number(b.kind === "directory") - Number(a.kind === "directory") || (a.name < b.name ? -1 : 1));
      const shown = entries.slice(0, Math.min(left, depth === 0 ? TREE.entries : TREE.each));
      left -= shown.length;
      const lines = shown.map(({ name, kind }) => ({ depth, text: kind === "directory" ? `${name}/` : name }));
      if (entries.length > shown.length || list.more) lines.push({ depth, text: "…" });
      children.set(folder, lines);
      next.push(...shown.flatMap(({ name, kind }) => (kind === "directory" ? [join(folder, name)] : [])));
    }
    level = next;
  }
  const lines = linesBelow(cwd, children);
  return lines.length === 0 ? null : `The folder ${basename(cwd)}/:\n${lines.join("\n")}`;
}

const linesBelow = (folder: string, children: ReadonlyMap<string, Line[]>): string[] =>
  (children.get(folder) ?? []).flatMap(({ depth, text }) => [
    `${"  ".repeat(depth)}${text}`,
    ...(text.endsWith("/") ? linesBelow(join(folder, text.slice(0, -1)), children) : []),
  ]);

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms).unref());
