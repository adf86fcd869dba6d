import { expect, test } from "vitest";
import { firstWords, Titles } from "../../../src/agent/titles";
import type { AgentEvent } from "../../../src/shared/protocol/agent";
import { noUsage, type ModelRequest, type StreamEvent } from "../../../src/shared/protocol/model";

const said = (text: string): AgentEvent => ({
  type: "user_message",
  turn: "t",
  via: "prompt",
  message: { id: "u", role: "user", content: [{ type: "text", text }] },
});
const ended = (reason: "completed" | "interrupted" = "completed"): AgentEvent => ({
  type: "turn_ended",
  turn: "t",
  reason,
  usage: noUsage(),
  usd: 0,
  steps: 1,
  ms: 1,
});

function titles(answer: string, options: { title?: string; canAsk?: boolean } = {}) {
  const given: string[] = [];
  const requests: ModelRequest[] = [];
  const spent: string[] = [];
  async function* model(request: ModelRequest): AsyncIterable<StreamEvent> {
    requests.push(request);
    if (answer === "error") return yield { type: "error", error: { kind: "auth", message: "no key" } };
    yield { type: "message_start", model: "small", provider: "p", usage: noUsage() };
    yield { type: "block_stop", index: 0, block: { type: "text", text: answer } };
    yield { type: "message_end", stopReason: "end_turn", usage: noUsage() };
  }
  const watcher = new Titles({
    title: options.title ?? null,
    emit: (event) => event.type === "session_titled" && given.push(event.title),
    model,
    canAsk: async () => options.canAsk ?? true,
    session: "s",
    spent: (name) => spent.push(name),
  });
  const idle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 5));
  return { watcher, given, requests, spent, idle };
}

test("first words at once, the fast model's title after the first turn, once", async () => {
  const { watcher, given, requests, spent, idle } = titles('Title: "Tea in the morning."\nand more');
  watcher.observe(said("which tea is good\nfor the morning?"));
  expect(given).toEqual(["which tea is good for the morning?"]);
  watcher.observe(ended());
  await idle();
  watcher.observe(said("another"));
  watcher.observe(ended());
  await idle();
  expect(given).toEqual(["which tea is good for the morning?", "Tea in the morning"]);
  expect([requests.length, requests[0]?.role, requests[0]?.tools]).toEqual([1, "fast", []]);
  expect(spent).toEqual(["small"]);
});

test("without an answer, a key or a whole turn the first words stay", async () => {
  for (const [answer, options, reason] of [
    ["error", {}, "completed"],
    ["Better", { canAsk: false }, "completed"],
    ["Better", {}, "interrupted"],
    ["  \n", {}, "completed"],
  ] as const) {
    const { watcher, given, idle } = titles(answer, options);
    watcher.observe(said("hello there"));
    watcher.observe(ended(reason));
    await idle();
    expect(given).toEqual(["hello there"]);
  }
});

test("a title that is there, or that the person gave, is left alone", async () => {
  const known = titles("Better", { title: "Mine" });
  known.watcher.observe(said("hello"));
  known.watcher.observe(ended());
  const renamed = titles("Better");
  renamed.watcher.observe(said("hello"));
  renamed.watcher.keep();
  renamed.watcher.observe(ended());
  await renamed.idle();
  expect([known.given, renamed.given]).toEqual([[], ["hello"]]);
});

const check = (text: string, expected: string): void => expect(firstWords(text)).toBe(expected);
test("first words end at a word", () => {
  check("  short  one ", "short one");
  check(`${"word ".repeat(20)}`, `${"word ".repeat(11).trim()}…`);
  check("x".repeat(100), `${"x".repeat(59)}…`);
});
