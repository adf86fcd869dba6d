import type { ModelError, ModelStream } from "../shared/protocol/model";

export interface BreakerOptions {
  /** Failed calls in a row that open it. */
  failures: number;
  /** How long nothing is asked before one call may try. */
  openMs: number;
  now: () => number;
}

export const breakerDefaults: BreakerOptions = { failures: 5, openMs: 15_000, now: () => performance.now() };

export type BreakerState = "closed" | "open" | "half-open";

export interface Breaker {
  stream: ModelStream;
  state(): BreakerState;
}

/** Outside the retry: a provider that keeps failing is left alone for a while, so that a fallback answers at once. */
export function withBreaker(
  inner: ModelStream,
  site: { provider: string; model: string },
  chosen: Partial<BreakerOptions> = {},
): Breaker {
  const options = { ...breakerDefaults, ...chosen };
  let failures = 0;
  let openedAt: number | null = null;
  let probing = false;

  const state = (): BreakerState => {
    if (openedAt === null) return "closed";
    return options.now() - openedAt >= options.openMs && !probing ? "half-open" : "open";
  };
  const failed = (): void => {
    failures++;
    if (failures >= options.failures || openedAt !== null) openedAt = options.now();
  };
  const worked = (): void => {
    failures = 0;
    openedAt = null;
  };

  return {
    state,
    stream: async function* (request, signal) {
      const before = state();
      if (before === "open") {
        yield { type: "error", error: refusal(site, Math.max(0, options.openMs - (options.now() - (openedAt ?? 0)))) };
        return;
      }
      probing = before === "half-open";
      try {
        for await (const event of inner(request, signal)) {
          if (event.type === "message_end") worked();
          else if (event.type === "error") judge(event.error, worked, failed);
          yield event;
        }
      } finally {
        probing = false;
      }
    },
  };
}

/** An answer that says no is an answer: the provider is there. A stop by the user says nothing. */
function judge(error: ModelError, worked: () => void, failed: () => void): void {
  if (error.kind === "unavailable" || error.kind === "exhausted") failed();
  else if (error.kind !== "aborted") worked();
}

const refusal = (site: { provider: string; model: string }, waitMs: number): ModelError => ({
  kind: "unavailable",
  message: `${site.provider} has failed several times in a row; it is asked again in ${Math.ceil(waitMs / 1_000)} s. Wait or pick another model.`,
  ...site,
  retryAfterMs: Math.round(waitMs),
});
