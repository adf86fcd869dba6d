import type { ModelError, ModelStream, StreamEvent } from "../shared/protocol/model";
import { createRetryMetrics, type RetryMetrics } from "./retry-metrics";

export interface RetryOptions {
  /** Tries in all, the first included. */
  attempts: number;
  /** Time for trying again, counted from the first failure. A wait the server asks for is not taken from it. */
  budgetMs: number;
  /** Full jitter between 0 and a bound that doubles from the first to the last of these. */
  firstDelayMs: number;
  lastDelayMs: number;
  /** The user is told after this much silence. */
  slowMs: number;
  /** Pings keep a connection, not a reply: without any event for this long it is given up. */
  noProgressMs: number;
  /** Spare tries shared by all calls; every call adds `perCall`, every answer gives one back. */
  bucket: { size: number; perCall: number };
  clock: Clock;
  random: () => number;
  metrics: RetryMetrics;
}

export interface Clock {
  /** Monotonic: setting the wall clock must not end a wait. */
  now(): number;
  /** Resolves early when the signal aborts. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}

export const retryDefaults: Omit<RetryOptions, "metrics"> = {
  attempts: 5,
  budgetMs: 15_000,
  firstDelayMs: 500,
  lastDelayMs: 32_000,
  slowMs: 10_000,
  noProgressMs: 300_000,
  bucket: { size: 10, perCall: 0.1 },
  clock: {
    now: () => performance.now(),
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        const done = (): void => {
          clearTimeout(timer);
          signal.removeEventListener("abort", done);
          resolve();
        };
        const timer = setTimeout(done, ms);
        signal.addEventListener("abort", done, { once: true });
        if (signal.aborted) done();
      }),
  },
  random: Math.random,
};

/**
 * The one place where anything is tried again. Only before the first shown token: after it the error is marked
 * `partial`, and the loop, which knows what was shown and what ran, goes on from there.
 */
export function withRetry(inner: ModelStream, chosen: Partial<RetryOptions> = {}): ModelStream {
  const options: RetryOptions = { ...retryDefaults, metrics: createRetryMetrics(), ...chosen };
  const { clock, metrics } = options;
  let tokens = options.bucket.size;
  let lost: Lost | null = null;

  return async function* (request, signal) {
    tokens = Math.min(options.bucket.size, tokens + options.bucket.perCall);
    metrics.calls++;
    let deadline = Infinity;
    const rest = lost ? restAfter(lost, options) : 0;
    if (lost && rest > 0) {
      yield { type: "waiting", why: "retry", attempt: lost.times, waitMs: Math.round(rest), error: lost.error };
      await clock.sleep(rest, signal);
    }
    for (let attempt = 1; ; attempt++) {
      const outcome = yield* oneAttempt(inner, options, { request, attempt }, signal);
      metrics.attempts++;
      if (outcome === null) {
        lost = null;
        tokens = Math.min(options.bucket.size, tokens + 1);
        return metrics.succeeded(attempt);
      }
      const error = signal.aborted ? aborted(outcome) : outcome;
      metrics.failed(error);
      if (error.partial) lost = { times: (lost?.times ?? 0) + 1, error, at: clock.now() };
      if (deadline === Infinity) deadline = clock.now() + options.budgetMs;
      const wait = waitBefore(attempt, error, options);
      const asked = error.retryAfterMs ?? 0;
      const withinBudget = clock.now() + (asked > 0 ? 0 : wait) <= deadline;
      if (!isTransient(error) || error.partial || attempt >= options.attempts || !withinBudget || tokens < 1) {
        if (isTransient(error)) metrics.exhausted++;
        yield { type: "error", error: final(error, attempt) };
        return;
      }
      tokens--;
      yield { type: "waiting", why: "retry", attempt, waitMs: Math.round(wait), error };
      // The server chose this time itself, it does not count as ours.
      if (asked > 0) deadline += wait;
      await clock.sleep(wait, signal);
      if (signal.aborted) {
        yield { type: "error", error: aborted(error) };
        return;
      }
    }
  };
}

/** Passes on one attempt from its first shown event; null = it ended well. */
async function* oneAttempt(
  inner: ModelStream,
  options: RetryOptions,
  call: { request: Parameters<ModelStream>[0]; attempt: number },
  signal: AbortSignal,
): AsyncGenerator<StreamEvent, ModelError | null> {
  const own = new AbortController();
  const follow = (): void => own.abort();
  signal.addEventListener("abort", follow, { once: true });
  if (signal.aborted) follow();
  const events = inner(call.request, own.signal)[Symbol.asyncIterator]();
  const watch = createWatch(options, signal);
  // What nobody has seen yet may still be thrown away and asked for again.
  let held: StreamEvent[] | null = [];
  let next = pull(events);
  let began = options.clock.now();
  let limit = options.slowMs;
  try {
    for (;;) {
      const word = await watch.wait(next, began + limit);
      if (word === "stopped") return stopped(call.request.model);
      if (word === "quiet") {
        if (limit >= options.noProgressMs) return markPartial(noProgress(limit, call.request.model), held === null);
        yield { type: "waiting", why: "slow", attempt: call.attempt, waitMs: Math.round(options.clock.now() - began) };
        limit = Math.min(limit + options.slowMs, options.noProgressMs);
        continue;
      }
      if (word.done) return markPartial(ended(call.request.model), held === null);
      const event = word.value;
      if (event.type === "error") return markPartial(event.error, held === null);
      if (held && (event.type === "message_start" || event.type === "block_start")) held.push(event);
      else {
        if (held && event.type !== "waiting") {
          yield* held;
          held = null;
        }
        yield event;
        if (event.type === "message_end") return null;
      }
      next = pull(events);
      began = options.clock.now();
      limit = options.slowMs;
    }
  } finally {
    watch.dispose();
    signal.removeEventListener("abort", follow);
    own.abort("over");
    // Not awaited: a stream that hangs must not hold up the one who gave it up.
    void events.return?.(undefined)?.catch(() => undefined);
  }
}

type Pulled = IteratorResult<StreamEvent, unknown>;

/** The contract says it never throws; a bug in a provider must not end the turn without a word. */
const pull = (events: AsyncIterator<StreamEvent>): Promise<Pulled> =>
  events.next().catch((error: unknown) => ({
    done: false,
    value: { type: "error", error: { kind: "unavailable", message: `The model's provider failed: ${String(error)}` } },
  }));

interface Watch {
  wait(next: Promise<Pulled>, until: number): Promise<Pulled | "quiet" | "stopped">;
  dispose(): void;
}

/** One timer and one listener for a whole attempt: a reply has thousands of events. */
function createWatch({ clock, slowMs }: RetryOptions, signal: AbortSignal): Watch {
  const over = new AbortController();
  let answer: ((word: Pulled | "quiet" | "stopped") => void) | null = null;
  let due = 0;

  const say = (word: "quiet" | "stopped"): void => {
    answer?.(word);
    answer = null;
  };
  const stop = (): void => say("stopped");
  signal.addEventListener("abort", stop, { once: true });
  const tick = async (): Promise<void> => {
    while (!over.signal.aborted) {
      if (answer && clock.now() >= due) say("quiet");
      await clock.sleep(answer ? Math.min(slowMs, due - clock.now()) : slowMs, over.signal);
    }
  };
  void tick();

  return {
    wait: (next, until) =>
      new Promise((resolve) => {
        if (signal.aborted) return resolve("stopped");
        answer = resolve;
        due = until;
        next.then(resolve, () => resolve("stopped"));
      }),
    dispose() {
      over.abort("over");
      signal.removeEventListener("abort", stop);
    },
  };
}

/** A reply that broke off when it was half shown. The loop asks for it again at once: a server in trouble needs a rest. */
interface Lost {
  times: number;
  error: ModelError;
  at: number;
}

function restAfter({ times, at }: Lost, { clock, firstDelayMs, lastDelayMs, random }: RetryOptions): number {
  const rest = random() * Math.min(lastDelayMs, firstDelayMs * 2 ** Math.min(times - 1, 3));
  return Math.max(0, at + rest - clock.now());
}

function waitBefore(attempt: number, error: ModelError, options: RetryOptions): number {
  const bound = Math.min(options.lastDelayMs, options.firstDelayMs * 2 ** (attempt - 1));
  const jitter = options.random() * bound;
  if (error.retryAfterMs === undefined) return jitter;
  // Everybody is told the same moment: a little spread keeps them from coming back at once.
  return error.retryAfterMs === 0 ? 0 : error.retryAfterMs + jitter * 0.1;
}

/** 402 stands for an account without credit: waiting does not help. */
const isTransient = (error: ModelError): boolean =>
  error.kind === "unavailable" || (error.kind === "exhausted" && error.status !== 402);

const markPartial = (error: ModelError, shown: boolean): ModelError =>
  shown && error.kind !== "aborted"
    ? { ...error, partial: true, kind: error.kind === "exhausted" ? "unavailable" : error.kind }
    : error;

const final = (error: ModelError, attempt: number): ModelError =>
  attempt > 1 && isTransient(error) && !error.partial
    ? { ...error, message: `${error.message} (tried ${attempt} times; try again later or pick another model)` }
    : error;

const withModel = (model: string | undefined): { model?: string } => (model === undefined ? {} : { model });
const stopped = (model: string | undefined): ModelError => ({ kind: "aborted", message: "Stopped.", ...withModel(model) });
const aborted = (error: ModelError): ModelError => stopped(error.model);
const ended = (model: string | undefined): ModelError => ({
  kind: "unavailable",
  message: "The reply ended early.",
  ...withModel(model),
});
const noProgress = (ms: number, model: string | undefined): ModelError => ({
  kind: "unavailable",
  message: `The model sent nothing for ${Math.round(ms / 1_000)} s.`,
  ...withModel(model),
});
