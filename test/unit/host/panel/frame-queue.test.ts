import { expect, test } from "vitest";
import { FrameQueue } from "../../../../src/host/panel/frame-queue";
import type { AgentEvent } from "../../../../src/shared/protocol/agent";

const delta = (text: string, block = 0): AgentEvent => ({ type: "delta", turn: "t", request: "r", block, kind: "text", text });
const progress = (call: string, text: string, replace = false): AgentEvent => ({
  type: "tool_progress",
  turn: "t",
  call,
  text,
  ...(replace ? { replace } : {}),
});
const notice = (message: string): AgentEvent => ({ type: "notice", level: "info", message });

function queued(events: AgentEvent[], bounds?: { events: number; chars: number }): FrameQueue {
  const queue = new FrameQueue(bounds);
  events.forEach((event, index) => queue.push({ seq: event.type === "notice" ? index + 1 : 0, at: index, event }));
  return queue;
}

const check = (events: AgentEvent[], expected: AgentEvent[]): void =>
  expect(
    queued(events)
      .take()
      .map(({ event }) => event),
  ).toEqual(expected);

test("deltas of one block become one", () => check([delta("a"), delta("b"), delta("c")], [delta("abc")]));
test("deltas of two blocks stay two", () => check([delta("a"), delta("b", 1)], [delta("a"), delta("b", 1)]));
test("structure between deltas keeps its place", () =>
  check([delta("a"), notice("n"), delta("b")], [delta("a"), notice("n"), delta("b")]));
test("structure is never joined", () => check([notice("n"), notice("n")], [notice("n"), notice("n")]));
test("progress of a call is joined, also when two calls report in turns", () =>
  check(
    [progress("x", "1"), progress("y", "a"), progress("x", "2"), progress("y", "b")],
    [progress("x", "12"), progress("y", "ab")],
  ));
test("progress that replaces leaves only the latest", () =>
  check([progress("x", "10 %", true), progress("x", "20 %", true)], [progress("x", "20 %", true)]));

test("progress is bounded to its end", () => {
  const [one] = queued(Array.from({ length: 100 }, (_, n) => progress("x", `${n} `.repeat(300)))).take();
  const { text } = one!.event as { text: string };
  expect([text.length, text.endsWith("99 ")]).toEqual([20_000, true]);
});

test("100,000 deltas are one event and linear", () => {
  const queue = queued(Array.from({ length: 100_000 }, () => delta("x")));
  expect([queue.size, queue.overflowed]).toEqual([1, false]);
});

test("over the bound nothing is kept and the panel is to get a snapshot", () => {
  const queue = queued(
    Array.from({ length: 11 }, (_, n) => notice(String(n))),
    { events: 10, chars: 1e9 },
  );
  expect([queue.size, queue.overflowed]).toEqual([0, true]);
  queue.push({ seq: 12, at: 0, event: notice("later") });
  expect(queue.size).toBe(0);
  queue.clear();
  queue.push({ seq: 13, at: 0, event: notice("after") });
  expect(queue.take()).toHaveLength(1);
});

test("characters are bounded as events are", () =>
  expect(queued([delta("x".repeat(2_000))], { events: 10, chars: 1_000 }).overflowed).toBe(true));
