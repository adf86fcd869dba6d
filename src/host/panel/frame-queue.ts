import type { AgentEvent } from "../../shared/protocol/agent";
import type { PanelEvent } from "../../shared/protocol/view";

export interface FrameBounds {
  events: number;
  chars: number;
}

type Delta = Extract<AgentEvent, { type: "delta" }>;
type Progress = Extract<AgentEvent, { type: "tool_progress" }>;

const progressChars = 20_000;

/**
 * What has gathered since the panel drew last. Deltas of one block become one delta, progress of one call
 * one progress; structure is never dropped. Over the bound everything goes and the panel gets a snapshot.
 */
export class FrameQueue {
  #events: PanelEvent[] = [];
  #chars = 0;
  #overflowed = false;

  constructor(private readonly bounds: FrameBounds = { events: 2_000, chars: 4_000_000 }) {}

  get size(): number {
    return this.#events.length;
  }

  get overflowed(): boolean {
    return this.#overflowed;
  }

  push(next: PanelEvent): void {
    if (this.#overflowed) return;
    const last = this.#events.at(-1);
    const joined = last && join(last, next);
    if (joined) {
      this.#chars += weightOf(joined) - weightOf(last);
      this.#events[this.#events.length - 1] = joined;
    } else if (!this.#replaceProgress(next)) {
      this.#events.push(next);
      this.#chars += weightOf(next);
    }
    if (this.#events.length > this.bounds.events || this.#chars > this.bounds.chars) {
      this.clear();
      this.#overflowed = true;
    }
  }

  take(): PanelEvent[] {
    const taken = this.#events;
    this.clear();
    return taken;
  }

  clear(): void {
    this.#events = [];
    this.#chars = 0;
    this.#overflowed = false;
  }

  /** Progress of a call that already waits further up takes its place there: calls may report in turns. */
  #replaceProgress(next: PanelEvent): boolean {
    if (next.event.type !== "tool_progress") return false;
    const call = next.event.call;
    const at = this.#events.findLastIndex(({ event }) => event.type === "tool_progress" && event.call === call);
    const earlier = this.#events[at];
    if (!earlier) return false;
    const joined = { ...next, event: joinProgress(earlier.event as Progress, next.event) };
    this.#chars += weightOf(joined) - weightOf(earlier);
    this.#events[at] = joined;
    return true;
  }
}

function join(last: PanelEvent, next: PanelEvent): PanelEvent | undefined {
  if (last.event.type === "delta" && next.event.type === "delta" && sameBlock(last.event, next.event)) {
    return { ...last, event: { ...last.event, text: last.event.text + next.event.text } };
  }
  return undefined;
}

const sameBlock = (a: Delta, b: Delta): boolean =>
  a.request === b.request && a.block === b.block && a.kind === b.kind && a.turn === b.turn;

function joinProgress(earlier: Progress, later: Progress): Progress {
  if (later.replace) return later;
  return { ...earlier, text: (earlier.text + later.text).slice(-progressChars) };
}

/** Good enough to bound memory: only these can be long without being in the log already. */
function weightOf({ event }: PanelEvent): number {
  switch (event.type) {
    case "delta":
    case "tool_progress":
      return event.text.length + 100;
    case "tool_finished":
      return event.display?.kind === "diff" ? event.display.before.length + event.display.after.length + 1_000 : 4_000;
    case "assistant_message":
    case "user_message":
    case "attachment":
      return event.message.content.reduce((sum, block) => sum + (block.type === "text" ? block.text.length : 2_000), 500);
    default:
      return 500;
  }
}
