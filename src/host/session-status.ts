import type { QueuedMessage, AgentEvent } from "../shared/protocol/agent";
import type { SessionView } from "../shared/protocol/host";
import type { PermissionMode } from "../shared/protocol/permission";

/** The little the host itself has to know of a session: status bar, notifications, the head of a snapshot. */
export interface SessionStatus {
  running: boolean;
  model: string;
  mode: PermissionMode;
  queued: QueuedMessage[];
  kept: string[];
  /** What waits for the person: approvals and questions, by id. */
  waiting: { id: string; title: string }[];
  title: string;
}

export function statusOf(view: SessionView, defaults: { model: string; mode: PermissionMode }): SessionStatus {
  const empty: SessionStatus = {
    running: false,
    model: defaults.model,
    mode: defaults.mode,
    queued: [],
    kept: [],
    waiting: [],
    title: "",
  };
  const replayed = view.tail.reduce((status, { event }) => nextStatus(status, event), empty);
  return {
    ...replayed,
    running: view.running,
    waiting: view.running ? replayed.waiting : [],
    model: view.model ?? replayed.model,
    mode: view.mode ?? replayed.mode,
    queued: view.queued ?? replayed.queued,
    kept: view.kept ?? replayed.kept,
  };
}

/** Returns the same object when nothing changed, so that listeners can compare. */
export function nextStatus(status: SessionStatus, event: AgentEvent): SessionStatus {
  switch (event.type) {
    case "session_started":
      return { ...status, model: event.model, mode: event.mode };
    case "session_titled":
      return { ...status, title: event.title };
    case "mode_changed":
      return { ...status, mode: event.mode };
    case "model_changed":
      return { ...status, model: event.model };
    case "queue_changed":
      return { ...status, queued: event.queued };
    case "kept_changed": {
      const others = status.kept.filter((target) => target !== event.target);
      return { ...status, kept: event.kept ? [...others, event.target] : others };
    }
    case "turn_started":
      return { ...status, running: true };
    case "turn_ended":
      return { ...status, running: false, waiting: [] };
    case "approval_requested":
      return waitFor(status, event.approval.id, event.approval.title);
    case "question_asked":
      return waitFor(status, event.id, event.questions[0]?.question ?? "");
    case "approval_resolved":
    case "question_answered":
      return { ...status, waiting: status.waiting.filter(({ id }) => id !== event.id) };
    default:
      return status;
  }
}

function waitFor(status: SessionStatus, id: string, title: string): SessionStatus {
  return { ...status, waiting: [...status.waiting.filter((other) => other.id !== id), { id, title }] };
}
