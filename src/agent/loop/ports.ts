import type { AgentEvent, Problem, Question } from "../../shared/protocol/agent";
import type { Message, ToolResultBlock, ToolUseBlock } from "../../shared/protocol/messages";
import type { ModelError, ModelRequest, ModelStream, StopReason, Usage } from "../../shared/protocol/model";

/** Everything a turn needs of the world. The loop knows no vendor, no tool and no disk. */
export interface TurnPorts {
  model: ModelStream;
  /** Appends to the log and tells everybody; transient events are only told. */
  emit(event: AgentEvent): void;
  /** Resolves when all emitted events are on disk. */
  flush(): Promise<void>;
  /** The next request: history after the compression levels, prompt, tools. Never waits for anything slow. */
  nextRequest(turn: string): Promise<{ request: ModelRequest; estimatedTokens: number }>;
  /** Text that stands before the user's words, at the start of a conversation. Bounded in time. */
  opening(): Promise<Message[]>;
  /** What goes to the model after tools: changed files, diagnostics, reminders. Bounded in time. */
  attachments(turn: string): Promise<Message[]>;
  /** The prompt was too long: shrink the history now. False = nothing left to shrink. */
  emergencyCompaction(turn: string, signal: AbortSignal): Promise<boolean>;
  prepare(block: ToolUseBlock, turn: string, request: string): PreparedCall;
  priceOf(model: string, usage: Usage): number | null;
  /** Asks a person; null = nobody is there or they declined. */
  ask(turn: string, questions: Question[], signal: AbortSignal): Promise<Record<string, string> | null>;
  /** Called when the model has nothing more to do; a text sends it round again (stop hooks). */
  beforeStop(turn: string): Promise<string | null>;
  newId(): string;
  now(): number;
}

/** A tool call, parsed and ready; nothing has happened yet. */
export interface PreparedCall {
  id: string;
  name: string;
  /** Name and arguments in one comparable text, for the repeated-call guard. */
  signature: string;
  footprint: Footprint;
  /** Decides, asks, runs. Never throws. `begin` is called right before the effect. */
  run(signal: AbortSignal, begin: () => void): Promise<CallResult>;
  /** It will never run; the history still gets its one result. */
  skip(why: "interrupted" | "steered"): CallResult;
}

/** Abort reason of a call whose reply was lost before it began: it leaves no trace. */
export const DROPPED = "dropped";

/** What a call touches, so that calls that cannot disturb each other run together. */
export type Footprint = { kind: "read"; paths: string[] } | { kind: "write"; paths: string[] } | { kind: "opaque" };

export interface CallResult {
  result: ToolResultBlock;
  failed: boolean;
  /** The user said no, or interrupted: no guard should count it. */
  declined?: boolean;
}

/** One reply of the model, as far as it came. */
export interface Reply {
  request: string;
  model: string;
  message: Message | null;
  stopReason: StopReason;
  usage: Usage;
  usd: number | null;
  error?: ModelError;
  results: CallResult[];
  calls: PreparedCall[];
}

export interface TurnOutcome {
  reason: "completed" | "interrupted" | "limit" | "failed";
  problem?: Problem;
}
