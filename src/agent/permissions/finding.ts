import type { CommandPart, Decision, Gate, ResolvedTarget } from "../../shared/protocol/permission";
import type { Rule } from "../../config/rules/rule";

/** One reason for one answer; the strongest finding becomes the decision. */
export interface Finding {
  verdict: Decision["verdict"];
  gate: Gate;
  reason: string;
  risk: Decision["risk"];
  rule?: Rule;
  /** Asks even where approvals are turned off. */
  firm?: boolean;
  /** The sandbox answers for it: the question is about the program, not about a path. */
  contained?: boolean;
  /** It does more than read. */
  changes?: boolean;
  targets?: ResolvedTarget[];
  parts?: CommandPart[];
}

export const ruleName = (rule: Rule): { text: string; source: string } => ({
  text: rule.source.text,
  source: rule.source.line === undefined ? rule.source.source : `${rule.source.source}:${rule.source.line}`,
});

export const allow = (gate: Gate, reason: string, rule?: Rule): Finding => ({
  verdict: "allow",
  gate,
  reason,
  risk: "low",
  ...(rule ? { rule } : {}),
});
export const ask = (gate: Gate, reason: string, more: Partial<Finding> = {}): Finding => ({
  verdict: "ask",
  gate,
  reason,
  risk: "medium",
  ...more,
});
export const deny = (gate: Gate, reason: string, more: Partial<Finding> = {}): Finding => ({
  verdict: "deny",
  gate,
  reason,
  risk: "high",
  ...more,
});

export const ruleDenies = (rule: Rule, what: string): Finding =>
  deny("rules", `${what} is forbidden by ${rule.source.text} (${rule.source.source})`, { rule });
export const ruleAsks = (rule: Rule, what: string): Finding =>
  ask("rules", `${what} always asks: ${rule.source.text} (${rule.source.source})`, { rule, firm: true });
