import type { ConfigWarning, SourcedRule } from "../types";
import { compileCommandPattern } from "./command-pattern";
import { compilePathPattern } from "./path-pattern";
import type { Rule, RuleList, Specifier } from "./rule";

/** The field of each tool that parameter rules may not match: the specifier itself stands for it. */
const primaryFields = new Set(["command", "file_path", "path", "notebook_path", "url"]);
const commandTools = new Set(["Bash", "PowerShell"]);
const pathTools = new Set(["Read", "Edit", "Cd"]);
const inertPathTools = new Set(["Write", "Glob", "NotebookEdit", "Grep", "MultiEdit"]);
const aliases = new Map([["Task", "Agent"]]);

export type ParsedRule = { ok: true; rule: Rule } | { ok: false; warning: ConfigWarning };

/** Never throws; a rule that cannot be understood is skipped alone. */
export function parseRule(source: SourcedRule, list: RuleList): ParsedRule {
  const fail = (why: string): ParsedRule => ({
    ok: false,
    warning: {
      file: source.source,
      ...(source.line === undefined ? {} : { line: source.line }),
      message: `rule ${JSON.stringify(source.text)} in ${list} is skipped: ${why}`,
    },
  });
  if (typeof source.text !== "string") return fail("a rule is a text");
  if (/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]/.test(source.text)) {
    return fail("it holds invisible or control characters");
  }
  const form = /^([A-Za-z_*][\w*.-]*)(?:\(([^]*)\))?$/.exec(source.text.trim());
  if (!form) return fail("expected Tool or Tool(specifier)");
  const tool = aliases.get(form[1] as string) ?? (form[1] as string);
  const text = form[2];
  const wrong = toolGlobProblem(tool, list);
  if (wrong) return fail(wrong);
  const specifier = text === undefined ? { kind: "any" as const } : specifierOf(tool, text, list);
  return typeof specifier === "string" ? fail(specifier) : { ok: true, rule: { source, list, tool, specifier } };
}

/** A pattern over tool names may tighten anywhere, but allow only below one MCP server. */
function toolGlobProblem(tool: string, list: RuleList): string | undefined {
  if (!tool.includes("*") || list !== "allow") return undefined;
  return /^mcp__[^*]+__[^]*$/.test(tool) ? undefined : "in allow, `*` in a tool name is accepted only after mcp__<server>__";
}

function specifierOf(tool: string, text: string, list: RuleList): Specifier | string {
  const trimmed = text.trim();
  if (trimmed === "") return "the specifier is empty";
  if (trimmed === "*" && !pathTools.has(tool)) return { kind: "any" };
  const parameter = parameterOf(tool, trimmed, list);
  if (parameter) return parameter;
  if (commandTools.has(tool)) return commandSpecifier(tool, trimmed);
  if (pathTools.has(tool)) {
    const pattern = compilePathPattern(trimmed, list);
    return typeof pattern === "string" ? pattern : { kind: "path", pattern };
  }
  if (inertPathTools.has(tool)) return { kind: "inert" };
  if (tool === "WebFetch") return domainSpecifier(trimmed);
  if (tool === "WebSearch") return "WebSearch takes no specifier";
  if (tool === "Agent" || tool === "Skill") return { kind: "name", pattern: trimmed };
  if (tool.startsWith("mcp__")) return "MCP rules take no specifier: write mcp__server__tool";
  return "this tool takes no specifier";
}

function commandSpecifier(tool: string, text: string): Specifier {
  return { kind: "command", pattern: compileCommandPattern(text, { foldCase: tool === "PowerShell" }) };
}

function domainSpecifier(text: string): Specifier | string {
  const host = /^domain:(.+)$/.exec(text)?.[1]?.trim().toLowerCase();
  if (host === undefined) return "expected WebFetch(domain:host)";
  return /^(\*\.)?[a-z0-9.*-]+$/.test(host) ? { kind: "domain", pattern: host } : "the host has characters no host name has";
}

/** `name:value` tightens only; in allow the text stays what it is for that tool. */
function parameterOf(tool: string, text: string, list: RuleList): Specifier | undefined {
  if (list === "allow" || tool === "WebFetch") return undefined;
  const match = /^([a-z][a-z0-9_]*):(.+)$/i.exec(text);
  const name = match?.[1];
  if (!match || !name || primaryFields.has(name) || match[2] === "*") return undefined;
  if (/\s/.test(text) && commandTools.has(tool)) return undefined;
  return { kind: "parameter", name, pattern: match[2] as string };
}
