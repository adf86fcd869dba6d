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
  /** The provider can clear old results on its side. */
  providerClears: boolean;
  /** Tokens that old results hold, and that a rewrite after clearing them would cost. */
  clearable: number;
  rewritten: number;
}

export type Action = "none" | "clear_cold" | "clear_warm" | "start_summary" | "swap_summary" | "collapse" | "clear_now";

export const CACHE_LIFE_MS = 5 * 60_000;

/** Read price over write price of a cached token, as providers with prompt caches have them. */
const READ_PRICE = 0.1;
const WRITE_PRICE = 1.25;
const EXPECTED_TURNS = 20;

/**
 * What to do before the next request, cheapest first. A few comparisons: it runs before every request and
 * must cost nothing.
 */
export function nextAction(fill: Fill): Action {
  const level = fill.tokens / fill.usable;
  if (fill.idleMs > CACHE_LIFE_MS && fill.clearable > 0.02 * fill.usable && level > 0.15) return "clear_cold";
  if (fill.summary === "ready" && fill.atTurnStart && level > 0.55 && !fill.collapsed) return "swap_summary";
  if (level >= 0.97)
    return fill.summary === "ready"
      ? "swap_summary"
      : fill.clearable > 0.01 * fill.usable
        ? "clear_now"
        : fill.collapsed
          ? "none"
          : "collapse";
  if (level >= 0.9 && !fill.collapsed) return fill.summary === "ready" ? "swap_summary" : "collapse";
  if (level >= 0.65 && fill.summary === "none" && !fill.collapsed) return "start_summary";
  if (level >= 0.5 && fill.providerClears && pays(fill)) return "clear_warm";
  return "none";
}

/** Clearing warm text breaks the cache behind it; only what saves more than the rewrite costs is worth it. */
export const pays = (fill: Pick<Fill, "clearable" | "rewritten">): boolean =>
  fill.clearable * EXPECTED_TURNS * READ_PRICE > fill.rewritten * WRITE_PRICE;
