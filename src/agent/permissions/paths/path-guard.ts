import type { ResolvedTarget } from "../../../shared/protocol/permission";
import type { DecideContext } from "../types";
import { shellLimits } from "../shell/limits";
import { WorkBudget } from "../work-budget";
import { isInside, normalize, withSlashes } from "./canonical-path";
import { checkPathText } from "./check-path-text";
import { isOwnStore, protectedName } from "./protected-names";
import { resolvePath } from "./resolve-path";
import { sensitiveName } from "./sensitive-names";

/** The canonical spelling of what the user chose, made once for each decision. */
export interface PathWorld {
  context: DecideContext;
  cwd: string;
  home: string;
  /** As given and as they really are. */
  roots: { literal: string; resolved: string }[];
  readRoots?: { literal: string; resolved: string }[];
  work: WorkBudget;
}

export interface GuardedPath {
  target: ResolvedTarget;
  /** Refused or asked before any rule is looked at. */
  problem?: { verdict: "deny" | "ask"; reason: string; gate: "input" | "floor" | "path" };
  protectedBy?: string;
  sensitiveBy?: string;
  /** One of several names of the same file; the twins may lie anywhere. */
  hardLinked: boolean;
  kind: "file" | "directory" | "other" | "missing";
}

export function pathWorld(context: DecideContext): PathWorld {
  const { platform } = context.probe;
  const place = (path: string): string => normalize(withSlashes(path, platform), "/");
  const resolved = (paths: readonly string[]): PathWorld["roots"] =>
    paths.map(place).map((literal) => ({ literal, resolved: resolvePath(literal, context.probe)?.path ?? literal }));
  const roots = resolved(context.roots);
  const readRoots = resolved(context.readRoots ?? []);
  return {
    context,
    cwd: place(context.cwd),
    home: place(context.home),
    roots,
    readRoots,
    work: new WorkBudget(shellLimits.workSteps),
  };
}

/** The one guard for every tool and every operand: text, then walk, then names, then roots. */
export function guardPath(text: string, op: "read" | "write", world: PathWorld, cwd = world.cwd): GuardedPath {
  const { probe } = world.context;
  world.work.spend(40 + text.length / 4);
  const bad = checkPathText(text, probe.platform);
  if (bad?.verdict === "deny") return refused(text, op, bad.reason);
  const given = expandHome(withSlashes(text, probe.platform), world.home);
  const literal = normalize(given, cwd);
  const walked = resolvePath(given.startsWith("/") ? given : `${cwd}/${given}`, probe);
  if (walked === null) return refused(text, op, "the symbolic links lead in a circle");
  const twin = resolvePath(literal, probe) ?? walked;
  const places = [...new Set([literal, walked.path, twin.path])];
  const protectedBy = firstName(places, protectedName, world);
  const sensitiveBy = firstName(places, sensitiveName, world);
  const outside = !places.every((path) => insideRoots(path, world) || (op === "read" && insideReadRoots(path, world)));
  const target: ResolvedTarget = { path: literal, resolved: walked.path, op };
  if (outside) target.outside = true;
  if (walked.path !== literal && !sameThroughRoot(literal, walked.path, world)) target.symlink = true;
  if (protectedBy) target.protected = true;
  if (sensitiveBy) target.sensitive = true;
  const out: GuardedPath = { target, kind: walked.kind, hardLinked: walked.links > 1 };
  if (protectedBy) out.protectedBy = protectedBy;
  if (sensitiveBy) out.sensitiveBy = sensitiveBy;
  if (bad) out.problem = { ...bad, gate: "input" };
  const special = specialProblem(places, walked.kind, op, world);
  if (special) out.problem = special;
  return out;
}

export function insideRoots(path: string, world: PathWorld): boolean {
  const { platform } = world.context.probe;
  return world.roots.some((root) => isInside(root.literal, path, platform) || isInside(root.resolved, path, platform));
}

const insideReadRoots = (path: string, { readRoots = [], context }: PathWorld): boolean =>
  readRoots.some(({ literal, resolved }) => [literal, resolved].some((root) => isInside(root, path, context.probe.platform)));

/** Names above the workspace are the user's own choice: a workspace may lie below `.claude/worktrees` or `.config`. */
function firstName(places: string[], test: (path: string) => string | undefined, world: PathWorld): string | undefined {
  for (const path of places) {
    const root = world.roots
      .flatMap((one) => [one.literal, one.resolved])
      .find((one) => isInside(one, path, world.context.probe.platform));
    const found = test(root === undefined ? path : path.slice(root === "/" ? 0 : root.length));
    if (found !== undefined) return found;
  }
  return undefined;
}

function specialProblem(
  places: string[],
  kind: GuardedPath["kind"],
  op: "read" | "write",
  world: PathWorld,
): GuardedPath["problem"] {
  const device = places.some(
    (path) => /^\/dev(?:\/|$)/.test(path) || /^\/proc\/[^/]+\/(?:task\/[^/]+\/)?fd(?:info)?(?:\/|$)/.test(path),
  );
  if (device) return { verdict: "deny", gate: "path", reason: "devices and file descriptors are not files" };
  if (kind === "other")
    return { verdict: "deny", gate: "path", reason: "it is a pipe, socket or device: only regular files are opened" };
  if (op === "write" && places.some((path) => isOwnStore(path, world.home))) {
    return {
      verdict: "deny",
      gate: "floor",
      reason: "the agent's own rules, trust and conversations are never written by a tool",
    };
  }
  return undefined;
}

function sameThroughRoot(literal: string, resolved: string, world: PathWorld): boolean {
  return world.roots.some(
    (root) => literal.startsWith(`${root.literal}/`) && `${root.resolved}${literal.slice(root.literal.length)}` === resolved,
  );
}

function expandHome(path: string, home: string): string {
  return path === "~" || path.startsWith("~/") ? home + path.slice(1) : path;
}

function refused(text: string, op: "read" | "write", reason: string): GuardedPath {
  return {
    target: { path: text, resolved: text, op },
    problem: { verdict: "deny", gate: "input", reason },
    hardLinked: false,
    kind: "missing",
  };
}
