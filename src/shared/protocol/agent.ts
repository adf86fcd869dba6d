import type { Block, Message, Origin, ToolResultBlock } from "./messages";
import type { ModelError, StopReason, Usage } from "./model";
import type { ApprovalAnswer, ApprovalRequest, PermissionMode } from "./permission";

/** What a person (or a script in their place) asks of the engine. */
export type Op =
  | { op: "user_turn"; session: string; id: string; content: Block[]; delivery: Delivery }
  | { op: "edit_queued"; session: string; id: string; content: Block[] | null }
  | { op: "interrupt"; session: string }
  | { op: "answer_approval"; session: string; id: string; answer: ApprovalAnswer }
  | { op: "answer_question"; session: string; id: string; answers: Record<string, string> | null }
  | { op: "set_mode"; session: string; mode: PermissionMode }
  | { op: "set_model"; session: string; model: string }
  | { op: "compact"; session: string; instructions?: string }
  | { op: "undo_compaction"; session: string }
  /** What the levels must leave word for word (or no longer): a message, or the result of a call, by its id. */
  | { op: "keep"; session: string; target: string; kept: boolean }
  | { op: "stop_command"; session: string; id: string }
  /** Go on after a cap was reached, with this much more. */
  | { op: "raise_limit"; session: string; limit: LimitName; by: number };

/** queue: after the turn; steer: after the tool that runs now. With no turn running both start one. */
export type Delivery = "queue" | "steer";

export type LimitName = "steps" | "tokens" | "usd" | "wallMs";

/** Each reason to go round the loop again; the log names it. */
export type ContinueReason =
  | "tool_results"
  | "output_limit"
  | "too_long"
  | "fallback_model"
  | "stop_hook"
  | "budget"
  | "steer"
  | "stream_lost"
  | "empty_reply"
  | "token_target";

export type TurnEnd = "completed" | "interrupted" | "limit" | "failed";

/** A failure as a person should read it: what happened and what to do next. */
export interface Problem {
  kind: string;
  message: string;
  next?: string;
}

export type ApprovalAnswerBy = "person" | "rule" | "mode" | "headless" | "interrupt";

export type ToolOutcome = "ok" | "error" | "denied" | "interrupted";

/** How a finished call is drawn; the model never sees it. */
export type ToolDisplay =
  | { kind: "diff"; path: string; before: string; after: string; added: number; removed: number; truncated?: boolean }
  | { kind: "command"; command: string; exitCode: number | null; signal: string | null; output: string; background?: string }
  | { kind: "todos"; todos: Todo[] }
  | { kind: "files"; paths: string[] }
  | { kind: "text"; text: string };

export interface Todo {
  content: string;
  activeForm?: string;
  status: "pending" | "in_progress" | "completed";
}

export interface Question {
  question: string;
  header: string;
  multiSelect?: boolean;
  options: { label: string; description?: string }[];
}

/** The same event is emitted by the loop, logged, forwarded, reduced by the panel and printed by the CLI. */
export type AgentEvent =
  | { type: "session_started"; cwd: string; roots: string[]; model: string; mode: PermissionMode; version: string }
  /** `interrupted`: calls that had started and never finished; their effect is unknown. */
  | { type: "session_resumed"; interrupted: string[]; repaired?: string }
  | { type: "session_titled"; title: string }
  | { type: "mode_changed"; mode: PermissionMode }
  /** `by`: not chosen for this conversation, but what the settings say. */
  | { type: "model_changed"; model: string; by?: "settings" }
  | { type: "user_message"; turn: string; message: Message; via: "prompt" | "queue" | "steer" | "engine" }
  | { type: "queue_changed"; queued: QueuedMessage[] }
  | { type: "turn_started"; turn: string }
  | { type: "turn_continues"; turn: string; reason: ContinueReason; detail?: string }
  | {
      type: "turn_ended";
      turn: string;
      reason: TurnEnd;
      usage: Usage;
      usd: number | null;
      steps: number;
      ms: number;
      problem?: Problem;
    }
  | { type: "request_started"; turn: string; request: string; model: string; estimatedTokens: number }
  | {
      type: "request_waiting";
      turn: string;
      request: string;
      why: "retry" | "slow";
      attempt: number;
      waitMs: number;
      error?: ModelError;
    }
  | { type: "model_fallback"; turn: string; from: string; to: string; error: ModelError }
  /** Not logged. `block` counts blocks of the reply. */
  | {
      type: "delta";
      turn: string;
      request: string;
      block: number;
      kind: "text" | "thinking" | "tool_input";
      text: string;
      tool?: { id: string; name: string };
    }
  /** What was streamed since `request_started` does not count: the stream was lost or is tried again. */
  | { type: "reply_discarded"; turn: string; request: string; error: ModelError }
  | {
      type: "assistant_message";
      turn: string;
      request: string;
      message: Message;
      model: string;
      stopReason: StopReason;
      usage: Usage;
      usd: number | null;
    }
  /**
   * Durable before the tool runs. `input` is here too, because a call may start while its reply still
   * streams: after a kill the log must still say what was asked, though no `assistant_message` follows.
   */
  | {
      type: "tool_started";
      turn: string;
      call: string;
      name: string;
      title: string;
      inputHash: string;
      readOnly: boolean;
      request?: string;
      input?: Record<string, unknown>;
    }
  /** Not logged. */
  | { type: "tool_progress"; turn: string; call: string; text: string; replace?: boolean }
  | {
      type: "tool_finished";
      turn: string;
      call: string;
      name: string;
      outcome: ToolOutcome;
      result: ToolResultBlock;
      display?: ToolDisplay;
      ms: number;
    }
  | { type: "approval_requested"; turn: string; approval: ApprovalRequest }
  | { type: "approval_resolved"; turn: string; id: string; answer: ApprovalAnswer; by: ApprovalAnswerBy }
  | { type: "question_asked"; turn: string; id: string; questions: Question[] }
  | { type: "question_answered"; turn: string; id: string; answers: Record<string, string> | null }
  | { type: "todos_changed"; todos: Todo[] }
  /** Their schemas are in every request from here on, in this order. */
  | { type: "tools_loaded"; names: string[] }
  | { type: "limit_warning"; turn: string; limit: LimitName; used: number; cap: number }
  | { type: "limit_reached"; turn: string; limit: LimitName; used: number; cap: number }
  /** Text that goes to the model between messages: files changed by others, new diagnostics, reminders. */
  | { type: "attachment"; turn: string; message: Message; origin: Origin; what: string }
  | { type: "context_measured"; turn: string; tokens: number; window: number; sources: Record<string, number> }
  /** A compression level did its work; the messages in the log stay as they are, the projection changes. */
  | { type: "context_reduced"; turn: string; level: 1 | 2 | 3 | 4 | 5; freedTokens: number; detail: ContextReduction }
  | { type: "context_restored"; turn: string; level: 4 | 5; id: string }
  /** By the person: no level takes it out from here on, and what one had taken out is back. */
  | { type: "kept_changed"; target: string; kept: boolean }
  | { type: "notice"; level: "info" | "warning" | "error"; message: string; next?: string };

/** What a level took out of the projection, by message and call ids, so that it can be replayed and undone. */
export type ContextReduction =
  | { kind: "result_to_disk"; call: string; path: string; chars: number }
  | { kind: "snipped"; messages: string[] }
  | { kind: "cleared_results"; calls: string[]; by: "engine" | "provider" }
  | { kind: "collapsed"; id: string; messages: string[]; view: Message[] }
  | { kind: "summarised"; id: string; upTo: string; summary: Message; restored: Message[]; kept: string[] };

export interface QueuedMessage {
  id: string;
  content: Block[];
  delivery: Delivery;
}

/** An event as it is stored and sent: `seq` counts logged events of the session, from 1. */
export interface Recorded {
  session: string;
  seq: number;
  /** ms since epoch */
  at: number;
  event: AgentEvent;
}

const transient: ReadonlySet<AgentEvent["type"]> = new Set(["delta", "tool_progress", "request_waiting", "context_measured"]);

/** Everything but what only moves pixels goes to the log before it counts. */
export const isLogged = (event: AgentEvent): boolean => !transient.has(event.type);
