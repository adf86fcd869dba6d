import type { AgentEvent, Op } from "../../shared/protocol/agent";
import type { Message } from "../../shared/protocol/messages";
import type { ModelRequest } from "../../shared/protocol/model";

export interface FitInput {
  turn: string;
  messages: readonly Message[];
  /** What no level can shrink. */
  system: ModelRequest["system"];
  tools: ModelRequest["tools"];
}

export interface Fitted {
  messages: readonly Message[];
  estimatedTokens: number;
  /** What the request asks of the provider, e.g. clearing old results on its side. */
  extra?: Partial<ModelRequest>;
}

/** Keeps the conversation inside the model's window: levels from free to expensive, each an event of its own. */
export interface ContextPipeline {
  fit(input: FitInput): Promise<Fitted>;
  /** The provider said the prompt is too long. False: nothing is left to shrink. */
  emergency(turn: string, signal: AbortSignal): Promise<boolean>;
  /** Sees every event, to keep the token ledger anchored on real usage. */
  observe(event: AgentEvent): void;
  /** `compact` and `undo_compaction`. */
  handle(op: Op): Promise<void>;
}
