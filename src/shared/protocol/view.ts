import type { AgentEvent, Delivery, LimitName, QueuedMessage, Recorded } from "./agent";
import type { Block } from "./messages";
import type { CallExplanation, PermissionsReport, TriedCall } from "./explain";
import type { InstructionsReport, SessionSummary } from "./host";
import type { SessionHit } from "./session-search";
import type { ModelInfo } from "./model";
import type { ApprovalAnswer, PermissionMode } from "./permission";

/** Panel → host. Every message is schema-checked by the host; the panel has no authority of its own. */
export type FromPanel =
  | { type: "ready"; have: { session: string; seq: number } | null; draft: string }
  /** Credit: the panel has drawn; send what has gathered since. */
  | { type: "next_frame" }
  | { type: "send"; id: string; content: Block[]; delivery: Delivery }
  | { type: "edit_queued"; id: string; content: Block[] | null }
  | { type: "stop" }
  | { type: "answer_approval"; id: string; answer: ApprovalAnswer }
  | { type: "answer_question"; id: string; answers: Record<string, string> | null }
  | { type: "set_mode"; mode: PermissionMode }
  | { type: "pick_model" }
  | { type: "raise_limit"; limit: LimitName; by: number }
  | { type: "new_session" }
  | { type: "open_session"; session: string }
  | { type: "list_sessions" }
  /** `from`: everything from there on, to jump to it. */
  | { type: "load_before"; seq: number; from?: number }
  | { type: "stop_command"; id: string }
  | { type: "open_file"; path: string; line?: number }
  | { type: "show_diff"; path: string; before: string; after: string }
  | { type: "copy"; text: string }
  | { type: "open_link"; url: string }
  | { type: "run_command"; command: PanelCommand }
  /** Open the read-only terminal of a command. */
  | { type: "show_command"; id: string }
  | { type: "typing" }
  | { type: "draft"; text: string }
  | { type: "search_files"; id: number; query: string }
  | { type: "compact" }
  | { type: "undo_compaction" }
  /** A message or the result of a call, by its id: compaction leaves it word for word. */
  | { type: "keep"; target: string; kept: boolean }
  | { type: "rename_session"; session: string; title: string }
  | { type: "archive_session"; session: string; archived: boolean }
  | { type: "delete_session"; session: string }
  | { type: "undo_delete"; session: string }
  | { type: "export_session"; session: string }
  /** A new conversation with all that came before this place; `text` waits in its composer. */
  | { type: "fork"; seq: number; text: string }
  | { type: "search"; id: number; query: string; scope: "session" | "all" }
  /** Shows this place of a conversation. */
  | { type: "open_hit"; session: string; seq: number }
  | { type: "get_permissions" }
  | { type: "explain_call"; id: number; call: TriedCall }
  | { type: "get_instructions" };

export type PanelCommand =
  "setKey" | "showLogs" | "restartEngine" | "manageTrust" | "showAudit" | "importSessions" | "openSettings";

/** What fills the panel instead of the conversation. */
export type PanelView = "chat" | "sessions" | "search" | "permissions" | "instructions";

/** Host → panel: at most one frame per credit, numbered; a gap makes the panel ask again with `ready`. */
export type ToPanel =
  | { type: "snapshot"; frame: number; state: PanelSnapshot }
  | { type: "frame"; frame: number; events: PanelEvent[] }
  | { type: "earlier"; events: Recorded[]; from: number }
  | { type: "sessions"; sessions: SessionSummary[] }
  | { type: "insert"; text: string; focus: boolean }
  | { type: "files"; id: number; paths: string[] }
  /** What changed beside the conversation; absent fields stay as they were. */
  | { type: "status"; engine?: EngineHealth; hasKey?: boolean; trusted?: boolean; models?: ModelInfo[] }
  | { type: "view"; view: PanelView }
  /** Scroll to this record, once it is there. */
  | { type: "jump"; seq: number }
  | { type: "search_results"; id: number; hits: SessionHit[]; complete: boolean }
  | { type: "permissions"; report: PermissionsReport }
  | { type: "explained"; id: number; explanation: CallExplanation }
  | { type: "instructions"; report: InstructionsReport };

/** Logged events carry their seq; deltas carry 0. */
export interface PanelEvent {
  seq: number;
  at: number;
  event: AgentEvent;
}

export interface PanelSnapshot {
  session: string;
  events: Recorded[];
  /** First seq there is; events before the tail are loaded by `load_before`. */
  firstSeq: number;
  running: boolean;
  queued: QueuedMessage[];
  /** What compaction leaves word for word, also what was pinned before the tail. */
  kept?: string[];
  model: string;
  models: ModelInfo[];
  mode: PermissionMode;
  trusted: boolean;
  hasKey: boolean;
  draft: string;
  engine: EngineHealth;
  /** Folders that are open in the window: what lies in them is named without them. */
  roots?: string[];
}

export type EngineHealth =
  | { state: "idle" | "starting" | "ready" }
  | { state: "restarting"; attempt: number; why: string }
  | { state: "down"; why: string; next: string };
