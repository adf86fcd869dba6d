import type { PermissionMode } from "../../shared/protocol/permission";
import { parseRule } from "../rules/parse-rule";
import type { RuleList } from "../rules/rule";
import type { ConfigWarning, PermissionRules, Scope, SourcedRule } from "../types";
import type { SettingsFile } from "./parse-settings";

export interface SourcedSettings {
  scope: Scope;
  base: string;
  settings: SettingsFile;
}

/** What is in force, and where each part comes from. */
export interface EffectiveSettings {
  rules: PermissionRules;
  /** Rules that stand in files and do not act, with the reason. */
  inert: { rule: SourcedRule; list: RuleList; why: string }[];
  additionalDirectories: string[];
  mode?: PermissionMode;
  bypassDisabled: boolean;
  autoDisabled: boolean;
  env: Record<string, string>;
  model?: string;
  fallbackModel?: string[];
  autoCompact: boolean;
  claudeMdExcludes: string[];
  sandbox: Record<string, unknown>;
  warnings: ConfigWarning[];
  /** The file that supplied each scalar. */
  origin: Record<string, string>;
}

const modes: Record<string, PermissionMode> = {
  default: "default",
  manual: "default",
  acceptEdits: "acceptEdits",
  plan: "plan",
  auto: "auto",
  dontAsk: "dontAsk",
  bypassPermissions: "bypassPermissions",
};

/** Names that would send keys elsewhere or run something; a project never sets them, trusted or not. */
const neverFromProject =
  /^(ANTHROPIC_|CLAUDE_|OPENAI_|AWS_|GOOGLE_|GEMINI_|OLLAMA_|STRIDE_|NODE_|LD_|DYLD_|BASH_ENV$|ENV$|PATH$|HOME$|SHELL$|HTTPS?_PROXY$|ALL_PROXY$|NO_PROXY$|SSL_|GIT_|PYTHON|PERL|RUBY|JAVA_TOOL|.*(_KEY|_TOKEN|SECRET|PASSWORD))/i;

/**
 * Sources from strongest to weakest. Scalars: the strongest wins; lists add up; deny and ask act at once
 * from anywhere, while what grants needs trust when a folder brought it along.
 */
export function mergeSettings(sources: readonly SourcedSettings[], trusted: boolean): EffectiveSettings {
  const merged: EffectiveSettings = {
    rules: { allow: [], ask: [], deny: [] },
    inert: [],
    additionalDirectories: [],
    bypassDisabled: false,
    autoDisabled: false,
    env: {},
    autoCompact: true,
    claudeMdExcludes: [],
    sandbox: {},
    warnings: [],
    origin: {},
  };
  const managedOnly = sources.some(({ scope, settings }) => scope === "managed" && settings.managedRulesOnly);
  // Weakest first, so that a stronger value overwrites.
  for (const source of [...sources].reverse()) mergeOne(merged, source, trusted);
  for (const source of sources) mergeRules(merged, source, trusted, managedOnly);
  return merged;
}

const fromFolder = (scope: Scope): boolean => scope === "project" || scope === "local";

function mergeOne(merged: EffectiveSettings, { scope, settings }: SourcedSettings, trusted: boolean): void {
  const project = fromFolder(scope);
  merged.bypassDisabled ||= settings.disableBypass;
  merged.autoDisabled ||= settings.disableAuto;
  merged.claudeMdExcludes.push(...settings.claudeMdExcludes);
  if (!project || trusted) merged.additionalDirectories.push(...settings.additionalDirectories);
  for (const [name, value] of Object.entries(settings.env)) {
    if (project && (!trusted || neverFromProject.test(name))) {
      if (trusted) merged.warnings.push({ file: settings.file, message: `"env.${name}" is skipped: a project may not set it.` });
    } else merged.env[name] = value;
  }
  if (settings.defaultMode !== undefined) mergeMode(merged, settings, project);
  const take = (name: "model" | "fallbackModel" | "autoCompact", value: unknown): void => {
    if (value === undefined) return;
    Object.assign(merged, { [name]: value });
    merged.origin[name] = settings.file;
  };
  take("autoCompact", settings.autoCompactEnabled);
  if (!project || trusted) {
    take("model", settings.model);
    take("fallbackModel", settings.fallbackModel);
  }
  if (settings.sandbox) mergeSandbox(merged, settings.sandbox, project);
}

function mergeMode(merged: EffectiveSettings, settings: SettingsFile, project: boolean): void {
  const mode = modes[settings.defaultMode ?? ""];
  if (!mode)
    merged.warnings.push({
      file: settings.file,
      message: `"permissions.defaultMode" is skipped: there is no mode "${settings.defaultMode}".`,
    });
  else if (project)
    merged.warnings.push({
      file: settings.file,
      message: '"permissions.defaultMode" is read from user and managed settings only.',
    });
  else {
    merged.mode = mode;
    merged.origin["mode"] = settings.file;
  }
}

/** A folder may only tighten the sandbox: switch it on, deny more. */
function mergeSandbox(merged: EffectiveSettings, sandbox: Record<string, unknown>, project: boolean): void {
  if (!project) {
    merged.sandbox = mergeObjects(merged.sandbox, sandbox);
    return;
  }
  const tighter: Record<string, unknown> = {};
  if (sandbox["enabled"] === true) tighter["enabled"] = true;
  if (sandbox["failIfUnavailable"] === true) tighter["failIfUnavailable"] = true;
  for (const [group, names] of [
    ["filesystem", ["denyWrite", "denyRead"]],
    ["network", ["deniedDomains"]],
  ] as const) {
    const given = sandbox[group] as Record<string, unknown> | undefined;
    const kept = Object.fromEntries(names.flatMap((name) => (Array.isArray(given?.[name]) ? [[name, given[name]]] : [])));
    if (Object.keys(kept).length > 0) tighter[group] = kept;
  }
  merged.sandbox = mergeObjects(merged.sandbox, tighter);
}

function mergeObjects(weaker: Record<string, unknown>, stronger: Record<string, unknown>): Record<string, unknown> {
  const result = { ...weaker };
  for (const [name, value] of Object.entries(stronger)) {
    const before = result[name];
    if (Array.isArray(before) && Array.isArray(value)) result[name] = [...before, ...value];
    else if (isObject(before) && isObject(value)) result[name] = mergeObjects(before, value);
    else result[name] = value;
  }
  return result;
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function mergeRules(
  merged: EffectiveSettings,
  { scope, base, settings }: SourcedSettings,
  trusted: boolean,
  managedOnly: boolean,
): void {
  for (const list of ["allow", "ask", "deny"] as const) {
    for (const { text, line } of settings[list]) {
      const rule: SourcedRule = { text, scope, source: settings.file, line, base };
      const parsed = parseRule(rule, list);
      const why = !parsed.ok ? parsed.warning.message : inertBecause(list, scope, trusted, managedOnly);
      if (!parsed.ok) merged.warnings.push(parsed.warning);
      if (why === null) merged.rules[list].push(rule);
      else merged.inert.push({ rule, list, why });
    }
  }
}

function inertBecause(list: RuleList, scope: Scope, trusted: boolean, managedOnly: boolean): string | null {
  // A deny only tightens, whoever wrote it.
  if (managedOnly && scope !== "managed" && list !== "deny") return "managed settings allow only managed rules";
  return list === "allow" && fromFolder(scope) && !trusted ? "the workspace is not trusted yet" : null;
}
