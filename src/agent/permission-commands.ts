import { homedir } from "node:os";
import { join } from "node:path";
import { loadSettings } from "../config/settings/load-settings";
import { checkCorpus } from "./permissions/corpus-check";
import { explainDecision, explainRules } from "./permissions/explain";
import { candidateRules, replay } from "./permissions/replay";
import type { DecideContext, DecideRequest, PathProbe } from "./permissions/types";
import { AuditLog } from "./records/audit-log";
import { decisionOf, pastOf, textOf } from "./replay-prompts";

export { checkCorpus };

interface Subject {
  command?: string;
  path?: string;
  cwd: string;
}

/** `stride permissions explain`: all rules with their hits, or the way one call takes through the gates. */
export async function explain({ command, path, cwd }: Subject, probe: PathProbe): Promise<string[]> {
  const context = contextOf(cwd, probe);
  if (command === undefined && path === undefined) return rulesWithHits(context);
  const request: DecideRequest =
    command === undefined
      ? { tool: "Edit", input: { file_path: path }, access: [{ kind: "write", path: path ?? "" }] }
      : { tool: "Bash", input: { command }, access: [{ kind: "command", shell: "bash", command, cwd }] };
  const { decision, steps, parts } = explainDecision(request, context);
  return [
    `${decision.verdict}: ${decision.reason} (gate: ${decision.gate}, risk: ${decision.risk})`,
    ...(decision.rule ? [`rule: ${decision.rule.text} in ${decision.rule.source}`] : []),
    ...steps.map(({ gate, answer, because }) => `  ${gate.padEnd(11)} ${answer.padEnd(10)} ${because}`),
    ...parts.map((part) => `  ${part.asked ? "asks" : "fine"}: ${part.text}${part.why ? ` - ${part.why}` : ""}`),
    ...(decision.suggestions.length > 0 ? [`would be allowed by: ${decision.suggestions.join(", ")}`] : []),
  ];
}

/** `stride permissions replay`: what these rules would have changed in the past. */
export async function replayRules(rules: string[], cwd: string, probe: PathProbe): Promise<string[]> {
  const past = pastOf(await auditLog().recent(5_000));
  const report = replay(past, { allow: candidateRules(rules, cwd) }, contextOf(cwd, probe));
  const prompts = past.filter(({ decision }) => decision.verdict === "ask").length;
  const listed = (title: string, calls: DecideRequest[]): string[] =>
    calls.length === 0 ? [] : [`${title}:`, ...[...new Set(calls.map(textOf))].slice(0, 20).map((text) => `  ${text}`)];
  return [
    `${past.length} past calls, ${prompts} prompts; ${report.saved} prompts would not have appeared.`,
    ...listed("refused by a person, and allowed then", report.refusedBefore),
    ...listed("also allowed then", report.alsoAllowed),
  ];
}

async function rulesWithHits(context: DecideContext): Promise<string[]> {
  const past = (await auditLog().recent(5_000)).map(decisionOf);
  const { rules, warnings } = explainRules(context, past);
  if (rules.length === 0) return ["There are no rules for this folder; the built-in tables decide."];
  return [
    ...rules.map(
      ({ list, text, source, hits, dead }) =>
        `${list.padEnd(5)} ${text}  ${source}  ${hits} hits${dead ? `  dead: ${dead}` : ""}`,
    ),
    ...warnings.map(({ file, line, message }) => `warning ${file}${line === undefined ? "" : `:${line}`} ${message}`),
  ];
}

function contextOf(cwd: string, probe: PathProbe): DecideContext {
  const { effective } = loadSettings({ cwd, trusted: false });
  return { cwd, roots: [cwd], home: homedir(), mode: effective.mode ?? "default", rules: effective.rules, trusted: true, probe };
}

function auditLog(): AuditLog {
  const stateDir = process.env["STRIDE_HOME"] ?? join(homedir(), ".stride");
  return new AuditLog({ stateDir, now: Date.now, onTrouble: () => {} });
}
