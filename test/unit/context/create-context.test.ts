import { expect, test } from "vitest";
import type { ContextOptions } from "../../../src/agent/context/context-options";
import { createContext } from "../../../src/agent/context/create-context";
import { composeSummary, fittingHistory, fromRecord, parseSummary } from "../../../src/agent/context/levels/5-summary";
import { nextAction, type Fill } from "../../../src/agent/context/policy";
import { createProjection } from "../../../src/agent/sessions/projection";
import type { AgentEvent } from "../../../src/shared/protocol/agent";
import { textOf, type Message } from "../../../src/shared/protocol/messages";
import { noUsage, type StreamEvent } from "../../../src/shared/protocol/model";
import { illegalities } from "../../support/scenario";

const fill: Fill = {
  tokens: 0,
  usable: 100_000,
  idleMs: 0,
  atTurnStart: false,
  summary: "none",
  collapsed: false,
  auto: true,
  providerClears: "can",
  clearable: 0,
  rewritten: 0,
  readPrice: 0.1,
  writePrice: 1.25,
  expectedRequests: 20,
};

for (const [name, at, expected] of [
  ["an empty window needs nothing", {}, "none"],
  [
    "after a long pause old results go: the cache is cold anyway",
    { tokens: 40_000, idleMs: 6 * 60_000, clearable: 20_000 },
    "clear_cold",
  ],
  ["a warm cache is not broken for little", { tokens: 60_000, clearable: 2_000, rewritten: 60_000 }, "none"],
  ["warm and worth it: the provider clears", { tokens: 60_000, clearable: 45_000, rewritten: 60_000 }, "clear_warm"],
  [
    "warm and worth it, where the provider cannot: a batch in place",
    { tokens: 60_000, clearable: 45_000, rewritten: 15_000, providerClears: "no" },
    "clear_batch",
  ],
  [
    "what the provider clears is never cleared here as well",
    { tokens: 60_000, idleMs: 6 * 60_000, clearable: 45_000, providerClears: "does" },
    "none",
  ],
  [
    "a cache that costs nothing to write again is cleared sooner",
    { tokens: 40_000, clearable: 9_000, rewritten: 31_000, readPrice: 1, writePrice: 1, providerClears: "no" },
    "clear_batch",
  ],
  ["with room in the window nothing is lost for a few tokens", { tokens: 20_000, clearable: 15_000, rewritten: 5_000 }, "none"],
  ["automatic compaction off: no summary", { tokens: 70_000, auto: false }, "none"],
  ["automatic compaction off: no collapse", { tokens: 95_000, auto: false }, "none"],
  [
    "automatic compaction off: old results still go",
    { tokens: 95_000, auto: false, clearable: 3_000, providerClears: "no" },
    "clear_now",
  ],
  ["a collapse may follow a collapse", { tokens: 95_000, collapsed: true }, "collapse"],
  ["a summary starts in the background", { tokens: 66_000, providerClears: "no" }, "start_summary"],
  ["a ready summary waits for the turn's end", { tokens: 80_000, summary: "ready" }, "none"],
  ["and is swapped at the next start", { tokens: 80_000, summary: "ready", atTurnStart: true }, "swap_summary"],
  ["at 90 % in the middle of a turn: collapse", { tokens: 91_000, summary: "running" }, "collapse"],
  ["a collapse keeps the summary from starting", { tokens: 70_000, collapsed: true }, "none"],
  ["summaries that fail are off, the other levels go on", { tokens: 91_000, summary: "off" }, "collapse"],
] as [string, Partial<Fill>, string][]) {
  test(name, () => expect(nextAction({ ...fill, ...at })).toBe(expected));
}

const good =
  "<analysis>secret thoughts</analysis><summary><intent>Rename foo.</intent><concepts>c</concepts><findings>f</findings><errors>e</errors><state>s</state><next>n</next></summary>";

const fixed = { system: [{ text: "word ".repeat(1_600) }], tools: [] };

/** A conversation over the real projection, with a model that summarises as told. */
function setup(reply: (attempt: number) => string | null, overrides: Partial<ContextOptions> = {}) {
  const projection = createProjection();
  const events: AgentEvent[] = [];
  let seq = 0;
  let attempts = 0;
  let clock = 0;
  const requests: (readonly Message[])[] = [];
  const context = createContext({
    window: () => 16_000,
    reserve: 2_000,
    messages: () => projection.messages(),
    everything: () => projection.everything(),
    kept: () => projection.kept(),
    todos: () => [],
    emit: (event) => emit(event),
    fork: (messages) => ({ role: "main", system: [], messages, tools: [] }),
    async *model({ messages }): AsyncGenerator<StreamEvent> {
      requests.push(messages);
      const text = reply(++attempts);
      if (text === null) return yield { type: "error", error: { kind: "unavailable", message: "no" } };
      yield { type: "block_stop", index: 0, block: { type: "text", text } };
      yield { type: "message_end", stopReason: "end_turn", usage: noUsage() };
    },
    readFile: async (path) => `now in ${path}`,
    providerClears: () => false,
    enabled: () => true,
    newId: () => `n${++seq}`,
    now: () => clock,
    ...overrides,
  });
  const emit = (event: AgentEvent): void => {
    events.push(event);
    projection.apply({ session: "s", seq: ++seq, at: 0, event });
    context.observe(event);
  };
  /** One turn that reads a file of `chars` and answers. */
  async function turn(n: number, chars: number, prompt = `request ${n}`): Promise<void> {
    const id = `t${n}`;
    clock += 1_000;
    emit({ type: "turn_started", turn: id });
    emit({
      type: "user_message",
      turn: id,
      via: "prompt",
      message: { id: `u${n}`, role: "user", content: [{ type: "text", text: prompt }] },
    });
    await context.fit({ turn: id, messages: projection.messages(), ...fixed });
    emit({
      type: "assistant_message",
      turn: id,
      request: "r",
      model: "m",
      stopReason: "tool_use",
      usage: noUsage(),
      usd: null,
      message: {
        id: `a${n}`,
        role: "assistant",
        content: [{ type: "tool_use", id: `c${n}`, name: n % 3 === 0 ? "Edit" : "Read", input: { file_path: `/p/f${n}.ts` } }],
      },
    });
    emit({
      type: "tool_finished",
      turn: id,
      call: `c${n}`,
      name: "Read",
      outcome: "ok",
      ms: 1,
      result: {
        type: "tool_result",
        toolUseId: `c${n}`,
        content: [{ type: "text", text: "lorem ipsum dolor sit ".repeat(chars / 22) }],
      },
    });
    await context.fit({ turn: id, messages: projection.messages(), ...fixed });
    emit({
      type: "assistant_message",
      turn: id,
      request: "r2",
      model: "m",
      stopReason: "end_turn",
      usage: noUsage(),
      usd: null,
      message: { id: `b${n}`, role: "assistant", content: [{ type: "text", text: `did ${n}` }] },
    });
    emit({ type: "turn_ended", turn: id, reason: "completed", usage: noUsage(), usd: null, steps: 2, ms: 1 });
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
  const levels = (): string[] =>
    events.flatMap((event) =>
      event.type === "context_reduced"
        ? [`${event.level} ${event.detail.kind}`]
        : event.type === "context_restored"
          ? [`restored ${event.level}`]
          : event.type === "notice"
            ? [event.level]
            : [],
    );
  return { turn, levels, events, requests, projection, context, pass: (ms: number) => (clock += ms), emit };
}

test("a long conversation is summarised in the background and swapped at a turn's start", async () => {
  const s = setup(() => good);
  for (let n = 1; n <= 12; n++) await s.turn(n, 10_000);
  expect(s.levels()).toContain("5 summarised");
  const text = s.projection
    .messages()
    .map((message) => textOf(message.content))
    .join("\n");
  expect(text).toContain("- request 1");
  expect(text).toContain("Changed: /p/f3.ts");
  expect(text).toContain("now in /p/f");
  expect(text).not.toContain("secret thoughts");
  expect(illegalities(s.projection.messages())).toEqual([]);
});

test("the summarising call rides on the same prefix: it only adds at the end", async () => {
  const s = setup(() => good);
  for (let n = 1; n <= 8; n++) await s.turn(n, 10_000);
  const request = s.requests[0] ?? [];
  expect(request[0]?.id).toBe("u1");
  expect(textOf(request.at(-1)?.content ?? [])).toContain("<summary>");
});

test("a summariser that fails three times is left alone; the conversation goes on legal and within the window", async () => {
  const s = setup(() => null);
  for (let n = 1; n <= 40; n++) await s.turn(n, 10_000);
  expect(s.levels().filter((level) => level === "warning")).toHaveLength(1);
  expect(s.requests).toHaveLength(3);
  expect(s.levels()).toContain("4 collapsed");
  expect(illegalities(s.projection.messages())).toEqual([]);
  const measured = s.events.findLast((event) => event.type === "context_measured");
  expect(measured?.type === "context_measured" && measured.tokens).toBeLessThan(16_000);
  expect(
    s.projection
      .messages()
      .map((message) => textOf(message.content))
      .join("\n"),
  ).toContain("request 1\n");
});

test("after a pause longer than the cache's life old results are cleared in place", async () => {
  const s = setup(() => good);
  for (let n = 1; n <= 14; n++) await s.turn(n, 1_500);
  s.pass(6 * 60_000);
  await s.turn(15, 1_000);
  expect(s.levels()).toContain("3 cleared_results");
  expect(illegalities(s.projection.messages())).toEqual([]);
});

test("a collapse is a view: undo brings every message back", async () => {
  const s = setup(() => null);
  for (let n = 1; n <= 6; n++) {
    await s.turn(n, 500);
    s.emit({
      type: "user_message",
      turn: `t${n}`,
      via: "prompt",
      message: { id: `long${n}`, role: "user", content: [{ type: "text", text: "x" }] },
    });
    s.emit({
      type: "assistant_message",
      turn: `t${n}`,
      request: "r",
      model: "m",
      stopReason: "end_turn",
      usage: noUsage(),
      usd: null,
      message: { id: `said${n}`, role: "assistant", content: [{ type: "text", text: "words ".repeat(900) }] },
    });
  }
  const before = s.projection.messages();
  expect(await s.context.emergency("t6", new AbortController().signal)).toBe(true);
  expect(s.projection.messages().length).toBeLessThan(before.length);
  await s.context.handle({ op: "undo_compaction", session: "s" });
  expect(s.projection.messages().map((message) => message.id)).toEqual(before.map((message) => message.id));
});

const holds = (messages: readonly Message[], call: string, text: string): boolean =>
  messages.some(({ content }) =>
    content.some((block) => block.type === "tool_result" && block.toolUseId === call && textOf(block.content).includes(text)),
  );

for (const [name, summary, level, pause] of [
  ["cleared results", good, "3 cleared_results", 6 * 60_000],
  ["a summary", good, "5 summarised", 0],
  ["a collapse", null, "4 collapsed", 0],
] as const)
  test(`what the person keeps stays word for word through ${name}, and goes when they let it go`, async () => {
    const s = setup(() => summary);
    await s.turn(1, 1_500);
    await s.context.handle({ op: "keep", session: "s", target: "c1", kept: true });
    await s.context.handle({ op: "keep", session: "s", target: "b1", kept: true });
    for (let n = 2; n <= 14; n++) await s.turn(n, pause > 0 ? 1_500 : 8_000);
    s.pass(pause);
    for (let n = 15; n <= 18; n++) await s.turn(n, 1_000);
    expect(s.levels()).toContain(level);
    const now = s.projection.messages();
    expect(holds(now, "c1", "lorem ipsum")).toBe(true);
    expect(holds(now, "c2", "lorem ipsum")).toBe(false);
    expect(now.some(({ id }) => id === "b1")).toBe(true);
    expect(illegalities(now)).toEqual([]);
    await s.context.handle({ op: "keep", session: "s", target: "c1", kept: false });
    if (pause === 0) expect(holds(s.projection.messages(), "c1", "lorem ipsum")).toBe(false);
    expect(illegalities(s.projection.messages())).toEqual([]);
  });

test("a result that was cleared comes back when the person keeps it; the figure follows; what is not there cannot be kept", async () => {
  const s = setup(() => good);
  for (let n = 1; n <= 14; n++) await s.turn(n, 1_500);
  s.pass(6 * 60_000);
  await s.turn(15, 1_000);
  expect(holds(s.projection.messages(), "c1", "lorem ipsum")).toBe(false);
  await s.context.handle({ op: "keep", session: "s", target: "c1", kept: true });
  expect(holds(s.projection.messages(), "c1", "lorem ipsum")).toBe(true);
  const events = s.events.length;
  await s.context.handle({ op: "keep", session: "s", target: "nothing", kept: true });
  await s.context.handle({ op: "keep", session: "s", target: "c1", kept: true });
  expect(s.events).toHaveLength(events);
});

test("the provider is not asked to clear what it might take from what is kept", async () => {
  const s = setup(() => good, { providerClears: () => true });
  const asked = async (n: number) =>
    (await s.context.fit({ turn: `x${n}`, messages: s.projection.messages(), ...fixed })).extra?.clearToolUses;
  for (let n = 1; n <= 18; n++) await s.turn(n, 1_500);
  expect(await asked(1)).toBeDefined();
  await s.context.handle({ op: "keep", session: "s", target: "c1", kept: true });
  expect(await asked(2)).toBeUndefined();
});

test("compact on demand, with the user's own words to it", async () => {
  const s = setup(() => good);
  for (let n = 1; n <= 4; n++) await s.turn(n, 4_000);
  await s.context.handle({ op: "compact", session: "s", instructions: "keep the API names" });
  expect(textOf(s.requests[0]?.at(-1)?.content ?? [])).toContain("keep the API names");
  expect(s.levels()).toContain("5 summarised");
});

test("every prompt and correction of the user is in the summary word for word", () => {
  const words = ["Rename foo to bar", "No, call it baz, and never touch the tests", "go on"];
  const messages: Message[] = words.map((text, n) => ({ id: `u${n}`, role: "user", content: [{ type: "text", text }] }));
  const summary = composeSummary("x", fromRecord, { log: messages, todos: [] });
  for (const text of words) expect(textOf(summary.content)).toContain(`- ${text}`);
});

test("a summary without its tags is refused, one with a missing section is used", () => {
  expect(parseSummary("I would say it went well.")).toBeNull();
  expect(parseSummary("<summary><intent>a</intent><state>b</state></summary>")).toMatchObject({
    intent: "a",
    state: "b",
    next: "",
  });
  expect(
    parseSummary("<analysis><intent>wrong</intent></analysis><summary><intent>right</intent><next>n</summary>"),
  ).toMatchObject({ intent: "right", next: "n" });
});

test("what does not fit the summarising call is left out in whole groups", () => {
  const messages: Message[] = [1, 2, 3].flatMap((n): Message[] => [
    { id: `u${n}`, role: "user", content: [{ type: "text", text: "word ".repeat(500) }] },
    { id: `a${n}`, role: "assistant", content: [{ type: "tool_use", id: `c${n}`, name: "Read", input: {} }] },
    {
      id: `r${n}`,
      role: "user",
      content: [{ type: "tool_result", toolUseId: `c${n}`, content: [{ type: "text", text: "word ".repeat(500) }] }],
    },
  ]);
  const { messages: kept, dropped } = fittingHistory(messages, 1_700);
  expect(dropped).toBeGreaterThan(0);
  expect(illegalities(kept)).toEqual([]);
  expect(kept[0]?.content.some((block) => block.type === "tool_result")).toBe(false);
});
