import { performance } from "node:perf_hooks";
import type { Access, ApprovalRequest, Decision, RuleReplay } from "../shared/protocol/permission";
import { candidateRules, replay, type PastDecision } from "./permissions/replay";
import type { DecideContext, DecideRequest } from "./permissions/types";
import type { AuditLog, AuditRecord } from "./records/audit-log";

const MOST_PAST = 400;
const MOST_SHOWN = 5;
/** A prompt that waits for its figures longer than this is shown without them. */
const PATIENCE_MS = 80;

/** What the suggested rules would have done to earlier calls of any conversation; undefined when nothing can be said. */
export async function replayOf(
  { decision }: Pick<ApprovalRequest, "decision">,
  context: DecideContext,
  audit: AuditLog,
  patienceMs = PATIENCE_MS,
): Promise<RuleReplay | undefined> {
  if (decision.suggestions.length === 0) return undefined;
  const until = performance.now() + patienceMs;
  const past = pastOf(await audit.recent(MOST_PAST));
  const prompts = past.filter((one) => one.decision.verdict === "ask").length;
  if (prompts === 0) return undefined;
  const allow = candidateRules(decision.suggestions, context.cwd);
  const total: RuleReplay = { prompts: 0, saved: 0, refused: [], others: [] };
  for (const one of past) {
    if (performance.now() > until) break;
    if (one.decision.verdict === "ask") total.prompts++;
    const { saved, refusedBefore, alsoAllowed } = replay([one], { allow }, context);
    total.saved += saved;
    total.refused.push(...refusedBefore.map(textOf));
    if (saved === 0) total.others.push(...alsoAllowed.map(textOf));
  }
  return { ...total, refused: distinct(total.refused), others: distinct(total.others) };
}

/** A record keeps what a decision was, not what it offered. */
export function decisionOf({ verdict, gate, reason, rule }: AuditRecord): Decision {
  return { verdict, gate, reason, risk: "low", suggestions: [], ...(rule && { rule }) };
}

/** Records of calls whose access was kept, as the replay wants them. */
export function pastOf(records: readonly AuditRecord[]): PastDecision[] {
  return records.flatMap((record) => {
    const { access, tool, answer } = record;
    if (!access || access.length === 0) return [];
    const decision = decisionOf(record);
    const said = answer === undefined ? {} : { answer: answer.startsWith("allowed") ? ("allow" as const) : ("deny" as const) };
    return [{ request: { tool, input: inputOf(access), access }, decision, ...said }];
  });
}

/** The arguments that rules look at, back from what the call touched. */
function inputOf([first]: readonly Access[]): Record<string, unknown> {
  if (first?.kind === "command") return { command: first.command };
  if (first?.kind === "fetch") return { url: first.url };
  return first?.kind === "read" || first?.kind === "write" ? { file_path: first.path } : {};
}

/** One line for a person. */
export function textOf({ tool, access: [first] }: DecideRequest): string {
  switch (first?.kind) {
    case "command":
      return first.command;
    case "fetch":
      return first.url;
    case "read":
    case "write":
      return `${tool} ${first.path}`;
    default:
      return tool;
  }
}

const distinct = (texts: readonly string[]): string[] => [...new Set(texts)].slice(0, MOST_SHOWN);
