import { messageOf, StrideError } from "../../shared/errors";
import type { AgentEvent, ContinueReason, Problem } from "../../shared/protocol/agent";
import { textBlock, type Block, type Message } from "../../shared/protocol/messages";
import { addUsage, noUsage, type Usage } from "../../shared/protocol/model";
import { collect } from "./collect";
import { judge, noRecoveries, type Recoveries, type Verdict } from "./judge";
import { totalTokens, type Limits } from "./limits";
import type { PreparedCall, Reply, TurnOutcome, TurnPorts } from "./ports";
import { Repeats } from "./repeats";
import { Schedule } from "./schedule";

export interface TurnRequest {
  turn: string;
  limits: Limits;
  signal: AbortSignal;
  /** Messages the user sent meanwhile that should not wait for the end. */
  steering: { deliver(): void; pending(): boolean; onArrival(listener: () => void): () => void };
  /** Keep going until about this many tokens were used. */
  tokenTarget: number | null;
}

interface TurnState extends TurnRequest {
  recoveries: Recoveries;
  repeats: Repeats;
  usage: Usage;
  usd: number | null;
  nudges: number;
  ports: TurnPorts;
}

/**
 * One user turn: request, run tools, go round again until a verdict ends it. A loop, never a recursion,
 * so that the two-thousandth step costs what the first did. Every way round is named in the log.
 */
export async function runTurn(request: TurnRequest, ports: TurnPorts): Promise<void> {
  const started = ports.now();
  const state: TurnState = {
    ...request,
    ports,
    recoveries: noRecoveries(),
    repeats: new Repeats(),
    usage: noUsage(),
    usd: 0,
    nudges: 0,
  };
  ports.emit({ type: "turn_started", turn: request.turn });
  let outcome: TurnOutcome | undefined;
  while (!outcome) {
    try {
      outcome = await step(state);
    } catch (error) {
      // Whatever fails in a port must not leave a turn that never ends.
      outcome = { reason: "failed", problem: error instanceof StrideError ? error.problem : bug(error) };
    }
  }
  ports.emit({
    type: "turn_ended",
    turn: request.turn,
    reason: outcome.reason,
    usage: state.usage,
    usd: state.usd,
    steps: state.limits.steps,
    ms: ports.now() - started,
    ...(outcome.problem && { problem: outcome.problem }),
  });
  await ports.flush();
}

const filtered: AgentEvent = {
  type: "notice",
  level: "warning",
  message: "The provider's filter stopped this reply; it may be incomplete.",
  next: "Put it in other words, or pick another model.",
};

const bug = (error: unknown): Problem => ({
  kind: "bug",
  message: `Something inside Stride failed: ${messageOf(error)}`,
  next: "Send the message again; “Stride: Show Logs” has the details.",
});

/** One request and what follows from it; an outcome ends the turn. */
async function step(state: TurnState): Promise<TurnOutcome | undefined> {
  const { limits, signal } = state;
  if (signal.aborted) return { reason: "interrupted" };
  const stopped = checkLimits(state);
  if (stopped) return stopped;
  limits.step();

  const reply = await askModel(state);
  account(state, reply);
  if (signal.aborted) return { reason: "interrupted" };
  const repeated = state.repeats.note(reply.calls, reply.results);
  const verdict = judge(reply, state.recoveries);
  if (reply.stopReason === "refusal" && reply.message) state.ports.emit(filtered);
  if ("end" in verdict) return endOrGoOn(state, verdict.end);
  if (repeated && !(await mayGoOn(state, repeated))) {
    return {
      reason: "failed",
      problem: {
        kind: "repeated_call",
        message: `${repeated.name} failed three times with the same arguments.`,
        next: "Tell Stride how to go on, or what to try instead.",
      },
    };
  }
  return goOn(state, verdict);
}

async function goOn(state: TurnState, verdict: Extract<Verdict, { go: ContinueReason }>): Promise<TurnOutcome | undefined> {
  const { ports, turn, signal } = state;
  countRecovery(state.recoveries, verdict.go);
  if (verdict.go === "too_long" && !(await ports.emergencyCompaction(turn, signal))) {
    return {
      reason: "failed",
      problem: {
        kind: "too_long",
        message: "The conversation is too long for the model and nothing more can be left out.",
        next: "Start a new conversation, or pick a model with a larger window.",
      },
    };
  }
  const steering = state.steering.pending();
  ports.emit({
    type: "turn_continues",
    turn,
    reason: steering ? "steer" : verdict.go,
    ...(verdict.detail !== undefined && { detail: verdict.detail }),
  });
  if (verdict.nudge !== undefined) say(state, verdict.nudge);
  await addAttachments(state);
  state.steering.deliver();
  return undefined;
}

/** The model is done. Steering, a stop hook or a token target can still send it round again. */
async function endOrGoOn(state: TurnState, end: TurnOutcome): Promise<TurnOutcome | undefined> {
  const { ports, turn } = state;
  if (end.reason !== "completed") return end;
  if (state.steering.pending()) {
    ports.emit({ type: "turn_continues", turn, reason: "steer" });
    state.steering.deliver();
    return undefined;
  }
  const objection = state.nudges < 8 ? await ports.beforeStop(turn) : null;
  if (objection !== null) {
    state.nudges++;
    ports.emit({ type: "turn_continues", turn, reason: "stop_hook" });
    say(state, objection);
    return undefined;
  }
  const used = totalTokens(state.usage);
  if (state.tokenTarget !== null && used < 0.9 * state.tokenTarget) {
    ports.emit({ type: "turn_continues", turn, reason: "token_target", detail: `${used} of ${state.tokenTarget} tokens` });
    say(
      state,
      `The user asked you to keep working: about ${state.tokenTarget - used} tokens are left. Check your work, go deeper, and go on.`,
    );
    return undefined;
  }
  return end;
}

/** Streams one reply; its tool calls run while it streams. */
async function askModel(state: TurnState): Promise<Reply> {
  const { ports, turn, signal } = state;
  const request = ports.newId();
  const next = await ports.nextRequest(turn);
  ports.emit({
    type: "request_started",
    turn,
    request,
    model: next.request.model ?? next.request.role,
    estimatedTokens: next.estimatedTokens,
  });
  const schedule = new Schedule({ signal });
  const stopListening = state.steering.onArrival(() => schedule.skipUnstarted("steered"));
  try {
    const onToolUse = (block: Block): void => {
      if (block.type === "tool_use") schedule.add(ports.prepare(block, turn, request));
    };
    const collected = await collect(ports.model, next.request, { turn, request, emit: ports.emit, onToolUse }, signal);
    if (collected.error && collected.error.kind !== "aborted") schedule.dropUnstarted();
    const calls = schedule.calls;
    const blocks = withoutDropped(collected.blocks, calls);
    const usd = ports.priceOf(collected.model, collected.usage);
    const reply: Reply = { ...collected, request, message: null, usd, results: [], calls };
    if (collected.error && collected.error.kind !== "aborted" && calls.length === 0) {
      ports.emit({ type: "reply_discarded", turn, request, error: collected.error });
      return reply;
    }
    if (blocks.length > 0) {
      reply.message = { id: ports.newId(), role: "assistant", content: blocks };
      ports.emit({
        type: "assistant_message",
        turn,
        request,
        message: reply.message,
        model: collected.model,
        stopReason: collected.stopReason,
        usage: collected.usage,
        usd,
      });
    }
    reply.results = await schedule.finish();
    return reply;
  } finally {
    stopListening();
  }
}

/** Calls that never began leave no trace; providers refuse empty text. */
function withoutDropped(blocks: readonly Block[], calls: readonly PreparedCall[]): Block[] {
  const kept = new Set(calls.map((call) => call.id));
  return blocks.filter((block) =>
    block.type === "tool_use" ? kept.has(block.id) : block.type !== "text" || block.text.trim() !== "",
  );
}

function account(state: TurnState, reply: Reply): void {
  state.limits.spend(reply.usage, reply.usd);
  state.usage = addUsage(state.usage, reply.usage);
  state.usd = state.usd === null || reply.usd === null ? null : state.usd + reply.usd;
}

function checkLimits(state: TurnState): TurnOutcome | undefined {
  const { ports, turn, limits } = state;
  for (const hit of limits.warnings()) ports.emit({ type: "limit_warning", turn, ...hit });
  const hit = limits.reached();
  if (!hit) return undefined;
  ports.emit({ type: "limit_reached", turn, ...hit });
  return {
    reason: "limit",
    problem: {
      kind: "limit",
      message: `The limit of ${hit.cap} ${limitUnits[hit.limit]} was reached.`,
      next: "Raise the limit to go on from here.",
    },
  };
}

const limitUnits = { steps: "steps", tokens: "tokens", usd: "dollars", wallMs: "milliseconds" } as const;

function countRecovery(used: Recoveries, reason: ContinueReason): void {
  if (reason === "output_limit") used.outputLimit++;
  else if (reason === "too_long") used.tooLong++;
  else if (reason === "stream_lost") used.streamLost++;
  else if (reason === "empty_reply") used.emptyReply++;
  else if (reason === "tool_results") Object.assign(used, { ...noRecoveries(), tooLong: used.tooLong });
}

function say(state: TurnState, text: string): void {
  const message: Message = { id: state.ports.newId(), role: "user", content: [textBlock(text, "engine")] };
  state.ports.emit({ type: "user_message", turn: state.turn, message, via: "engine" });
}

async function addAttachments(state: TurnState): Promise<void> {
  for (const message of await state.ports.attachments(state.turn)) {
    const event: AgentEvent = { type: "attachment", turn: state.turn, message, origin: "engine", what: "reminder" };
    state.ports.emit(event);
  }
}

async function mayGoOn(state: TurnState, call: PreparedCall): Promise<boolean> {
  const answer = await state.ports.ask(
    state.turn,
    [
      {
        header: "Stuck",
        question: `${call.name} failed three times in the same way. Go on?`,
        options: [{ label: "Go on" }, { label: "Stop" }],
      },
    ],
    state.signal,
  );
  return answer !== null && Object.values(answer).includes("Go on");
}
