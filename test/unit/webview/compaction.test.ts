import { expect, test } from "vitest";
import type { AgentEvent, ContextReduction } from "../../../src/shared/protocol/agent";
import { takeApart, tokenTarget } from "../../../webview-ui/composer/attachments";
import type { CompactionItem } from "../../../webview-ui/store/items";
import { laterKept } from "../../../webview-ui/store/kept";
import { reduceAll } from "../../../webview-ui/store/reduce";
import { emptyState, type PanelState } from "../../../webview-ui/store/state";
import { longSession, sampleTurn } from "./sample-session";
import { newLink, receive } from "../../../webview-ui/store/receive";
import { record, snapshotOf } from "./panel-page";

const view = (id: string, text: string) => ({ id, role: "user" as const, content: [{ type: "text" as const, text }] });
const reduced = (detail: ContextReduction): AgentEvent => ({
  type: "context_reduced",
  turn: "t",
  level: 5,
  freedTokens: 900,
  detail,
});
const summarised = (id: string, upTo: string): AgentEvent =>
  reduced({ kind: "summarised", id, upTo, summary: view(id, `summary ${id}`), restored: [view("f", "a file")], kept: [] });
const restored = (id: string): AgentEvent => ({ type: "context_restored", turn: "t", level: 5, id });
const after = (state: PanelState, ...events: AgentEvent[]): PanelState => reduceAll(state, record(events, state.lastSeq + 1));
const cards = (state: PanelState): CompactionItem[] => state.items.filter((item) => item.kind === "compaction");
const talk = reduceAll(emptyState(), longSession(20));

test("a summary says what went, up to its message, and what stays", () => {
  const [card] = cards(after(talk, summarised("v", "a4")));
  expect(card).toMatchObject({ rows: 10, stays: "summary v", files: 1, freed: 900, state: "newest" });
  expect(card?.prompts.map(({ text }) => text)).toEqual(["Question 0", "Question 1", "Question 2", "Question 3", "Question 4"]);
});

test("a place that is not loaded: everything before the last prompt", () => {
  const [card] = cards(after(talk, summarised("v", "elsewhere")));
  expect(card?.prompts).toHaveLength(9);
});

test("a fold names the messages it folded, tools among them", () => {
  const turn = reduceAll(emptyState(), record(sampleTurn));
  const folded = reduced({ kind: "collapsed", id: "v", messages: ["u1", "a1"], view: [view("x", "first lines")] });
  const [card] = cards(after(turn, folded));
  expect(card).toMatchObject({ how: "collapsed", rows: 5, stays: "first lines" });
});

test("only the newest can be taken back; after that the one before it", () => {
  const states = (state: PanelState): string[] => cards(state).map((card) => `${card.id} ${card.state}`);
  const two = after(talk, summarised("v1", "a2"), summarised("v2", "a6"));
  expect(states(two)).toEqual(["v1 older", "v2 newest"]);
  const one = after(two, restored("v2"));
  expect(states(one)).toEqual(["v1 newest", "v2 undone"]);
  expect(states(after(one, restored("v1")))).toEqual(["v1 undone", "v2 undone"]);
});

test("many prompts are counted, not listed", () => {
  const [card] = cards(after(reduceAll(emptyState(), longSession(200)), summarised("v", "a99")));
  expect([card?.prompts.length, card?.morePrompts]).toEqual([30, 70]);
});

const target = (text: string, expected: string | null): void => expect(tokenTarget(text), text).toBe(expected);
test("a token target is a word of its own", () => {
  target("go on +500k", "500k");
  target("+1.5M and more", "1.5M");
  target("c+500k", null);
  target("+500 lines", null);
});

test("a queued message comes apart into what was typed and what was attached", () => {
  const image = { type: "image" as const, mediaType: "image/png", data: "AAAA" };
  const pasted = { type: "text" as const, text: "a\nb", origin: "user" as const };
  const typed = { type: "text" as const, text: "look", origin: "user" as const };
  const taken = takeApart([image, pasted, typed]);
  expect(taken.text).toBe("look");
  expect(taken.attachments).toMatchObject([
    { kind: "image", data: "AAAA" },
    { kind: "text", text: "a\nb" },
  ]);
  expect(takeApart([image])).toMatchObject({ text: "", attachments: [{ kind: "image" }] });
  expect(takeApart([{ ...typed, text: "x".repeat(30_000) }])).toMatchObject({ text: "", attachments: [{ kind: "text" }] });
});

const keptIn = (state: PanelState): string[] =>
  state.kept.flatMap(({ target, label, kept }) => (kept ? [`${target}: ${label}`] : []));
const keep = (target: string, kept = true): AgentEvent => ({ type: "kept_changed", target, kept });
test("what is kept has a name where its row is there; letting go is remembered", () => {
  const turn = reduceAll(emptyState(), record(sampleTurn));
  const state = after(turn, keep("u1"), keep("c1"), keep("elsewhere"));
  expect(keptIn(state)).toEqual([
    "u1: The server crashes when the body is empty. Fix it and run the tests.",
    "c1: Read src/parse.ts",
    "elsewhere: null",
  ]);
  const less = after(state, keep("c1", false));
  expect(keptIn(less).map((line) => line.split(":")[0])).toEqual(["u1", "elsewhere"]);
  expect(keptIn({ ...less, kept: laterKept(state.kept, less.kept) })).toHaveLength(2);
  const snapshot = { ...snapshotOf(record([...sampleTurn, keep("u1", false)])), kept: ["c1", "elsewhere"] };
  const { link } = receive(newLink(), { type: "snapshot", frame: 1, state: snapshot });
  expect(keptIn(link.state)).toEqual(["c1: Read src/parse.ts", "elsewhere: null"]);
  // Let go in another window while this panel was hidden: the snapshot's tail says nothing of it, its list does.
  const later = { ...snapshot, events: snapshot.events.slice(-1), kept: ["c1"] };
  expect(keptIn(receive(link, { type: "snapshot", frame: 2, state: later }).link.state)).toEqual(["c1: Read src/parse.ts"]);
  const unread = { ...later, kept: undefined };
  expect(keptIn(receive(link, { type: "snapshot", frame: 2, state: unread as never }).link.state)).toHaveLength(2);
});
