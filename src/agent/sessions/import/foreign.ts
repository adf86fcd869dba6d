import type { AgentEvent } from "../../../shared/protocol/agent";
import type { Block, ToolResultBlock } from "../../../shared/protocol/messages";
import { noUsage } from "../../../shared/protocol/model";

/** A conversation of another agent, read and never written. */
export interface ForeignSession {
  cwd: string;
  title: string;
  model: string;
  messages: ForeignMessage[];
  /** What was left out, by kind. */
  skipped: Record<string, number>;
}

export interface ForeignMessage {
  role: "user" | "assistant";
  at: number;
  content: Block[];
}

/** One kind of history. `find` never throws: what is not there is not there. */
export interface ForeignHistory {
  source: string;
  find(places: Places): string[];
  /** Null: nothing in it that could be shown. */
  read(path: string): Promise<ForeignSession | null>;
}

export interface Places {
  home: string;
  /** `globalStorage` folders of editors. */
  globalStorage: string[];
}

/** The conversation as events of ours; results go to their calls, everything else stays in order. */
export function* eventsOf(session: ForeignSession, version: string): Iterable<{ at: number; event: AgentEvent }> {
  const { cwd, title, model, messages } = session;
  const first = messages[0]?.at ?? 0;
  yield { at: first, event: { type: "session_started", cwd, roots: [cwd], model, mode: "default", version } };
  if (title) yield { at: first, event: { type: "session_titled", title } };
  const names = new Map<string, string>();
  let turn = "";
  let turns = 0;
  let last = first;
  for (const [number, { role, at, content }] of messages.entries()) {
    last = Math.max(last, at);
    const id = `imported-${number + 1}`;
    const rest = content.filter((block) => block.type !== "tool_result");
    for (const result of content) if (result.type === "tool_result" && turn) yield { at, event: finished(turn, names, result) };
    if (rest.length === 0) continue;
    if (role === "user" || !turn) {
      if (turn) yield { at, event: ended(turn) };
      turn = `imported-turn-${++turns}`;
      yield { at, event: { type: "turn_started", turn } };
    }
    if (role === "user") yield { at, event: { type: "user_message", turn, via: "prompt", message: { id, role, content: rest } } };
    else {
      for (const block of rest) if (block.type === "tool_use") names.set(block.id, block.name);
      const stopReason = rest.some((block) => block.type === "tool_use") ? "tool_use" : "end_turn";
      yield {
        at,
        event: {
          type: "assistant_message",
          turn,
          request: id,
          model,
          stopReason,
          usage: noUsage(),
          usd: null,
          message: { id, role, content: rest },
        },
      };
    }
  }
  if (turn) yield { at: last, event: ended(turn) };
}

export function skip(skipped: Record<string, number>, what: string): void {
  skipped[what] = (skipped[what] ?? 0) + 1;
}

const finished = (turn: string, names: ReadonlyMap<string, string>, result: ToolResultBlock): AgentEvent => ({
  type: "tool_finished",
  turn,
  call: result.toolUseId,
  name: names.get(result.toolUseId) ?? "tool",
  outcome: result.isError ? "error" : "ok",
  result,
  ms: 0,
});

const ended = (turn: string): AgentEvent => ({
  type: "turn_ended",
  turn,
  reason: "completed",
  usage: noUsage(),
  usd: null,
  steps: 0,
  ms: 0,
});
