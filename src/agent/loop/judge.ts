import type { ContinueReason, Problem } from "../../shared/protocol/agent";
import type { ModelError } from "../../shared/protocol/model";
import type { Reply, TurnOutcome } from "./ports";

/** How often each kind of recovery was used in this turn. */
export interface Recoveries {
  outputLimit: number;
  tooLong: number;
  streamLost: number;
  emptyReply: number;
}

export const noRecoveries = (): Recoveries => ({ outputLimit: 0, tooLong: 0, streamLost: 0, emptyReply: 0 });

export type Verdict =
  { go: ContinueReason; detail?: string; /** Said to the model in the user's place. */ nudge?: string } | { end: TurnOutcome };

const CONTINUE = "Your reply was cut off by the output limit. Continue exactly where it stopped, without repeating.";
const PAUSED = "Your reply was paused by the provider. Continue exactly where it stopped, without repeating.";
const EMPTY = "Your last reply was empty. Answer, or say what keeps you from answering.";
const TOOL_CUT =
  "Your reply hit the output limit inside a tool call, which was not run. Send it again in smaller pieces, for example several edits instead of one large write.";

/** Pure: what a reply means for the turn. The only place that knows when the loop goes round again. */
export function judge(reply: Reply, used: Recoveries): Verdict {
  if (reply.error) return judgeError(reply, reply.error, used);
  const ran = reply.calls.length > 0;
  if (reply.stopReason === "max_tokens") {
    if (used.outputLimit >= 3)
      return failed(
        "output_limit",
        "The reply hit the output limit three times in a row.",
        "Ask for a smaller step, or raise the model's output limit.",
      );
    return { go: "output_limit", nudge: endsInCutCall(reply) ? TOOL_CUT : CONTINUE };
  }
  if (ran) return { go: "tool_results" };
  if (reply.stopReason === "pause_turn" && used.outputLimit < 3)
    return { go: "output_limit", detail: "paused by the provider", nudge: PAUSED };
  if (reply.stopReason === "refusal" && isEmpty(reply))
    return failed(
      "refused",
      "The provider's filter refused to answer.",
      "Put it in other words, start a new conversation, or pick another model.",
    );
  if (isEmpty(reply)) {
    if (used.emptyReply >= 2)
      return failed("empty_reply", "The model answered nothing, three times.", "Send the message again, or pick another model.");
    return { go: "empty_reply", nudge: EMPTY };
  }
  return { end: { reason: "completed" } };
}

function judgeError(reply: Reply, error: ModelError, used: Recoveries): Verdict {
  if (error.kind === "aborted") return { end: { reason: "interrupted" } };
  if (error.kind === "too_long") {
    return used.tooLong === 0
      ? { go: "too_long" }
      : failed(
          "too_long",
          "The conversation is too long for the model, even after compaction.",
          "Start a new conversation, or pick a model with a larger window.",
        );
  }
  if (error.partial || reply.calls.length > 0) {
    if (used.streamLost < 3) return { go: "stream_lost", detail: error.message };
  }
  return { end: { reason: "failed", problem: asProblem(error) } };
}

const failed = (kind: string, message: string, next: string): Verdict => ({
  end: { reason: "failed", problem: { kind, message, next } },
});

/** The cut call is told by its result; what ran before the cut was whole. */
function endsInCutCall(reply: Reply): boolean {
  const last = reply.message?.content.at(-1);
  return last?.type === "tool_use" && last.invalid !== undefined;
}

function isEmpty(reply: Reply): boolean {
  return !reply.message?.content.some((block) => block.type === "opaque" || (block.type === "text" && block.text.trim() !== ""));
}

const nextSteps: Partial<Record<ModelError["kind"], string>> = {
  auth: "Set a working key: run “Stride: Set API Key”, or set ANTHROPIC_API_KEY.",
  exhausted: "Wait a moment and send the message again, or pick another model.",
  unavailable: "Check the network, then send the message again; nothing was lost.",
  not_found: "Pick a model that exists: run “Stride: Select Model”.",
  denied: "Check the account's rights and the configured base URL.",
  invalid: "Try again; if it stays, start a new conversation and show the log.",
};

export function asProblem(error: ModelError): Problem {
  const next = nextSteps[error.kind];
  return next === undefined ? { kind: error.kind, message: error.message } : { kind: error.kind, message: error.message, next };
}
