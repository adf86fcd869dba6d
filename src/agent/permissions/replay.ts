import type { PermissionRules, SourcedRule } from "../../config/types";
import type { Decision } from "../../shared/protocol/permission";
import { decide } from "./decide";
import type { DecideContext, DecideRequest } from "./types";

/** A call of the past, with what was decided then and what the person answered. */
export interface PastDecision {
  request: DecideRequest;
  decision: Decision;
  answer?: "allow" | "deny";
}

export interface ReplayReport {
  /** Prompts that would not have appeared. */
  saved: number;
  /** Calls that would run now although the person refused them: the strongest argument against the rules. */
  refusedBefore: DecideRequest[];
  /** Everything that would be allowed now and was not before. */
  alsoAllowed: DecideRequest[];
  /** Calls that the rules refuse or ask for now. */
  tightened: DecideRequest[];
}

/** What would these rules have changed? Judged by the same function as real calls. */
export function replay(past: readonly PastDecision[], candidate: Partial<PermissionRules>, context: DecideContext): ReplayReport {
  const rules = {
    allow: [...context.rules.allow, ...(candidate.allow ?? [])],
    ask: [...context.rules.ask, ...(candidate.ask ?? [])],
    deny: [...context.rules.deny, ...(candidate.deny ?? [])],
  };
  const then = { ...context, rules };
  const report: ReplayReport = { saved: 0, refusedBefore: [], alsoAllowed: [], tightened: [] };
  for (const { request, decision, answer } of past) {
    const now = decide(request, then).verdict;
    if (now === "allow" && decision.verdict === "ask") {
      report.saved++;
      if (answer === "deny") report.refusedBefore.push(request);
    }
    if (now === "allow" && decision.verdict !== "allow") report.alsoAllowed.push(request);
    if (now !== "allow" && decision.verdict === "allow") report.tightened.push(request);
  }
  return report;
}

/** Rules as the prompt and the command line hand them over. */
export const candidateRules = (texts: readonly string[], base: string): SourcedRule[] =>
  texts.map((text) => ({ text, scope: "session", source: "candidate", base }));
