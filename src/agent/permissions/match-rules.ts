import { commandMatches } from "../../config/rules/command-pattern";
import type { CompiledRules } from "../../config/rules/compile-rules";
import { pathMatches } from "../../config/rules/path-pattern";
import type { Rule } from "../../config/rules/rule";
import { domainMatches, wildcardMatches } from "../../config/rules/wildcard";
import { foldsCase, normalize, withSlashes } from "./paths/canonical-path";
import { insideRoots, type GuardedPath, type PathWorld } from "./paths/path-guard";
import { resolvePath } from "./paths/resolve-path";
import type { DecideRequest } from "./types";

const readFamily = new Set(["Read", "Grep", "Glob", "LSP", "LS", "NotebookRead"]);
const editFamily = new Set(["Edit", "Write", "MultiEdit", "NotebookEdit"]);

/** The rules that count for this decision, and what was noticed about them. */
export interface RuleSet extends CompiledRules {
  world: PathWorld;
}

/** `Tool`, `mcp__server`, globs over names, and `Tool(parameter:value)`. */
export function toolRule(rules: readonly Rule[], request: DecideRequest): Rule | undefined {
  return rules.find((rule) => {
    if (rule.specifier.kind === "any") return namesTool(rule, request.tool);
    if (rule.specifier.kind === "parameter") return namesTool(rule, request.tool) && parameterMatches(rule, request);
    if (rule.specifier.kind === "name") return namesTool(rule, request.tool) && namedMatches(rule.specifier.pattern, request);
    return false;
  });
}

function namesTool(rule: Rule, tool: string): boolean {
  if (rule.tool === tool || (rule.tool.includes("*") && wildcardMatches(rule.tool, tool))) return true;
  if (rule.tool === "Agent" && tool === "Task") return true;
  if (rule.tool === "Read" && readFamily.has(tool)) return true;
  if (rule.tool === "Edit" && editFamily.has(tool)) return true;
  return rule.tool.startsWith("mcp__") && rule.tool.split("__").length === 2 && tool.startsWith(`${rule.tool}__`);
}

function parameterMatches(rule: Rule, request: DecideRequest): boolean {
  if (rule.specifier.kind !== "parameter") return false;
  const value = Object.hasOwn(request.input, rule.specifier.name) ? request.input[rule.specifier.name] : undefined;
  const scalar = typeof value === "string" || typeof value === "number" || typeof value === "boolean";
  return scalar && wildcardMatches(rule.specifier.pattern, String(value));
}

/** `Agent(Name)` and `Skill(name *)`. */
function namedMatches(pattern: string, request: DecideRequest): boolean {
  const names = ["subagent_type", "agent", "skill", "name", "command"]
    .map((key) => request.input[key])
    .filter((value) => typeof value === "string");
  return names.some((name) => wildcardMatches(pattern, name) || (pattern.endsWith(" *") && name === pattern.slice(0, -2)));
}

export function commandRule(
  rules: readonly Rule[],
  tools: readonly string[],
  views: readonly (readonly string[])[],
): Rule | undefined {
  return rules.find(
    (rule) =>
      tools.includes(rule.tool) &&
      rule.specifier.kind === "command" &&
      views.some((view) => commandMatches((rule.specifier as { pattern: Parameters<typeof commandMatches>[0] }).pattern, view)),
  );
}

export function domainRule(rules: readonly Rule[], host: string): Rule | undefined {
  return rules.find(
    (rule) => rule.tool === "WebFetch" && rule.specifier.kind === "domain" && domainMatches(rule.specifier.pattern, host),
  );
}

/** allow needs the path as written AND where it leads; deny and ask need either (SR-22). */
export function pathRule(
  rules: readonly Rule[],
  op: "read" | "write" | "cd",
  guarded: GuardedPath,
  world: PathWorld,
): Rule | undefined {
  const { path, resolved } = guarded.target;
  return rules.find((rule) => {
    if (!coversOperation(rule, op)) return false;
    if (rule.specifier.kind !== "path") return false;
    return rule.list === "allow"
      ? matches(rule, path, world) && matches(rule, resolved, world)
      : matches(rule, path, world) || matches(rule, resolved, world);
  });
}

function coversOperation(rule: Rule, op: "read" | "write" | "cd"): boolean {
  if (op === "cd") return rule.tool === "Cd" || (rule.tool === "Read" && rule.list !== "allow");
  if (op === "read") return rule.tool === "Read";
  // A Read deny also blocks changing the file.
  return rule.tool === "Edit" || (rule.tool === "Read" && rule.list === "deny");
}

/** Only a rule that spells out this one file, from the user and not from the project, lifts a protected or secret name. */
export function liftsName(rule: Rule | undefined): boolean {
  return (
    rule !== undefined && rule.specifier.kind === "path" && rule.specifier.pattern.literal && rule.source.scope !== "project"
  );
}

/** `**` relative to the workspace says nothing about what lies outside of it. */
export function liftsOutside(rule: Rule | undefined): boolean {
  return rule !== undefined && rule.specifier.kind === "path" && rule.source.scope !== "project";
}

/** A deny or ask rule could hit this path or a file below it. */
export function ruleBelow(rules: readonly Rule[], op: "read" | "write", folder: string, world: PathWorld): Rule | undefined {
  const holds = (outer: string, inner: string): boolean => inner === outer || inner.startsWith(outer === "/" ? "/" : `${outer}/`);
  return rules.find((rule) => {
    if (rule.tool !== (op === "read" ? "Read" : "Edit") || rule.specifier.kind !== "path") return false;
    const { pattern } = rule.specifier.pattern;
    const still = pattern
      .split("/")
      .slice(0, -1)
      .filter((segment) => segment !== "");
    const glob = still.findIndex((segment) => /[*?[]/.test(segment));
    const exact = literalPlaces(rule, world);
    const prefix = (isAnchored(pattern) ? (glob < 0 ? still : still.slice(0, glob)) : []).join("/") || ".";
    const places = exact.length > 0 ? exact : basesOf(rule, world).map((base) => normalize(prefix, base));
    return places.some((one) => holds(folder, one) || holds(one, folder));
  });
}

/** The files or folders a rule without wildcards names; none when it may name others. */
export function literalPlaces(rule: Rule, world: PathWorld): string[] {
  if (rule.specifier.kind !== "path") return [];
  const { literal, pattern } = rule.specifier.pattern;
  if (!literal || !isAnchored(pattern) || foldsCase(world.context.probe.platform)) return [];
  return basesOf(rule, world).map((base) => normalize(pattern.replace(/^\/+/, ""), base));
}

const isAnchored = (pattern: string): boolean => pattern.slice(0, -1).includes("/");

function basesOf(rule: Rule, world: PathWorld): string[] {
  if (rule.specifier.kind !== "path") return [];
  const { anchor } = rule.specifier.pattern;
  if (anchor === "root") return ["/"];
  const given =
    anchor === "home"
      ? [world.home]
      : anchor === "source"
        ? [place(rule.source.base, world)]
        : [world.cwd, ...world.roots.map(({ literal }) => literal)];
  return [...new Set(given.flatMap((one) => [one, resolvePath(one, world.context.probe)?.path ?? one]))];
}

const place = (path: string, world: PathWorld): string => normalize(withSlashes(path, world.context.probe.platform), "/");

function matches(rule: Rule, path: string, world: PathWorld): boolean {
  if (rule.specifier.kind !== "path") return false;
  const { pattern } = rule.specifier;
  const foldCase = foldsCase(world.context.probe.platform);
  const bases = (one: string): string[] => [...new Set([one, resolvePath(one, world.context.probe)?.path ?? one])];
  const cwds = bases(world.cwd);
  const sources = bases(place(rule.source.base, world));
  const wide = rule.list !== "allow" && pattern.anchor === "cwd" && insideRoots(path, world);
  const starts = wide ? [...cwds, ...world.roots.flatMap((root) => [root.literal, root.resolved])] : cwds;
  return starts.some((cwd) =>
    sources.some((base) => pathMatches(pattern, path, { cwd, base, home: world.home, roots: [], foldCase })),
  );
}
