import type { ConfigWarning, PermissionRules, SourcedRule } from "../types";
import { parseRule } from "./parse-rule";
import type { Rule, RuleList } from "./rule";

export interface CompiledRules {
  allow: Rule[];
  ask: Rule[];
  deny: Rule[];
  warnings: ConfigWarning[];
}

const cache = new WeakMap<PermissionRules, { key: string; compiled: CompiledRules }>();
const parsed = new WeakMap<SourcedRule, Partial<Record<RuleList, ReturnType<typeof parseRule>>>>();

/** Rules are compiled once per object; lengths guard against lists that were appended to in place. */
export function compileRules(rules: PermissionRules): CompiledRules {
  const key = `${rules.allow.length} ${rules.ask.length} ${rules.deny.length}`;
  const hit = cache.get(rules);
  if (hit?.key === key) return hit.compiled;
  const warnings: ConfigWarning[] = [];
  const compiled = {
    allow: compileList(rules.allow, "allow", warnings),
    ask: compileList(rules.ask, "ask", warnings),
    deny: compileList(rules.deny, "deny", warnings),
    warnings,
  };
  cache.set(rules, { key, compiled });
  return compiled;
}

function compileList(rules: readonly SourcedRule[], list: RuleList, warnings: ConfigWarning[]): Rule[] {
  const out: Rule[] = [];
  for (const source of rules) {
    const known = parsed.get(source) ?? {};
    const result = (known[list] ??= parseRule(source, list));
    parsed.set(source, known);
    if (result.ok) out.push(result.rule);
    else warnings.push(result.warning);
  }
  return out;
}
