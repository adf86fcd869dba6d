import { getNodeValue, parseTree, printParseErrorCode, type Node, type ParseError } from "jsonc-parser";
import type { ConfigWarning } from "../types";

export interface RuleEntry {
  text: string;
  line: number;
}

/** One settings file, each entry checked by itself. */
export interface SettingsFile {
  file: string;
  allow: RuleEntry[];
  ask: RuleEntry[];
  deny: RuleEntry[];
  additionalDirectories: string[];
  defaultMode?: string;
  disableBypass: boolean;
  disableAuto: boolean;
  managedRulesOnly: boolean;
  env: Record<string, string>;
  model?: string;
  fallbackModel?: string[];
  autoCompactEnabled?: boolean;
  claudeMdExcludes: string[];
  sandbox?: Record<string, unknown>;
  /** Everything else, for the rooms that know it (hooks, MCP servers, skills). */
  rest: Record<string, unknown>;
}

/**
 * Strict JSON. A broken file is skipped as a whole, a broken entry alone; each says file, line and why, and
 * what is understood stays in force.
 */
export function parseSettings(file: string, text: string): { settings: SettingsFile | null; warnings: ConfigWarning[] } {
  const warnings: ConfigWarning[] = [];
  const warn = (offset: number, message: string): void => void warnings.push({ file, line: lineAt(text, offset), message });
  if (depthOf(text) > MAX_DEPTH) {
    warn(0, `The file is skipped: it is nested more than ${MAX_DEPTH} levels deep.`);
    return { settings: null, warnings };
  }
  const errors: ParseError[] = [];
  const root = parseTree(text.replace(/^\uFEFF/, " "), errors, {
    disallowComments: true,
    allowTrailingComma: false,
    allowEmptyContent: false,
  });
  const [first] = errors;
  if (first || root?.type !== "object") {
    warn(
      first?.offset ?? 0,
      `The file is skipped: ${first ? `it is not strict JSON (${printParseErrorCode(first.error)})` : "it holds no object"}.`,
    );
    return { settings: null, warnings };
  }
  const settings: SettingsFile = {
    file,
    allow: [],
    ask: [],
    deny: [],
    additionalDirectories: [],
    disableBypass: false,
    disableAuto: false,
    managedRulesOnly: false,
    env: {},
    claudeMdExcludes: [],
    rest: {},
  };
  for (const [name, value] of entriesOf(root)) readEntry(settings, name, value, text, warn);
  return { settings, warnings };
}

type Warn = (offset: number, message: string) => void;

function readEntry(settings: SettingsFile, name: string, value: Node, text: string, warn: Warn): void {
  const wrong = (expected: string): void => warn(value.offset, `"${name}" is skipped: expected ${expected}.`);
  const plain: unknown = getNodeValue(value);
  switch (name) {
    case "$schema":
      return;
    case "permissions":
      return value.type === "object" ? readPermissions(settings, value, text, warn) : wrong("an object");
    case "env":
      return value.type === "object" ? readEnv(settings, value, warn) : wrong("an object of texts");
    case "model":
      return typeof plain === "string" ? void (settings.model = plain) : wrong("a text");
    case "fallbackModel":
      return typeof plain === "string"
        ? void (settings.fallbackModel = [plain])
        : isTexts(plain)
          ? void (settings.fallbackModel = plain)
          : wrong("a text or a list of texts");
    case "autoCompactEnabled":
      return typeof plain === "boolean" ? void (settings.autoCompactEnabled = plain) : wrong("true or false");
    case "allowManagedPermissionRulesOnly":
      return typeof plain === "boolean" ? void (settings.managedRulesOnly = plain) : wrong("true or false");
    case "claudeMdExcludes":
      return isTexts(plain) ? void (settings.claudeMdExcludes = plain) : wrong("a list of texts");
    case "sandbox":
      return value.type === "object" ? void (settings.sandbox = plain as Record<string, unknown>) : wrong("an object");
    default:
      settings.rest[name] = plain;
  }
}

function readPermissions(settings: SettingsFile, node: Node, text: string, warn: Warn): void {
  for (const [name, value] of entriesOf(node)) {
    const plain: unknown = getNodeValue(value);
    if (name === "allow" || name === "ask" || name === "deny") readRules(settings[name], name, value, text, warn);
    else if (name === "additionalDirectories") {
      if (isTexts(plain)) settings.additionalDirectories.push(...plain);
      else warn(value.offset, '"additionalDirectories" is skipped: expected a list of texts.');
    } else if (name === "defaultMode" && typeof plain === "string") settings.defaultMode = plain;
    else if (name === "disableBypassPermissionsMode") settings.disableBypass = plain === "disable";
    else if (name === "disableAutoMode") settings.disableAuto = plain === "disable";
    else warn(value.offset, `"permissions.${name}" is not understood and skipped.`);
  }
}

function readRules(into: RuleEntry[], name: string, node: Node, text: string, warn: Warn): void {
  if (node.type !== "array") return warn(node.offset, `"permissions.${name}" is skipped: expected a list of rules.`);
  for (const child of node.children ?? []) {
    if (child.type === "string") into.push({ text: String(child.value), line: lineAt(text, child.offset) });
    else warn(child.offset, `An entry of "permissions.${name}" is skipped: a rule is a text.`);
  }
}

function readEnv(settings: SettingsFile, node: Node, warn: Warn): void {
  for (const [name, value] of entriesOf(node)) {
    if (value.type === "string" || value.type === "number" || value.type === "boolean") settings.env[name] = String(value.value);
    else warn(value.offset, `"env.${name}" is skipped: expected a text.`);
  }
}

function entriesOf(node: Node): [string, Node][] {
  return (node.children ?? []).flatMap((property): [string, Node][] => {
    const [key, value] = property.children ?? [];
    return key && value ? [[String(key.value), value]] : [];
  });
}

const isTexts = (value: unknown): value is string[] => Array.isArray(value) && value.every((one) => typeof one === "string");

function lineAt(text: string, offset: number): number {
  let line = 1;
  for (let at = text.indexOf("\n"); at >= 0 && at < offset; at = text.indexOf("\n", at + 1)) line++;
  return line;
}

/** The parser descends as deep as the text does; no real settings come near this. */
const MAX_DEPTH = 100;

function depthOf(text: string): number {
  let depth = 0;
  let deepest = 0;
  for (let at = 0; at < text.length && deepest <= MAX_DEPTH; at++) {
    const sign = text[at];
    if (sign === "{" || sign === "[") deepest = Math.max(deepest, ++depth);
    else if (sign === "}" || sign === "]") depth--;
  }
  return deepest;
}
