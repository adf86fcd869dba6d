import type { AgentEvent, QueuedMessage, Recorded, Todo } from "../../shared/protocol/agent";
import type { Message } from "../../shared/protocol/messages";
import { addUsage, noUsage, type Usage } from "../../shared/protocol/model";
import type { PermissionMode } from "../../shared/protocol/permission";
import { createHistory } from "./history";

export interface InterruptedCall {
  turn: string;
  call: string;
  name: string;
  title: string;
  /** It may be run again without asking what it did. */
  readOnly: boolean;
}

/** What a session is, as far as its log says. */
export interface ResumeState {
  /** Legal to send as they are. */
  messages: readonly Message[];
  /** Calls that had started and never finished; the effect of those that are not read-only is unknown. */
  interrupted: InterruptedCall[];
  /** A turn that started and did not end. */
  openTurn: string | null;
  lastTurn: string | null;
  turns: number;
  todos: Todo[];
  /** Deferred tools, in the order they were loaded. */
  loadedTools: string[];
  /**
   * The mode last set, but never one that lets things happen unasked: a file does not grant what a person has to grant,
   * and approvals are not read from it at all.
   */
  mode: PermissionMode;
  model: string | null;
  /** By the person, for this conversation. */
  modelChosen: boolean;
  title: string | null;
  cwd: string | null;
  roots: string[];
  queued: QueuedMessage[];
  usage: Usage;
  /** Null: the price of some of it is unknown. */
  usd: number | null;
  lastSeq: number;
  /** ms since epoch of the last event; 0 when there is none. */
  updatedAt: number;
  /** Compressions that can be rolled back, newest last. */
  views: ReducedView[];
  /** The newest reply, what it used, and what was taken out since. */
  lastReply: { message: string; usage: Usage; freedTokens: number } | null;
}

export interface ReducedView {
  id: string;
  level: 4 | 5;
  kind: "collapsed" | "summarised";
  freedTokens: number;
}

export interface Projection {
  apply(recorded: Recorded): void;
  /** What the model is shown; see History. */
  messages(): readonly Message[];
  /** The whole conversation, compression or not. */
  everything(): readonly Message[];
  kept(): ReadonlySet<string>;
  state(): ResumeState;
}

interface Spent {
  usage: Usage;
  usd: number | null;
}

type Facts = Omit<ResumeState, "messages" | "interrupted" | "usage" | "usd">;

/** Cheap per event; the loop and a resumed session use the same one. */
export function createProjection(): Projection {
  const history = createHistory();
  const running = new Map<string, InterruptedCall>();
  let interrupted: InterruptedCall[] = [];
  let ended = nothingSpent();
  let open = nothingSpent();
  const facts = noFacts();

  const count = (event: AgentEvent): void => {
    if (event.type === "assistant_message") open = sum(open, event);
    else if (event.type === "turn_ended") {
      ended = sum(ended, event);
      open = nothingSpent();
    } else if (event.type === "turn_started") {
      ended = sum(ended, open);
      open = nothingSpent();
    }
  };
  const track = (event: AgentEvent): void => {
    if (event.type === "tool_started") running.set(event.call, event);
    else if (event.type === "tool_finished") running.delete(event.call);
    else if (event.type === "turn_started" || event.type === "session_resumed") {
      interrupted = [...running.values()];
      running.clear();
    }
  };

  return {
    apply({ event, seq, at }) {
      facts.lastSeq = seq;
      facts.updatedAt = at;
      history.apply(event);
      count(event);
      track(event);
      note(facts, event);
    },
    messages: history.messages,
    everything: history.everything,
    kept: history.kept,
    state() {
      const { usage, usd } = sum(ended, open);
      const calls = (running.size > 0 ? [...running.values()] : interrupted).map(bare);
      return { ...facts, messages: history.messages(), interrupted: calls, usage, usd };
    },
  };
}

export function resumeState(events: Iterable<Recorded>): ResumeState {
  const projection = createProjection();
  for (const recorded of events) projection.apply(recorded);
  return projection.state();
}

/** Messages after compression, for a caller that needs no more. */
export function projectMessages(events: Iterable<Recorded>): readonly Message[] {
  return resumeState(events).messages;
}

function note(facts: Facts, event: AgentEvent): void {
  switch (event.type) {
    case "session_started":
      facts.cwd = event.cwd;
      facts.roots = event.roots;
      facts.model = event.model;
      facts.mode = noLaxer(event.mode);
      return;
    case "session_titled":
      facts.title = event.title;
      return;
    case "mode_changed":
      facts.mode = noLaxer(event.mode);
      return;
    case "model_changed":
      facts.model = event.model;
      facts.modelChosen = event.by !== "settings";
      return;
    case "turn_started":
      facts.openTurn = facts.lastTurn = event.turn;
      facts.turns++;
      return;
    case "turn_ended":
      if (facts.openTurn === event.turn) facts.openTurn = null;
      return;
    case "queue_changed":
      facts.queued = event.queued;
      return;
    case "user_message":
      facts.queued = facts.queued.filter(({ id }) => id !== event.message.id);
      return;
    case "todos_changed":
      facts.todos = event.todos;
      return;
    case "tools_loaded":
      facts.loadedTools = [...new Set([...facts.loadedTools, ...event.names])];
      return;
    case "assistant_message":
      facts.lastReply = { message: event.message.id, usage: event.usage, freedTokens: 0 };
      return;
    case "context_reduced":
      return noteReduction(facts, event);
    case "context_restored":
      return noteRestored(facts, event.id);
    default:
  }
}

function noteReduction(facts: Facts, { level, freedTokens, detail }: Extract<AgentEvent, { type: "context_reduced" }>): void {
  // What the provider clears shows in its own next report; what went to disk never was in the conversation.
  const counts = level > 1 && !(detail.kind === "cleared_results" && detail.by === "provider");
  if (facts.lastReply && counts) facts.lastReply = { ...facts.lastReply, freedTokens: facts.lastReply.freedTokens + freedTokens };
  if (detail.kind === "collapsed" || detail.kind === "summarised")
    facts.views = [...facts.views, { id: detail.id, level: level === 5 ? 5 : 4, kind: detail.kind, freedTokens }];
}

function noteRestored(facts: Facts, id: string): void {
  const back = facts.views.find((view) => view.id === id);
  if (!back) return;
  facts.views = facts.views.filter((view) => view !== back);
  if (facts.lastReply) facts.lastReply = { ...facts.lastReply, freedTokens: facts.lastReply.freedTokens - back.freedTokens };
}

const strict: ReadonlySet<PermissionMode> = new Set(["default", "plan", "dontAsk"]);
const noLaxer = (mode: PermissionMode): PermissionMode => (strict.has(mode) ? mode : "default");

const bare = ({ turn, call, name, title, readOnly }: InterruptedCall): InterruptedCall => ({ turn, call, name, title, readOnly });

const nothingSpent = (): Spent => ({ usage: noUsage(), usd: 0 });

const sum = (a: Spent, b: Spent): Spent => ({
  usage: addUsage(a.usage, b.usage),
  usd: a.usd === null || b.usd === null ? null : a.usd + b.usd,
});

const noFacts = (): Facts => ({
  openTurn: null,
  lastTurn: null,
  turns: 0,
  todos: [],
  loadedTools: [],
  mode: "default",
  model: null,
  modelChosen: false,
  title: null,
  cwd: null,
  roots: [],
  queued: [],
  lastSeq: 0,
  updatedAt: 0,
  views: [],
  lastReply: null,
});
