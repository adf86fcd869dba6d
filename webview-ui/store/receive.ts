import type { Recorded } from "../../src/shared/protocol/agent";
import type { FromPanel, PanelSnapshot, ToPanel } from "../../src/shared/protocol/view";
import { joinTool, type Item } from "./items";
import { keptPlaces, laterKept, type KeptPlace } from "./kept";
import { reduceAll } from "./reduce";
import { addSpent, emptyState, spentOf, type PanelState } from "./state";

export interface Link {
  state: PanelState;
  /** Number of the last frame; null until a snapshot came. */
  frame: number | null;
  /** A `ready` is under way: frames are not counted until its snapshot. */
  syncing: boolean;
}

export const newLink = (): Link => ({ state: emptyState(), frame: null, syncing: true });

type StateMessage = Extract<ToPanel, { type: "snapshot" | "frame" | "earlier" | "status" }>;

/** Pure. A gap or a duplicate means something was lost on the way: ask for a snapshot, once. */
export function receive(link: Link, message: StateMessage): { link: Link; reply: FromPanel | null } {
  switch (message.type) {
    case "snapshot":
      return { link: { state: fromSnapshot(link.state, message.state), frame: message.frame, syncing: false }, reply: null };
    case "frame": {
      if (link.syncing) return { link, reply: null };
      if (message.frame !== (link.frame ?? 0) + 1) return { link: { ...link, syncing: true }, reply: readyFor(link.state, "") };
      return { link: { ...link, state: trim(reduceAll(link.state, message.events)), frame: message.frame }, reply: null };
    }
    case "earlier":
      return { link: { ...link, state: prepend(link.state, message.events, message.from) }, reply: null };
    case "status": {
      const { type: _, ...changed } = message;
      return { link: { ...link, state: around(link.state, changed) }, reply: null };
    }
  }
}

/** What changed beside the conversation. An engine that ended runs nothing, whatever was seen last. */
function around(state: PanelState, changed: Partial<Pick<PanelState, "engine" | "hasKey" | "trusted" | "models">>): PanelState {
  const gone = changed.engine?.state === "restarting" || changed.engine?.state === "down";
  return { ...state, ...changed, ...(gone && { running: false, phase: "idle", waiting: null, approvals: [] }) };
}

export const readyFor = (state: PanelState, draft: string): FromPanel => ({
  type: "ready",
  have: state.session === null ? null : { session: state.session, seq: state.lastSeq },
  draft,
});

function fromSnapshot(before: PanelState, snapshot: PanelSnapshot): PanelState {
  const first = snapshot.events[0]?.seq ?? snapshot.firstSeq;
  const { session, firstSeq, queued, model, models, mode, trusted, hasKey, engine, roots = [], kept: pinned } = snapshot;
  const blank = { ...emptyState(), session, firstSeq, oldestSeq: first, lastSeq: first - 1, model, mode, roots };
  const fresh = reduceAll(blank, snapshot.events);
  const running = snapshot.running;
  const same = before.session === session;
  const known = { queued, model, models, mode, trusted, hasKey, engine, running, phase: running ? fresh.phase : "idle" } as const;
  const state: PanelState = {
    ...fresh,
    ...known,
    context: same ? before.context : null,
    // Said once the log was read: then it is all of them, and what is not there was let go meanwhile.
    kept: laterKept(pinned ? namedBefore(keptPlaces(pinned, fresh.items), before) : same ? before.kept : [], fresh.kept),
    title: fresh.title || (same ? before.title : ""),
  };
  // What was paged in before stays, so that a re-sync does not move the reader.
  const joins = same && before.oldestSeq < first && before.lastSeq >= first - 1;
  if (!joins) return state;
  const kept = before.items.filter((item) => item.seq > 0 && item.seq < first);
  const items = join(kept, fresh.items);
  return { ...state, items, oldestSeq: before.oldestSeq, spent: spentOf(items) };
}

/** A row that is not part of the snapshot may have been here. */
const namedBefore = (places: readonly KeptPlace[], before: PanelState): readonly KeptPlace[] =>
  places.map((place) => ({
    ...place,
    label: place.label ?? before.kept.find(({ target }) => target === place.target)?.label ?? null,
  }));

/** A page of history: reduced on its own, then joined where a call was cut in two. */
function prepend(state: PanelState, events: readonly Recorded[], from: number): PanelState {
  const page = events.filter((event) => event.seq < state.oldestSeq && event.session === state.session);
  if (page.length === 0)
    return { ...state, oldestSeq: Math.min(state.oldestSeq, from), firstSeq: Math.min(state.oldestSeq, from) };
  const first = page[0]!.seq;
  const earlier = reduceAll({ ...emptyState(), session: state.session, lastSeq: first - 1 }, page);
  return {
    ...state,
    items: join(earlier.items, state.items),
    oldestSeq: first,
    title: state.title || earlier.title,
    kept: laterKept(earlier.kept, state.kept),
    spent: addSpent(earlier.spent, state.spent),
  };
}

function join(earlier: readonly Item[], later: readonly Item[]): Item[] {
  const ids = new Map(earlier.map((item, i) => [`${item.kind}:${item.id}`, i]));
  const head = earlier.slice();
  const tail = later.filter((item) => {
    const i = ids.get(`${item.kind}:${item.id}`);
    const twin = i === undefined ? undefined : head[i];
    if (i === undefined || !twin) return true;
    head[i] = twin.kind === "tool" && item.kind === "tool" ? joinTool(twin, item) : item;
    return false;
  });
  return head.concat(tail);
}

const mostItems = 12_000;

/** The panel holds a window, not the transcript: the oldest rows go and can be paged in again. */
function trim(state: PanelState): PanelState {
  if (state.items.length <= mostItems) return state;
  const at = state.items.findIndex((item, i) => i >= mostItems / 4 && item.kind === "user" && item.seq > 0);
  const first = state.items[at];
  return first ? { ...state, items: state.items.slice(at), oldestSeq: first.seq } : state;
}
