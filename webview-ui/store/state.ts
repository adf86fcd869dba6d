import type { QueuedMessage, Todo } from "../../src/shared/protocol/agent";
import type { ModelError, ModelInfo, Usage } from "../../src/shared/protocol/model";
import type { ApprovalRequest, PermissionMode } from "../../src/shared/protocol/permission";
import type { EngineHealth } from "../../src/shared/protocol/view";
import type { Item } from "./items";
import type { KeptPlace } from "./kept";

export type Phase = "idle" | "waiting" | "thinking" | "answering" | "tools";

/** Nothing is happening and why. */
export interface Waiting {
  why: "retry" | "slow";
  attempt: number;
  since: number;
  until: number;
  error: ModelError | null;
}

export interface Spent {
  usd: number;
  /** A turn whose model has no known price: the sum is a lower bound. */
  unknown: boolean;
  tokens: number;
}

export interface PanelState {
  session: string | null;
  title: string;
  cwd: string;
  /** Folders open in the window. */
  roots: readonly string[];
  /** A folder is open in the editor, or it is not known yet. */
  hasFolder: boolean;
  lastSeq: number;
  /** First event of the session, and the first one held here. */
  firstSeq: number;
  oldestSeq: number;
  items: readonly Item[];
  running: boolean;
  phase: Phase;
  /** When the engine was last heard from in this turn (ms since epoch, its clock). */
  quietSince: number;
  waiting: Waiting | null;
  queued: readonly QueuedMessage[];
  approvals: readonly ApprovalRequest[];
  todos: readonly Todo[];
  /** What compaction leaves word for word. */
  kept: readonly KeptPlace[];
  model: string;
  models: readonly ModelInfo[];
  mode: PermissionMode;
  trusted: boolean;
  hasKey: boolean;
  engine: EngineHealth;
  context: { tokens: number; window: number; sources: Record<string, number> } | null;
  spent: Spent;
}

export const emptyState = (): PanelState => ({
  session: null,
  title: "",
  cwd: "",
  roots: [],
  hasFolder: true,
  lastSeq: 0,
  firstSeq: 1,
  oldestSeq: 1,
  items: [],
  running: false,
  phase: "idle",
  quietSince: 0,
  waiting: null,
  queued: [],
  approvals: [],
  todos: [],
  kept: [],
  model: "",
  models: [],
  mode: "default",
  trusted: true,
  hasKey: true,
  engine: { state: "idle" },
  context: null,
  spent: { usd: 0, unknown: false, tokens: 0 },
});

export const addSpent = (a: Spent, b: Spent): Spent => ({
  usd: a.usd + b.usd,
  unknown: a.unknown || b.unknown,
  tokens: a.tokens + b.tokens,
});

export const spentIn = (usage: Usage, usd: number | null): Spent => ({
  usd: usd ?? 0,
  unknown: usd === null,
  tokens: usage.inputTokens + usage.outputTokens + usage.cacheReadTokens + usage.cacheWriteTokens,
});

export const spentOf = (items: readonly Item[]): Spent =>
  items.reduce((sum, item) => (item.kind === "footer" ? addSpent(sum, spentIn(item.usage, item.usd)) : sum), emptyState().spent);
