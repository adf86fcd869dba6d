import { compileRules } from "../../config/rules/compile-rules";
import { commandMatches } from "../../config/rules/command-pattern";
import type { Rule } from "../../config/rules/rule";
import type { ConfigWarning } from "../../config/types";
import type { CommandPart, Decision, Gate } from "../../shared/protocol/permission";
import { decide } from "./decide";
import type { DecideContext, DecideRequest } from "./types";

export interface ExplainedRule {
  list: Rule["list"];
  text: string;
  source: string;
  scope: string;
  /** Past decisions that this rule made. */
  hits: number;
  /** Why it can never decide anything. */
  dead?: string;
}

export interface RulesReport {
  rules: ExplainedRule[];
  warnings: ConfigWarning[];
}

export interface DecisionPath {
  decision: Decision;
  steps: { gate: Gate; answer: "deny" | "ask" | "allow" | "no opinion"; because: string }[];
  parts: CommandPart[];
}

/** Every rule with its hits, and which ones are dead or shadowed. `past` are decisions of earlier calls. */
export function explainRules(context: Pick<DecideContext, "rules" | "trusted">, past: readonly Decision[]): RulesReport {
  const compiled = compileRules(context.rules);
  const all = [...compiled.deny, ...compiled.ask, ...compiled.allow];
  return {
    rules: all.map((rule, i) => {
      const dead = deadBecause(rule, all.slice(0, i), context.trusted);
      return {
        list: rule.list,
        text: rule.source.text,
        source: place(rule),
        scope: rule.source.scope,
        hits: past.filter((decision) => decision.rule?.text === rule.source.text && decision.rule.source === place(rule)).length,
        ...(dead === undefined ? {} : { dead }),
      };
    }),
    warnings: compiled.warnings,
  };
}

const place = (rule: Rule): string =>
  rule.source.line === undefined ? rule.source.source : `${rule.source.source}:${rule.source.line}`;

function deadBecause(rule: Rule, stronger: readonly Rule[], trusted: boolean): string | undefined {
  if (rule.specifier.kind === "inert") return `${rule.tool} takes no path rules: use Edit(…) or Read(…)`;
  if (!trusted && rule.list === "allow" && rule.source.scope === "project")
    return "the project may not allow anything before the folder is trusted";
  const same = stronger.find((other) => covers(other, rule));
  if (!same) return undefined;
  return same.list === rule.list
    ? `${same.source.text} (${place(same)}) already says it`
    : `${same.list} rule ${same.source.text} (${place(same)}) comes first`;
}

/** Does the first rule decide whenever the second one could? */
function covers(first: Rule, second: Rule): boolean {
  if (first.tool !== second.tool) return false;
  if (first.specifier.kind === "any") return true;
  if (first.specifier.kind !== second.specifier.kind) return false;
  if (first.source.text === second.source.text) return true;
  if (first.specifier.kind !== "command" || second.specifier.kind !== "command") return false;
  const { named, everything } = second.specifier.pattern;
  // A prefix of words covers everything below it; that is proven with the literal words alone.
  return (
    !everything &&
    first.specifier.pattern.open &&
    !first.specifier.pattern.exact &&
    named.length > 0 &&
    commandMatches(first.specifier.pattern, named)
  );
}

/** The way one call takes through the gates. */
export function explainDecision(request: DecideRequest, context: DecideContext): DecisionPath {
  const decision = decide(request, context);
  const order: Gate[] = ["input", "floor", "rules", "mode", "classifier", "coordinator", "subagent", "shell", "path", "person"];
  const steps = order.map((gate) =>
    gate === decision.gate
      ? { gate, answer: decision.verdict, because: decision.reason }
      : { gate, answer: "no opinion" as const, because: silence(gate, context) },
  );
  return { decision, steps, parts: decision.parts ?? [] };
}

function silence(gate: Gate, context: DecideContext): string {
  switch (gate) {
    case "input":
      return "the call is well formed";
    case "floor":
      return "it destroys nothing that is refused in every mode";
    case "rules":
      return `${context.rules.deny.length} deny, ${context.rules.ask.length} ask and ${context.rules.allow.length} allow rules did not decide`;
    case "mode":
      return `mode ${context.mode}, ${context.trusted ? "trusted" : "not trusted"} folder`;
    case "classifier":
      return context.mode === "auto" ? "may answer a question of the shell gate" : "only in the autonomous mode";
    case "coordinator":
    case "subagent":
      return context.limits?.gate === gate ? `limited to ${context.limits.tools.join(", ")}` : "does not apply";
    case "shell":
      return "the shell analysis did not decide";
    case "path":
      return "the path guard did not decide";
    case "person":
      return "asked last";
  }
}
