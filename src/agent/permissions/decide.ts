import { compileRules } from "../../config/rules/compile-rules";
import type { Access, Decision } from "../../shared/protocol/permission";
import { allow, ask, deny, ruleAsks, ruleDenies, ruleName, type Finding } from "./finding";
import { judgeCommand, strongest } from "./judge-command";
import { judgeFetch } from "./judge-fetch";
import { judgePath } from "./judge-path";
import { toolRule, type RuleSet } from "./match-rules";
import { pathWorld } from "./paths/path-guard";
import { suggestRules } from "./suggest-rules";
import { TooMuchWork } from "./work-budget";
import type { Decide, DecideContext, DecideRequest } from "./types";

/** The only place where it is decided what may run. Pure: the same request in the same context gives the same answer; never throws. */
export const decide: Decide = (request, context) => {
  const decision = decideWithout(request, context);
  if (decision.verdict !== "ask") return decision;
  return { ...decision, suggestions: suggestRules(decision, request, context, decideWithout) };
};

/** The same answer without suggestions: what suggestions are checked with. */
export function decideWithout(request: DecideRequest, context: DecideContext): Decision {
  try {
    return toDecision(withMode(findings(request, context), request, context));
  } catch (error) {
    // Nesting without end: a rule that would refuse it was perhaps not reached, so nothing less than refusing is safe.
    return toDecision(deny("input", `it could not be judged (${error instanceof Error ? error.message : String(error)})`));
  }
}

/** May a classifier of the autonomous mode answer instead of a person? Never for rules, floors and protected places. */
export function mayClassify(decision: Decision): boolean {
  return decision.verdict === "ask" && decision.gate === "shell" && decision.rule === undefined && decision.risk !== "high";
}

function findings(request: DecideRequest, context: DecideContext): Finding[] {
  const rules: RuleSet = { ...usableRules(context), world: pathWorld(context) };
  const denied = toolRule(rules.deny, request);
  if (denied) return [ruleDenies(denied, request.tool)];
  const out: Finding[] = [];
  const asked = toolRule(rules.ask, request);
  if (asked) out.push(ruleAsks(asked, request.tool));
  for (const access of request.access) out.push(judgeAccess(access, request, rules));
  if (request.access.length === 0) out.push(ask("input", `${request.tool} does not say what it touches`));
  return out;
}

/** In a folder that is not trusted its own allow rules do not count. */
function usableRules(context: DecideContext): Omit<RuleSet, "world"> {
  const compiled = compileRules(context.rules);
  return context.trusted ? compiled : { ...compiled, allow: compiled.allow.filter((rule) => rule.source.scope !== "project") };
}

function judgeAccess(access: Access, request: DecideRequest, rules: RuleSet): Finding {
  switch (access.kind) {
    case "none":
      return allow("mode", "it touches nothing outside the conversation");
    case "read":
    case "write":
      return judgePath({ text: access.path, op: access.kind, content: !namesOnly.has(request.tool) }, rules);
    case "command":
      return judgeWithin(rules, () => judgeCommand(access, request, rules));
    case "fetch":
      return { ...judgeFetch(access.url, request, rules), changes: false };
    case "mcp":
      return { ...judgeMcp(access, request, rules), changes: true };
  }
}

/** A line that costs too much is not judged to its end: where something is forbidden it is refused, else a person looks. */
function judgeWithin(rules: RuleSet, judge: () => Finding): Finding {
  try {
    return judge();
  } catch (error) {
    if (!(error instanceof TooMuchWork)) throw error;
    const reason = "the command is too long or too nested to be judged as a whole: split it into several";
    return rules.deny.length > 0
      ? deny("input", reason, { changes: true })
      : ask("input", reason, { risk: "high", firm: true, changes: true });
  }
}

/** Tools that show names, not contents. */
const namesOnly = new Set(["Glob", "LS"]);

function judgeMcp(access: Extract<Access, { kind: "mcp" }>, request: DecideRequest, rules: RuleSet): Finding {
  const named = { ...request, tool: `mcp__${access.server}__${access.tool}` };
  const denied = toolRule(rules.deny, named);
  if (denied) return ruleDenies(denied, named.tool);
  const asked = toolRule(rules.ask, named);
  if (asked) return ruleAsks(asked, named.tool);
  const rule = toolRule(rules.allow, named);
  if (!rule) return ask("person", `${access.tool} of the MCP server ${access.server}`);
  if (rules.world.context.tainted)
    return ask("rules", `${named.tool} may send data out, and this session has read untrusted text`, { rule, risk: "high" });
  return allow("rules", `${named.tool} is allowed by ${rule.source.text}`, rule);
}

/** Modes answer questions; they never lift a refusal, and firm questions stay in every mode. */
function withMode(found: Finding[], request: DecideRequest, context: DecideContext): Finding {
  const worst = strongest(found);
  const parts = found.flatMap((finding) => finding.parts ?? []);
  const targets = found.flatMap((finding) => finding.targets ?? []);
  const carry = { ...(parts.length > 0 ? { parts } : {}), ...(targets.length > 0 ? { targets } : {}) };
  const answered = modeAnswer(worst, found, request, context);
  return { ...answered, ...carry };
}

function modeAnswer(worst: Finding, found: Finding[], request: DecideRequest, context: DecideContext): Finding {
  if (worst.verdict === "deny") return worst;
  const quiet = request.access.every((access) => access.kind === "none");
  if (context.limits && !context.limits.tools.includes(request.tool))
    return deny(context.limits.gate, `${request.tool} is not among the tools this agent was given`);
  if (quiet && worst.verdict === "allow") return worst;
  if (!context.trusted) return untrusted(request);
  const changes = found.some((finding) => finding.changes);
  if (context.mode === "plan" && changes) return deny("mode", "plan mode only reads: leave it to change things");
  if (worst.verdict === "allow") return worst;
  const open = found.filter((finding) => finding.verdict === "ask");
  if (context.mode === "bypassPermissions" && open.every((finding) => !finding.firm))
    return allow("mode", "approvals are turned off for this session");
  if (context.sandboxed && open.every((finding) => finding.contained && !finding.firm))
    return allow("shell", "it runs inside the sandbox");
  if (context.mode === "dontAsk")
    return deny(
      "mode",
      `not approved beforehand, and this mode does not ask: ${worst.reason}`,
      worst.rule ? { rule: worst.rule } : {},
    );
  return worst;
}

function untrusted(request: DecideRequest): Finding {
  const reads = request.access.every((access) => access.kind === "read" || access.kind === "none");
  return reads
    ? ask("mode", "this folder is not trusted yet", { firm: true })
    : deny("mode", "this folder is not trusted: trust it first");
}

function toDecision(finding: Finding): Decision {
  return {
    verdict: finding.verdict,
    gate: finding.gate,
    reason: finding.reason,
    risk: finding.risk,
    suggestions: [],
    ...(finding.rule ? { rule: ruleName(finding.rule) } : {}),
    ...(finding.parts ? { parts: finding.parts } : {}),
    ...(finding.targets && finding.targets.length > 0 ? { targets: finding.targets } : {}),
  };
}
