/** Where the window stands, as the levels see it. All figures are tokens. */
export interface Fill {
  tokens: number;
  /** What may be filled: the window less room for a reply. */
  usable: number;
  /** ms since the last request; the provider's cache is cold after its life. */
  idleMs: number;
  atTurnStart: boolean;
  summary: "none" | "running" | "ready" | "off";
  collapsed: boolean;
  /** Levels 4 and 5 may act on their own. */
  auto: boolean;
  /** Clearing old results on the provider's side: not there, could be asked for, was asked for. */
  providerClears: "no" | "can" | "does";
  /** Tokens that old results hold, and that must be written to the cache again after clearing them. */
  clearable: number;
  rewritten: number;
  /** Prices of a cached token, in any one unit. */
  readPrice: number;
  writePrice: number;
  /** Requests this conversation will probably still make. */
  expectedRequests: number;
}

export type Action =
  "none" | "clear_cold" | "clear_warm" | "clear_batch" | "clear_now" | "start_summary" | "swap_summary" | "collapse";

export const cacheLifeMs = 5 * 60_000;

/** Below this the window has room; information is worth more than the tokens. */
export const clearFrom = 0.3;
/** Fewer, larger batches: each breaks the cache once. */
const batchFrom = 0.08;
const summariseFrom = 0.65;
const swapFrom = 0.55;
const collapseFrom = 0.9;

/**
 * What to do before the next request, cheapest first. A few comparisons: it runs before every request and
 * must cost nothing.
 */
export function nextAction(fill: Fill): Action {
  const level = fill.tokens / fill.usable;
  const mayClear = fill.providerClears !== "does";
  // The cache is cold: clearing costs nothing beyond what must be paid anyway.
  if (mayClear && fill.idleMs > cacheLifeMs && level > 0.15 && fill.clearable > 0.02 * fill.usable) return "clear_cold";
  if (
    fill.auto &&
    fill.summary === "ready" &&
    !fill.collapsed &&
    (level >= collapseFrom || (fill.atTurnStart && level > swapFrom))
  )
    return "swap_summary";
  if (level >= collapseFrom) {
    if (mayClear && fill.clearable > (fill.auto ? 0.25 : 0.01) * fill.usable) return "clear_now";
    return fill.auto ? "collapse" : "none";
  }
  if (fill.auto && level >= summariseFrom && fill.summary === "none" && !fill.collapsed) return "start_summary";
  if (mayClear && level >= clearFrom && fill.clearable > batchFrom * fill.usable && pays(fill))
    return fill.providerClears === "can" ? "clear_warm" : "clear_batch";
  return "none";
}

/** Clearing warm text breaks the cache behind it; only what saves more than writing that again costs is worth it. */
export const pays = (fill: Pick<Fill, "clearable" | "rewritten" | "readPrice" | "writePrice" | "expectedRequests">): boolean =>
  fill.clearable * fill.expectedRequests * fill.readPrice > fill.rewritten * (fill.writePrice - fill.readPrice);
