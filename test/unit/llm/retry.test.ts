import { expect, test } from "vitest";
import { withBreaker } from "../../../src/llm/breaker";
import { createConnection } from "../../../src/llm/connection";
import { anthropicProvider } from "../../../src/llm/providers/anthropic";
import { withRetry, type Clock, type RetryOptions } from "../../../src/llm/retry";
import { createRetryMetrics } from "../../../src/llm/retry-metrics";
import type { ModelError, ModelStream, StreamEvent } from "../../../src/shared/protocol/model";
import { noUsage } from "../../../src/shared/protocol/model";
import { ask, listen, serve, type Heard } from "./fault-server";

/** Time that passes only by sleeping; waits of the watch never end by themselves. */
function fakeClock(): Clock & { slept: number[] } {
  let now = 0;
  const slept: number[] = [];
  return {
    slept,
    now: () => now,
    sleep: (ms, signal) =>
      ms > 9_000 && ms <= 10_000
        ? new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }))
        : Promise.resolve().then(() => {
            slept.push(ms);
            now += ms;
          }),
  };
}

const ok: StreamEvent[] = [
  { type: "message_start", model: "m", provider: "p", usage: noUsage() },
  { type: "block_start", index: 0, block: { type: "text" } },
  { type: "block_delta", index: 0, text: "hi" },
  { type: "block_stop", index: 0, block: { type: "text", text: "hi" } },
  { type: "message_end", stopReason: "end_turn", usage: noUsage() },
];
const failing = (kind: ModelError["kind"], more: Partial<ModelError> = {}): StreamEvent[] => [
  { type: "error", error: { kind, message: "x", ...more } },
];

/** Answers with these replies in turn, the last one for ever. */
function scripted(...replies: StreamEvent[][]): ModelStream & { calls: number } {
  const stream = async function* (): AsyncGenerator<StreamEvent> {
    const reply = replies[Math.min(state.calls++, replies.length - 1)] ?? [];
    yield* reply;
  };
  const state = Object.assign(stream, { calls: 0 });
  return state;
}

interface Expected {
  calls: number;
  slept?: number[];
  error?: ModelError["kind"];
  partial?: true;
  text?: string;
}

async function check(replies: StreamEvent[][], expected: Expected, options: Partial<RetryOptions> = {}): Promise<Heard> {
  const clock = fakeClock();
  const inner = scripted(...replies);
  const heard = await listen(withRetry(inner, { clock, random: () => 1, ...options }));
  expect(heard.broken).toEqual([]);
  expect(inner.calls).toBe(expected.calls);
  expect(heard.error?.kind).toBe(expected.error);
  expect(heard.error?.partial).toBe(expected.partial);
  if (expected.slept) expect(clock.slept).toEqual(expected.slept);
  if (expected.text !== undefined) expect(heard.text).toBe(expected.text);
  return heard;
}

test("an answer is an answer", () => check([ok], { calls: 1, slept: [], text: "hi" }));
test("two failures, then the answer", () =>
  check([failing("unavailable"), failing("unavailable"), ok], { calls: 3, slept: [500, 1000], text: "hi" }));
test("five tries at most", () =>
  check([failing("unavailable")], { calls: 5, slept: [500, 1000, 2000, 4000], error: "unavailable" }));
test("the time budget ends it earlier", () =>
  check([failing("unavailable")], { calls: 3, error: "unavailable" }, { budgetMs: 3_000 }));
for (const kind of ["invalid", "auth", "denied", "not_found", "too_long", "aborted"] as const) {
  test(`${kind} is told at once`, () => check([failing(kind)], { calls: 1, slept: [], error: kind }));
}
test("an account without credit is told at once", () =>
  check([failing("exhausted", { status: 402 })], { calls: 1, error: "exhausted" }));
test("the wait the server asks for is kept and is not taken from the budget", () =>
  check([failing("exhausted", { retryAfterMs: 120_000 }), failing("unavailable"), ok], {
    calls: 3,
    slept: [120_050, 1000],
    text: "hi",
  }));
test("a socket that was closed while idle is replaced without a wait", () =>
  check([failing("unavailable", { retryAfterMs: 0 }), ok], { calls: 2, slept: [0], text: "hi" }));
test("after the first shown token it ends there, marked", () =>
  check([[...ok.slice(0, 3), ...failing("unavailable")]], { calls: 1, error: "unavailable", partial: true }));
test("a reply that broke off gives the server a rest before the next call; an answer ends that", async () => {
  const clock = fakeClock();
  const half = [...ok.slice(0, 3), ...failing("unavailable")];
  const stream = withRetry(scripted(half, half, ok, half, ok), { clock, random: () => 1 });
  const heard: Heard[] = [];
  for (let call = 0; call < 5; call++) heard.push(await listen(stream));
  expect(clock.slept).toEqual([500, 1000, 500]);
  expect(heard.map(({ events }) => events[0]?.type)).toEqual(["message_start", "waiting", "waiting", "message_start", "waiting"]);
});
test("a start nobody saw is asked for again, and shown once", async () => {
  const heard = await check([[...ok.slice(0, 2), ...failing("unavailable")], ok], { calls: 2, text: "hi" });
  expect(heard.events.filter((event) => event.type === "message_start")).toHaveLength(1);
});
test("a stream that just stops is a lost one", () => check([[], ok], { calls: 2, text: "hi" }));
test("the wait is announced with its reason", async () => {
  const heard = await check([failing("exhausted", { retryAfterMs: 3_000 }), ok], { calls: 2 });
  expect(heard.events[0]).toMatchObject({
    type: "waiting",
    why: "retry",
    attempt: 1,
    waitMs: 3_050,
    error: { kind: "exhausted" },
  });
});
test("a provider that throws is a failure, not a crash", async () => {
  const heard = await listen(
    withRetry(
      async function* () {
        yield* ok.slice(0, 1);
        throw new Error("bug");
      },
      { attempts: 1 },
    ),
  );
  expect([heard.broken, heard.error?.kind]).toEqual([[], "unavailable"]);
});
test("full jitter: between nothing and the bound", async () => {
  const clock = fakeClock();
  await listen(withRetry(scripted(failing("unavailable")), { clock, random: () => 0.5 }));
  expect(clock.slept).toEqual([250, 500, 1000, 2000]);
});

test("metrics", async () => {
  const metrics = createRetryMetrics();
  const stream = withRetry(scripted(ok, failing("unavailable"), ok, failing("auth"), failing("exhausted")), {
    clock: fakeClock(),
    metrics,
  });
  for (let nth = 0; nth < 4; nth++) await listen(stream);
  expect(metrics).toMatchObject({
    calls: 4,
    attempts: 9,
    successOn: [1, 1],
    exhausted: 1,
    byClass: { unavailable: 1, auth: 1, exhausted: 5 },
  });
  expect(metrics.exhaustedRate()).toBe(0.25);
});

test("when everything fails the load stays under 1.2 requests a turn", async () => {
  const inner = scripted(failing("unavailable"));
  const stream = withRetry(inner, { clock: fakeClock() });
  for (let turn = 0; turn < 200; turn++) await listen(stream);
  expect(inner.calls / 200).toBeLessThanOrEqual(1.2);
});

test("with the breaker the load is far under one", async () => {
  const inner = scripted(failing("unavailable"));
  const { stream } = withBreaker(withRetry(inner, { clock: fakeClock() }), { provider: "p", model: "m" });
  for (let turn = 0; turn < 50; turn++) await listen(stream);
  expect(inner.calls / 50).toBeLessThan(0.5);
});

test("the breaker opens, lets one probe through, and closes", async () => {
  let now = 0;
  const inner = scripted(failing("unavailable"), failing("unavailable"), failing("unavailable"), ok);
  const breaker = withBreaker(inner, { provider: "p", model: "m" }, { failures: 2, openMs: 100, now: () => now });
  for (let nth = 0; nth < 3; nth++) await listen(breaker.stream);
  expect([inner.calls, breaker.state()]).toEqual([2, "open"]);
  now = 100;
  expect(breaker.state()).toBe("half-open");
  await listen(breaker.stream);
  expect([inner.calls, breaker.state()]).toEqual([3, "open"]);
  now = 200;
  const both = await Promise.all([listen(breaker.stream), listen(breaker.stream)]);
  expect(both.filter((heard) => heard.error === undefined)).toHaveLength(1);
  expect([inner.calls, breaker.state()]).toEqual([4, "closed"]);
});

for (const kind of ["auth", "invalid", "aborted"] as const) {
  test(`${kind} does not open the breaker`, async () => {
    const breaker = withBreaker(scripted(failing(kind)), { provider: "p", model: "m" }, { failures: 1 });
    await listen(breaker.stream);
    expect(breaker.state()).toBe("closed");
  });
}

test("silence is told, then given up", async () => {
  const silent: ModelStream = async function* (_, signal): AsyncGenerator<StreamEvent> {
    await new Promise((resolve) => signal.addEventListener("abort", resolve));
    yield* ok;
  };
  const heard = await listen(withRetry(silent, { slowMs: 20, noProgressMs: 70, attempts: 1 }));
  expect(heard.events.filter((event) => event.type === "waiting" && event.why === "slow").length).toBeGreaterThanOrEqual(2);
  expect(heard.error).toMatchObject({ kind: "unavailable" });
});

async function cancelled(what: string, server: Parameters<typeof serve>[0], options: Partial<RetryOptions> = {}): Promise<void> {
  const { url, open, close } = await serve(server);
  const stop = new AbortController();
  const connection = createConnection();
  const provider = anthropicProvider({ id: "anthropic", baseUrl: url, key: async () => "k", connection });
  const done = listen(withRetry(provider, options), stop.signal, ask());
  await new Promise((resolve) => setTimeout(resolve, 60));
  const began = performance.now();
  stop.abort();
  const heard = await done;
  const took = performance.now() - began;
  expect(heard.error?.kind, what).toBe("aborted");
  expect(took, what).toBeLessThan(1_500);
  if (options.firstDelayMs === undefined) await expect.poll(open, { timeout: 1_500 }).toBe(0);
  connection.close();
  await close();
}

const head = { "content-type": "text/event-stream" };
test("stop before the headers", () => cancelled("no headers", () => undefined));
test("stop after the headers", () => cancelled("headers only", (response) => void response.writeHead(200, head).flushHeaders()));
test("stop in mid-text", () =>
  cancelled("mid text", (response) => {
    response.writeHead(200, head);
    response.write('data: {"type":"content_block_start","index":0,"content_block":{"type":"text","text":"a"}}\n\n');
  }));
test("stop in the wait before a retry", () =>
  cancelled("sleep", (response) => void response.writeHead(529).end(), {
    firstDelayMs: 60_000,
    budgetMs: 100_000,
    random: () => 1,
  }));
test("stop in the wait the server asked for", () =>
  cancelled("retry-after", (response) => void response.writeHead(429, { "retry-after": "100" }).end(), { firstDelayMs: 1 }));
