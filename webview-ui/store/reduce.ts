import type { AgentEvent } from "../../src/shared/protocol/agent";
import type { PanelEvent } from "../../src/shared/protocol/view";
import { unreachable } from "../../src/shared/errors";
import { compact, restore } from "./compaction";
import { changeKept } from "./kept";
import { changeReply } from "./reply";
import { changeTool } from "./tool-events";
import { contextMark, continueMark, limitText } from "./marks";
import { findItem, type Item } from "./items";
import { addSpent, spentIn, type PanelState } from "./state";

/** The state as it is being changed by one batch: items may be written, everything else is replaced. */
export interface Draft extends Omit<PanelState, "items"> {
  items: Item[];
}

/** Pure. One copy of the item list per batch, however many events it holds. */
export function reduceAll(state: PanelState, events: readonly PanelEvent[]): PanelState {
  if (events.length === 0) return state;
  const draft: Draft = { ...state, items: state.items.slice() };
  for (const event of events) {
    // A logged event is counted once, also when a frame and a snapshot overlap.
    if (event.seq !== 0 && event.seq <= draft.lastSeq) continue;
    if (event.seq !== 0) draft.lastSeq = event.seq;
    apply(draft, event.event, event.seq, event.at);
  }
  return draft;
}

export const reduce = (state: PanelState, event: PanelEvent): PanelState => reduceAll(state, [event]);

export const mark = (draft: Draft, seq: number, icon: string, text: string, detail: string | null = null): void => {
  draft.items.push({ kind: "mark", id: `mark:${seq}:${draft.items.length}`, seq, icon, text, detail });
};

function apply(draft: Draft, event: AgentEvent, seq: number, at: number): void {
  switch (event.type) {
    case "delta":
    case "assistant_message":
    case "reply_discarded":
    case "request_started":
    case "request_waiting":
      return changeReply(draft, event, seq, at);
    case "tool_started":
    case "tool_progress":
    case "tool_finished":
    case "approval_requested":
    case "approval_resolved":
      return changeTool(draft, event, seq, at);
    case "turn_started":
    case "turn_continues":
    case "turn_ended":
    case "limit_warning":
    case "limit_reached":
      return changeTurn(draft, event, seq, at);
    case "session_started":
    case "session_resumed":
    case "session_titled":
    case "mode_changed":
    case "model_changed":
    case "model_fallback":
    case "queue_changed":
    case "todos_changed":
    case "tools_loaded":
    case "context_measured":
    case "context_reduced":
    case "context_restored":
    case "kept_changed":
      return changeSession(draft, event, seq);
    case "user_message":
      if (event.via === "engine") return mark(draft, seq, "info", "Reminder from Stride", plain(event.message.content));
      draft.items.push({ kind: "user", id: event.message.id, seq, content: event.message.content, via: event.via });
      draft.title ||= plain(event.message.content).trim().split("\n", 1)[0]?.slice(0, 80) ?? "";
      return;
    case "attachment":
      return mark(draft, seq, "pin", event.what, plain(event.message.content));
    case "question_asked":
      draft.items.push({ kind: "question", id: event.id, seq, questions: event.questions, answers: null, state: "open" });
      return;
    case "question_answered": {
      const i = findItem(draft.items, "question", event.id);
      const item = draft.items[i];
      if (item?.kind === "question")
        draft.items[i] = { ...item, answers: event.answers, state: event.answers ? "answered" : "skipped" };
      return;
    }
    case "notice":
      draft.items.push({
        kind: "notice",
        id: `notice:${seq}:${draft.items.length}`,
        seq,
        level: event.level,
        message: event.message,
        next: event.next ?? null,
      });
      return;
    default:
      unreachable(event);
  }
}

type TurnEvent = Extract<
  AgentEvent,
  { type: "turn_started" | "turn_continues" | "turn_ended" | "limit_warning" | "limit_reached" }
>;

function changeTurn(draft: Draft, event: TurnEvent, seq: number, at: number): void {
  switch (event.type) {
    case "turn_started":
      draft.running = true;
      draft.phase = "waiting";
      draft.quietSince = at;
      closeLimits(draft);
      return;
    case "turn_continues": {
      const text = continueMark(event.reason);
      if (text) mark(draft, seq, text.icon, text.text, event.detail ?? null);
      return;
    }
    case "turn_ended":
      return endTurn(draft, event, seq);
    case "limit_warning":
      return mark(draft, seq, "warning", `Used ${limitText(event.limit, event.used)} of ${limitText(event.limit, event.cap)}`);
    case "limit_reached":
      draft.items.push({
        kind: "limit",
        id: `limit:${seq}`,
        seq,
        limit: event.limit,
        used: event.used,
        cap: event.cap,
        open: true,
      });
      return;
    default:
      unreachable(event);
  }
}

function endTurn(draft: Draft, event: Extract<AgentEvent, { type: "turn_ended" }>, seq: number): void {
  draft.running = false;
  draft.phase = "idle";
  draft.waiting = null;
  draft.approvals = [];
  draft.spent = addSpent(draft.spent, spentIn(event.usage, event.usd));
  closeOpenParts(draft);
  const { reason, usage, usd, steps, ms } = event;
  draft.items.push({
    kind: "footer",
    id: `footer:${event.turn}:${seq}`,
    seq,
    reason,
    usage,
    usd,
    steps,
    ms,
    problem: event.problem ?? null,
  });
}

/** After a turn nothing may look as if it still moved. */
function closeOpenParts(draft: Draft): void {
  for (let i = draft.items.length - 1; i >= 0; i--) {
    const item = draft.items[i]!;
    if (item.kind === "footer" || item.kind === "user") return;
    if ((item.kind === "text" || item.kind === "thinking") && item.open) draft.items[i] = { ...item, open: false };
    else if (item.kind === "question" && item.state === "open") draft.items[i] = { ...item, state: "skipped" };
    else if (item.kind === "tool" && isMoving(item.state)) draft.items[i] = { ...item, state: "interrupted" };
  }
}

const isMoving = (state: string): boolean =>
  state === "writing" || state === "waiting" || state === "asking" || state === "running";

function closeLimits(draft: Draft): void {
  for (let i = draft.items.length - 1; i >= 0 && i > draft.items.length - 20; i--) {
    const item = draft.items[i]!;
    if (item.kind === "limit" && item.open) draft.items[i] = { ...item, open: false };
  }
}

type SessionEvent = Extract<
  AgentEvent,
  {
    type:
      | "session_started"
      | "session_resumed"
      | "session_titled"
      | "mode_changed"
      | "model_changed"
      | "model_fallback"
      | "queue_changed"
      | "todos_changed"
      | "tools_loaded"
      | "context_measured"
      | "context_reduced"
      | "context_restored"
      | "kept_changed";
  }
>;

function changeSession(draft: Draft, event: SessionEvent, seq: number): void {
  switch (event.type) {
    case "session_started":
      draft.cwd = event.cwd;
      draft.hasFolder = event.roots.length > 0;
      draft.model = event.model;
      draft.mode = event.mode;
      return;
    case "session_resumed":
      return resume(draft, event, seq);
    case "session_titled":
      draft.title = event.title;
      return;
    case "mode_changed":
      draft.mode = event.mode;
      return;
    case "model_changed":
      draft.model = event.model;
      return;
    case "model_fallback":
      return mark(draft, seq, "arrow-swap", `${event.to} answers instead of ${event.from}`, event.error.message);
    case "queue_changed":
      draft.queued = event.queued;
      return;
    case "todos_changed":
      draft.todos = event.todos;
      return;
    case "tools_loaded":
      return;
    case "context_measured":
      draft.context = { tokens: event.tokens, window: event.window, sources: event.sources };
      return;
    case "context_reduced":
      if (event.detail.kind === "collapsed" || event.detail.kind === "summarised")
        return compact(draft, event, event.detail, seq);
      return mark(draft, seq, "fold", contextMark(event.detail.kind, event.freedTokens));
    case "context_restored":
      restore(draft, event.id);
      return mark(draft, seq, "unfold", "The full conversation is back in the model's context");
    case "kept_changed":
      draft.kept = changeKept(draft.kept, draft.items, event);
      return;
    default:
      unreachable(event);
  }
}

function resume(draft: Draft, event: Extract<AgentEvent, { type: "session_resumed" }>, seq: number): void {
  for (const call of event.interrupted) {
    const i = findItem(draft.items, "tool", call);
    const item = draft.items[i];
    if (item?.kind === "tool") draft.items[i] = { ...item, state: "interrupted" };
  }
  draft.running = false;
  draft.phase = "idle";
  draft.waiting = null;
  draft.approvals = [];
  closeOpenParts(draft);
  const lost = event.interrupted.length;
  const text =
    lost === 0
      ? "Picked up where it was left"
      : `Picked up again; ${lost === 1 ? "one action was" : `${lost} actions were`} interrupted`;
  mark(draft, seq, "debug-restart", text, event.repaired ?? null);
}

const plain = (content: readonly { type: string; text?: string }[]): string =>
  content.map((block) => (block.type === "text" ? (block.text ?? "") : "")).join("\n");
