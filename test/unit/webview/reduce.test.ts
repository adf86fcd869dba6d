import { expect, test } from "vitest";
import type { AgentEvent } from "../../../src/shared/protocol/agent";
import type { ModelError } from "../../../src/shared/protocol/model";
import { newLink, receive, type Link } from "../../../webview-ui/store/receive";
import { reduceAll } from "../../../webview-ui/store/reduce";
import { emptyState, type PanelState } from "../../../webview-ui/store/state";
import { partialInput } from "../../../webview-ui/parts/partial-input";
import { record, snapshotOf } from "./panel-page";
import { longSession, sampleApproval, sampleTurn } from "./sample-session";

const transient = new Set(["delta", "tool_progress", "request_waiting", "context_measured", "queue_changed"]);

function play(events: readonly AgentEvent[], state: PanelState = emptyState()): PanelState {
  let seq = state.lastSeq;
  return reduceAll(
    state,
    events.map((event) => ({ seq: transient.has(event.type) ? 0 : ++seq, at: 1000, event })),
  );
}

/** The transcript in one line an item. */
const lines = (state: PanelState): string[] =>
  state.items.map((item) => {
    if (item.kind === "text" || item.kind === "thinking") return `${item.kind}${item.open ? "…" : ""}: ${item.text}`;
    if (item.kind === "tool") return `tool ${item.title}: ${item.state}`;
    if (item.kind === "mark") return `mark: ${item.text}`;
    if (item.kind === "footer") return `footer: ${item.reason}`;
    return item.kind;
  });

const turn = "t";
const request = "r";
const usage = { inputTokens: 1, outputTokens: 1, cacheReadTokens: 0, cacheWriteTokens: 0 };
const text = (part: string, block = 0): AgentEvent => ({ type: "delta", turn, request, block, kind: "text", text: part });
const input = (part: string): AgentEvent => ({
  type: "delta",
  turn,
  request,
  block: 1,
  kind: "tool_input",
  text: part,
  tool: { id: "c", name: "Bash" },
});
const started: AgentEvent = {
  type: "tool_started",
  turn,
  call: "c",
  name: "Bash",
  title: "Run ls",
  inputHash: "",
  readOnly: true,
};
const message: AgentEvent = {
  type: "assistant_message",
  turn,
  request,
  model: "m",
  stopReason: "tool_use",
  usage,
  usd: null,
  message: {
    id: "m",
    role: "assistant",
    content: [
      { type: "text", text: "Hello there" },
      { type: "tool_use", id: "c", name: "Bash", input: { command: "ls" } },
    ],
  },
};
const ended = (reason: "completed" | "interrupted"): AgentEvent => ({
  type: "turn_ended",
  turn,
  reason,
  usage,
  usd: null,
  steps: 1,
  ms: 1,
});
const check = (events: readonly AgentEvent[], expected: readonly string[]): void => expect(lines(play(events))).toEqual(expected);

test("a whole turn", () =>
  expect(lines(play(sampleTurn))).toMatchInlineSnapshot(`
  [
    "user",
    "thinking: JSON.parse throws on an empty string, and nobody catches it.",
    "text: I'll look at the parser first.",
    "tool Read src/parse.ts: ok",
    "tool Edit src/parse.ts: ok",
    "tool Run npm test: ok",
    "text: The parser threw on an empty body. It now returns \`null\`, and the caller says so.

  1. **parse.ts** – broken JSON is a value, not an exception
  2. **server.ts** – answers 400 with a reason

  \`\`\`ts
  const body = parse(await read(request)); // null: not JSON
  if (body === null) return reply(400, "not JSON");
  \`\`\`

  | check | result |
  |---|---:|
  | unit | 42 passed |
  | types | clean |

  > See [the notes](https://example.org/notes) for what is left.",
    "footer: completed",
  ]
`));
test("deltas join", () => check([text("Hel"), text("lo")], ["text…: Hello"]));
test("the message settles what was streamed, in place", () =>
  check([text("Hel"), input('{"com'), message], ["text: Hello there", "tool Bash: waiting"]));
test("a call that started before its message keeps its state and its place", () =>
  check([started, message], ["text: Hello there", "tool Run ls: running"]));
const discarded = (error: Partial<ModelError>): AgentEvent => ({
  type: "reply_discarded",
  turn,
  request,
  error: { kind: "unavailable", message: "x", ...error },
});
test("a reply that broke off leaves a line, not its text", () =>
  check([text("Hel"), discarded({ partial: true })], ["mark: The answer broke off"]));
test("only going on says that the model is asked again", () =>
  check(
    [text("Hel"), discarded({ partial: true }), { type: "turn_continues", turn, reason: "stream_lost" }],
    ["mark: The answer broke off", "mark: The connection broke; the model is asked again"],
  ));
test("a refused request leaves its words to the end of the turn", () => check([discarded({ kind: "invalid" })], []));
test("a stopped turn leaves nothing moving", () =>
  check([text("Hel"), started, ended("interrupted")], ["text: Hel", "tool Run ls: interrupted", "footer: interrupted"]));
test("resume marks calls whose effect is unknown", () =>
  check(
    [started, { type: "session_resumed", interrupted: ["c"] }],
    ["tool Run ls: interrupted", "mark: Picked up again; one action was interrupted"],
  ));

test("approvals queue, resolve, and end with the turn", () => {
  const asked = play([
    { type: "approval_requested", turn, approval: sampleApproval },
    { type: "approval_requested", turn, approval: { ...sampleApproval, id: "ap2", call: "c2" } },
  ]);
  expect(asked.approvals.map((one) => one.id)).toEqual(["ap1", "ap2"]);
  const resolved = play([{ type: "approval_resolved", turn, id: "ap1", answer: { verdict: "deny" }, by: "person" }], asked);
  expect(resolved.approvals.map((one) => one.id)).toEqual(["ap2"]);
  expect(lines(resolved)[0]).toContain("denied");
  expect(play([ended("interrupted")], resolved).approvals).toEqual([]);
});

test("reduce never changes what it was given", () => {
  const before = play([text("a"), started]);
  const copy = structuredClone(before);
  play([text("b"), message, ended("completed")], before);
  expect(before).toEqual(copy);
});

test("a logged event counts once", () => {
  const events = record(sampleTurn);
  const once = reduceAll(emptyState(), events);
  expect(reduceAll(once, events)).toEqual(once);
});

const linked = (): Link => receive(newLink(), { type: "snapshot", frame: 1, state: snapshotOf(longSession(40).slice(20)) }).link;

test("frames count; a gap or a duplicate asks once for a snapshot", () => {
  for (const frame of [1, 3]) {
    const lost = receive(linked(), { type: "frame", frame, events: [] });
    expect(lost.reply).toEqual({ type: "ready", have: { session: "s", seq: 40 }, draft: "" });
    expect(receive(lost.link, { type: "frame", frame: 9, events: [] }).reply).toBeNull();
  }
  expect(receive(linked(), { type: "frame", frame: 2, events: [] }).reply).toBeNull();
});

test("pages of history and a re-sync give the same rows as all at once", () => {
  const all = longSession(40);
  const whole = receive(newLink(), { type: "snapshot", frame: 1, state: snapshotOf(all) }).link.state;
  const paged = receive(linked(), { type: "earlier", from: 1, events: all.slice(0, 20) }).link;
  expect(lines(paged.state)).toEqual(lines(whole));
  const again = receive(paged, { type: "snapshot", frame: 7, state: snapshotOf(all.slice(30)) }).link;
  expect(lines(again.state)).toEqual(lines(whole));
});

test("every cut of a turn's history joins to the same rows", () => {
  const all = record(sampleTurn);
  const whole = lines(reduceAll(emptyState(), all)).sort();
  for (let cut = 1; cut < all.length; cut++) {
    const tail = receive(newLink(), { type: "snapshot", frame: 1, state: snapshotOf(all.slice(cut)) }).link;
    const joined = receive(tail, { type: "earlier", from: 1, events: all.slice(0, cut) }).link.state;
    expect(lines(joined).sort(), `cut at ${cut}`).toEqual(whole);
  }
});

test("partial JSON of a call shows its newest text", () => {
  expect(partialInput('{"file_path":"/a","content":"one\\ntw')).toEqual({ field: "content", text: "one\ntw" });
  expect(partialInput('{"command":"ls"')).toEqual({ field: "command", text: "ls" });
  expect(partialInput('{"a')).toBeNull();
});
