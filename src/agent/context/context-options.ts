import type { Todo } from "../../shared/protocol/agent";
import type { Message } from "../../shared/protocol/messages";
import type { ModelPrice } from "../../shared/protocol/model";
import type { SummaryPorts } from "./background-summary";
import type { FirstCountPorts } from "./first-count";
import type { View } from "./views";

export interface ContextOptions extends SummaryPorts, Pick<FirstCountPorts, "count"> {
  /** Tokens the model takes, and what is left free for a reply. */
  window(): number;
  reserve?: number;
  /** What the model is shown now. */
  messages(): readonly Message[];
  /** What no level may take out, by message or call. */
  kept?(): ReadonlySet<string>;
  todos(): readonly Todo[];
  readFile(path: string): Promise<string | null>;
  /** The provider can clear old results itself. */
  providerClears(): boolean;
  /** Levels 4 and 5 may act on their own (`autoCompactEnabled`). */
  enabled(): boolean;
  /** null: unknown. */
  price?(): ModelPrice | null;
  now(): number;
  /** For what the next request need not wait for; default: at once. */
  later?(work: () => void): void;
  /** Of a conversation that goes on in a new process. */
  resumed?: ResumedContext;
}

export interface ResumedContext {
  views: readonly View[];
  /** Since the last event. */
  idleMs: number;
  /** Input and output of the last reply, the messages after it and what was freed since. */
  reported: number | null;
  since: readonly Message[];
  freedTokens: number;
}
