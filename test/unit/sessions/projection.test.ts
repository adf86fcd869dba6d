import fc from "fast-check";
import { expect, test } from "vitest";
import { createProjection, resumeState } from "../../../src/agent/sessions/projection";
import type { AgentEvent, ContextReduction, Recorded } from "../../../src/shared/protocol/agent";
import { textBlock, type Message } from "../../../src/shared/protocol/messages";
import { noUsage } from "../../../src/shared/protocol/model";

const turn = "t1";
const user = (id: string, text = id, via: "prompt" | "steer" = "prompt"): AgentEvent => ({
  type: "user_message",
  turn,
  via,
  message: { id, role: "user", content: [textBlock(text)] },
});
const reply = (id: string, text: string, ...calls: string[]): AgentEvent => ({
  type: "assistant_message",
  turn,
  request: `r-${id}`,
  model: "m",
  stopReason: calls.length ? "tool_use" : "end_turn",
  usage: { ...noUsage(), outputTokens: 10 },
  usd: 0.5,
  message: {
    id,
    role: "assistant",
    content: [
      ...(text ? [textBlock(text)] : []),
      ...calls.map((call) => ({ type: "tool_use" as const, id: call, name: "Read", input: {} })),
    ],
  },
});
const started = (call: string, readOnly = false): AgentEvent => ({
  type: "tool_started",
  turn,
  call,
  name: "Bash",
  title: `run ${call}`,
  inputHash: "h",
  readOnly,
});
const finished = (call: string, text = `did ${call}`): AgentEvent => ({
  type: "tool_finished",
  turn,
  call,
  name: "Bash",
  outcome: "ok",
  ms: 1,
  result: { type: "tool_result", toolUseId: call, content: [textBlock(text)] },
});
const turnStarted: AgentEvent = { type: "turn_started", turn };
const turnEnded: AgentEvent = {
  type: "turn_ended",
  turn,
  reason: "completed",
  usage: { ...noUsage(), outputTokens: 30 },
  usd: 2,
  steps: 1,
  ms: 5,
};
const discarded: AgentEvent = {
  type: "reply_discarded",
  turn,
  request: "r",
  error: { kind: "unavailable", message: "lost" } as never,
};
const reduced = (detail: ContextReduction): AgentEvent => ({ type: "context_reduced", turn, level: 4, freedTokens: 1, detail });
const note = (id: string): Message => ({ id, role: "user", content: [textBlock(id)] });

const record = (events: AgentEvent[]): Recorded[] =>
  events.map((event, at) => ({ session: "s", seq: at + 1, at: at + 100, event }));

/** "u:" and "a:" messages; a call is written +id, a result =id text. */
function drawn(messages: readonly Message[]): string[] {
  return messages.map(({ role, content }) => {
    const parts = content.map((block) => {
      if (block.type === "text") return block.text;
      if (block.type === "tool_use") return `+${block.id}`;
      return block.type === "tool_result"
        ? `=${block.toolUseId} ${block.content.map((part) => (part.type === "text" ? part.text : "")).join("")}`
        : block.type;
    });
    return `${role[0]}: ${parts.join(" | ")}`;
  });
}

const check = (events: AgentEvent[], expected: (string | RegExp)[]): void => {
  const got = drawn(resumeState(record(events)).messages);
  expect(got).toHaveLength(expected.length);
  expected.forEach((line, at) => (typeof line === "string" ? expect(got[at]).toBe(line) : expect(got[at]).toMatch(line)));
};

const two = [user("go"), reply("a1", "look", "c1", "c2")];

test("a plain exchange", () => check([user("go"), reply("a1", "done")], ["u: go", "a: done"]));
test("results stand in the order of the calls, whoever finished first", () =>
  check(
    [...two, started("c1"), started("c2"), finished("c2"), finished("c1")],
    ["u: go", "a: look | +c1 | +c2", "u: =c1 did c1 | =c2 did c2"],
  ));
test("a call that started and did not finish: effect unknown", () =>
  check(
    [...two, started("c1"), finished("c1"), started("c2")],
    ["u: go", "a: look | +c1 | +c2", /=c1 did c1 \| =c2 Interrupted.*effect is unknown/],
  ));
test("one that only reads: not finished", () =>
  check([...two, started("c1", true)], ["u: go", /look/, /=c1 Not finished.*=c2 Not run/]));
test("what the user steers in comes after the results", () =>
  check(
    [...two, started("c1"), user("wait", "wait", "steer"), finished("c1"), finished("c2")],
    ["u: go", /look/, "u: =c1 did c1 | =c2 did c2", "u: wait"],
  ));
test("calls that ran before their reply was whole", () =>
  check(
    [user("go"), started("c1", true), finished("c1"), started("c2"), reply("a1", "", "c1", "c2")],
    ["u: go", "a: +c1 | +c2", /=c1 did c1 \| =c2 Interrupted/],
  ));
test("calls of a discarded reply leave no trace", () =>
  check(
    [user("go"), started("c1", true), finished("c1"), discarded, reply("a2", "again", "c1")],
    ["u: go", "a: again | +c1", /=c1 Not run/],
  ));
test("an empty reply is no message", () => check([user("go"), reply("a1", ""), user("on")], ["u: go", "u: on"]));
test("a result without its call is dropped", () => check([user("go"), finished("ghost"), reply("a1", "hi")], ["u: go", "a: hi"]));
test("results inside a message find their calls", () =>
  check(
    [
      ...two,
      {
        type: "user_message",
        turn,
        via: "engine",
        message: {
          id: "u2",
          role: "user",
          content: [{ type: "tool_result", toolUseId: "c1", content: [textBlock("one")] }, textBlock("and")],
        },
      },
    ],
    ["u: go", /look/, /=c1 one \| =c2 Not run/, "u: and"],
  ));
test("the same call id in a later reply", () =>
  check(
    [user("go"), reply("a1", "", "c"), finished("c", "first"), reply("a2", "", "c"), finished("c", "second")],
    ["u: go", "a: +c", "u: =c first", "a: +c", "u: =c second"],
  ));

const long = [
  user("u1"),
  reply("a1", "", "c1"),
  finished("c1", "x".repeat(9000)),
  reply("a2", "said"),
  user("u2"),
  reply("a3", "bye"),
];
test("level 1: a result on disk keeps its beginning", () =>
  check(
    [...long, reduced({ kind: "result_to_disk", call: "c1", path: "/r/c1.txt", chars: 9000 })],
    ["u: u1", "a: +c1", /^u: =c1 x{2000}\n\n\[9000 characters in all.*\/r\/c1\.txt/, "a: said", "u: u2", "a: bye"],
  ));
test("level 2: snipped messages go, with the results of their calls", () =>
  check([...long, reduced({ kind: "snipped", messages: ["a1"] })], ["u: u1", "a: said", "u: u2", "a: bye"]));
test("level 3: old results are cleared in place", () =>
  check(
    [...long, reduced({ kind: "cleared_results", calls: ["c1"], by: "engine" })],
    ["u: u1", "a: +c1", /=c1 \[This old result was cleared/, "a: said", "u: u2", "a: bye"],
  ));
test("level 3 by the provider changes nothing here", () =>
  check(
    [...long, reduced({ kind: "cleared_results", calls: ["c1"], by: "provider" })],
    ["u: u1", "a: +c1", /x{9000}/, "a: said", "u: u2", "a: bye"],
  ));
const collapsed = reduced({ kind: "collapsed", id: "k", messages: ["a1", "a2"], view: [note("short")] });
test("level 4: a view in place of messages", () => check([...long, collapsed], ["u: u1", "u: short", "u: u2", "a: bye"]));
const summarised = reduced({
  kind: "summarised",
  id: "s",
  upTo: "a2",
  summary: note("sum"),
  restored: [note("file")],
  kept: ["u1"],
});
test("level 5: summary, restored, kept, rest", () =>
  check([...long, summarised], ["u: sum", "u: file", "u: u1", "u: u2", "a: bye"]));
test("level 5 over level 4", () => check([...long, collapsed, summarised], ["u: sum", "u: file", "u: u1", "u: u2", "a: bye"]));
test("undo of 5 gives 4 back, undo of 4 gives all", () => {
  check(
    [...long, collapsed, summarised, { type: "context_restored", turn, level: 5, id: "s" }],
    ["u: u1", "u: short", "u: u2", "a: bye"],
  );
  check([...long, collapsed, { type: "context_restored", turn, level: 4, id: "k" }], drawn(resumeState(record(long)).messages));
});
const keep = (target: string, kept = true): AgentEvent => ({ type: "kept_changed", target, kept });
const clear = reduced({ kind: "cleared_results", calls: ["c1"], by: "engine" });
for (const [name, events, expected] of [
  ["a message, over level 5", [keep("a2"), summarised], ["u: sum", "u: file", "u: u1", "a: said", "u: u2", "a: bye"]],
  [
    "a call with its result, over level 4",
    [collapsed, keep("c1")],
    ["u: u1", "u: short", "a: +c1", /=c1 x{9000}/, "u: u2", "a: bye"],
  ],
  ["a result that was cleared before", [clear, keep("c1")], ["u: u1", "a: +c1", /=c1 x{9000}/, "a: said", "u: u2", "a: bye"]],
  ["what is let go goes", [keep("a2"), summarised, keep("a2", false)], ["u: sum", "u: file", "u: u1", "u: u2", "a: bye"]],
  ["what is not there", [keep("ghost"), collapsed], ["u: u1", "u: short", "u: u2", "a: bye"]],
] as [string, AgentEvent[], (string | RegExp)[]][])
  test(`kept by the person: ${name}`, () => check([...long, ...events], expected));

test("messages go on after a reduction", () =>
  check(
    [...long, summarised, user("u3"), reply("a4", "", "c9"), finished("c9")],
    ["u: sum", "u: file", "u: u1", "u: u2", "a: bye", "u: u3", "a: +c9", "u: =c9 did c9"],
  ));
test("a reduction of messages that are not there takes nothing", () =>
  check(
    [...long, reduced({ kind: "summarised", id: "s", upTo: "ghost", summary: note("sum"), restored: [], kept: [] })],
    drawn(resumeState(record(long)).messages),
  ));
test("a history never begins with the model", () =>
  check(
    [...long, reduced({ kind: "snipped", messages: ["u1"] })],
    [/beginning of this conversation was removed/, "a: +c1", /=c1/, "a: said", "u: u2", "a: bye"],
  ));

test("facts of a session", () => {
  const state = resumeState(
    record([
      { type: "session_started", cwd: "/w", roots: ["/w"], model: "m1", mode: "default", version: "1" },
      turnStarted,
      ...two,
      started("c1", true),
      started("c2"),
      { type: "todos_changed", todos: [{ content: "a", status: "pending" }] },
      { type: "model_changed", model: "m2" },
      { type: "mode_changed", mode: "plan" },
      { type: "session_titled", title: "T" },
    ]),
  );
  expect(state).toMatchObject({
    cwd: "/w",
    model: "m2",
    mode: "plan",
    title: "T",
    openTurn: turn,
    turns: 1,
    usd: 0.5,
    lastSeq: 10,
    todos: [{ content: "a" }],
  });
  expect(state.usage.outputTokens).toBe(10);
  expect(state.interrupted.map(({ call, readOnly }) => [call, readOnly])).toEqual([
    ["c1", true],
    ["c2", false],
  ]);
});

test("a turn's own total replaces what its replies added up to", () => {
  const { usage, usd, openTurn } = resumeState(record([turnStarted, ...two, turnEnded, turnStarted, reply("a9", "x")]));
  expect([usage.outputTokens, usd, openTurn]).toEqual([40, 2.5, turn]);
});

test.each(["bypassPermissions", "acceptEdits", "auto"] as const)("a log does not grant %s", (mode) => {
  const approved: AgentEvent = { type: "approval_resolved", turn, id: "x", answer: { decision: "allow" } as never, by: "person" };
  expect(resumeState(record([{ type: "mode_changed", mode }, approved])).mode).toBe("default");
});

test("a list that was handed out does not change", () => {
  const projection = createProjection();
  for (const recorded of record(two)) projection.apply(recorded);
  const before = projection.messages();
  projection.apply({ session: "s", seq: 9, at: 1, event: user("more") });
  expect([before.length, projection.messages().length]).toEqual([3, 4]);
});

test("any order of events gives a legal history, and the same one step by step", () => {
  const ids = fc.constantFrom("c1", "c2", "c3");
  const event = fc.oneof(
    fc.nat(9).map((n) => user(`u${n}`)),
    fc.tuple(fc.nat(9), fc.uniqueArray(ids, { maxLength: 3 })).map(([n, calls]) => reply(`a${n}`, n % 2 ? "t" : "", ...calls)),
    ids.map((id) => started(id)),
    ids.map((id) => finished(id)),
    fc.constant(discarded),
    fc.constant(turnEnded),
    fc.nat(9).map((n) => reduced({ kind: "snipped", messages: [`a${n}`, `u${n}`] })),
    fc.nat(9).map((n) => reduced({ kind: "collapsed", id: "k", messages: [`a${n}`], view: [note("v")] })),
    fc
      .nat(9)
      .map((n) => reduced({ kind: "summarised", id: "s", upTo: `a${n}`, summary: note("s"), restored: [], kept: ["u1", "a2"] })),
    fc.constant<AgentEvent>({ type: "context_restored", turn, level: 4, id: "k" }),
    fc.constant(reduced({ kind: "cleared_results", calls: ["c1"], by: "engine" })),
  );
  fc.assert(
    fc.property(fc.array(event, { maxLength: 60 }), (events) => {
      const projection = createProjection();
      for (const recorded of record(events)) {
        projection.apply(recorded);
        legal(projection.messages());
      }
      expect(drawn(projection.messages())).toEqual(drawn(resumeState(record(events)).messages));
    }),
    { numRuns: 300 },
  );
});

function legal(messages: readonly Message[]): void {
  expect(messages[0]?.role ?? "user").toBe("user");
  messages.forEach(({ role, content }, at) => {
    expect(content.length).toBeGreaterThan(0);
    const calls = content.filter((block) => block.type === "tool_use").map(({ id }) => id);
    const results = content.filter((block) => block.type === "tool_result").map(({ toolUseId }) => toolUseId);
    const before = messages[at - 1]?.content.filter((block) => block.type === "tool_use").map(({ id }) => id) ?? [];
    if (role === "assistant" && calls.length > 0) expect(messages[at + 1]?.role).toBe("user");
    expect(results).toEqual(before);
  });
}
