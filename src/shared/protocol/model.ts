import type { Block, Message } from "./messages";

/** What a model may be asked for; who answers is decided by routing, not by the caller. */
export type ModelRole = "main" | "fast" | "long" | "thinking" | "vision";

export interface ToolSpec {
  name: string;
  description: string;
  inputSchema: Record<string, unknown>;
}

export interface ModelRequest {
  role: ModelRole;
  /** A model id or alias the user chose; absent = the role's model. */
  model?: string;
  /** In order; `cache` marks a breakpoint after the section. */
  system: { text: string; cache?: boolean }[];
  messages: readonly Message[];
  tools: readonly ToolSpec[];
  maxTokens?: number;
  thinkingTokens?: number;
  /** Server-side context editing, where the provider has it. */
  clearToolUses?: { keep: number; triggerTokens: number; clearAtLeastTokens?: number };
  sessionId?: string;
  /** Messages whose end will be a request's common beginning for long: worth a place in the provider's cache. */
  cacheAt?: readonly string[];
}

export interface Usage {
  /** Uncached input. */
  inputTokens: number;
  outputTokens: number;
  cacheReadTokens: number;
  cacheWriteTokens: number;
}

export const noUsage = (): Usage => ({ inputTokens: 0, outputTokens: 0, cacheReadTokens: 0, cacheWriteTokens: 0 });

export const addUsage = (a: Usage, b: Usage): Usage => ({
  inputTokens: a.inputTokens + b.inputTokens,
  outputTokens: a.outputTokens + b.outputTokens,
  cacheReadTokens: a.cacheReadTokens + b.cacheReadTokens,
  cacheWriteTokens: a.cacheWriteTokens + b.cacheWriteTokens,
});

/** "refusal": a filter stopped the reply; "pause_turn": it goes on when asked. Names we do not know yet come as "other": the turn ends there. */
export type StopReason = "end_turn" | "tool_use" | "max_tokens" | "stop_sequence" | "refusal" | "pause_turn" | "other";

export type ModelErrorKind =
  | "unavailable" // overloaded, 5xx, broken stream, connection lost: worth another try
  | "exhausted" // rate limit or quota
  | "too_long" // prompt over the model's window, 413
  | "invalid" // the request itself is wrong
  | "auth" // key missing or refused
  | "denied" // forbidden, blocked by policy, redirect to another host
  | "not_found" // no such model or endpoint
  | "aborted";

export interface ModelError {
  kind: ModelErrorKind;
  /** For people, one line, says what to do next. Never holds a key. */
  message: string;
  status?: number;
  provider?: string;
  model?: string;
  /** From `retry-after`, already capped. */
  retryAfterMs?: number;
  /** The answer had begun to show when it broke. */
  partial?: boolean;
}

/**
 * One model reply. Contract: the iterable never throws, yields at most one terminal event
 * (`message_end` or `error`), and yields nothing after it. A `block_stop` is the signal that a block
 * is whole: a tool call may start then, while the stream runs on.
 */
export type StreamEvent =
  | { type: "message_start"; model: string; provider: string; usage: Usage }
  | { type: "block_start"; index: number; block: BlockStart }
  | { type: "block_delta"; index: number; text: string }
  | { type: "block_stop"; index: number; block: Block }
  | { type: "message_end"; stopReason: StopReason; usage: Usage }
  /** Nothing is happening and why: shown to the user, never acted on by the loop. */
  | { type: "waiting"; why: "retry" | "slow"; attempt: number; waitMs: number; error?: ModelError }
  /** Another model of the fallback chain takes over; nothing had been shown yet. */
  | { type: "fallback"; from: string; to: string; error: ModelError }
  | { type: "error"; error: ModelError };

export type BlockStart =
  { type: "text" } | { type: "thinking" } | { type: "tool_use"; id: string; name: string } | { type: "other" };

/** Every layer of the model stack (provider, retry, breaker, routing) has this one type. */
export type ModelStream = (request: ModelRequest, signal: AbortSignal) => AsyncIterable<StreamEvent>;

export interface ModelInfo {
  /** What the user picks: "provider/model". */
  id: string;
  provider: string;
  name: string;
  contextTokens?: number;
  maxOutputTokens?: number;
  price?: ModelPrice;
  vision?: boolean;
  tools?: boolean;
}

/** Dollars per million tokens. Unknown prices stay unknown; nothing is guessed. */
export interface ModelPrice {
  input: number;
  output: number;
  cacheRead?: number;
  cacheWrite?: number;
}
