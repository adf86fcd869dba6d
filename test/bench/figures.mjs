/** Statistics of the bench: plain functions, tested by test/unit/support/figures.test.ts. */

export function percentile(values, p) {
  const sorted = [...values].sort((a, b) => a - b);
  if (sorted.length === 0) return NaN;
  const at = (sorted.length - 1) * p;
  const low = Math.floor(at);
  return sorted[low] + (sorted[Math.ceil(at)] - sorted[low]) * (at - low);
}

export const median = (values) => percentile(values, 0.5);

/** Deterministic, so that the same samples print the same interval. */
export function randomFrom(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

export function ratioOf(ours, base, seed = 1) {
  const ratios = ours.map((value, index) => value / Math.max(base[index] ?? base[0] ?? NaN, 1e-9)).filter(Number.isFinite);
  if (ratios.length === 0) return { median: NaN, low: NaN, high: NaN };
  const random = randomFrom(seed);
  const medians = Array.from({ length: 400 }, () => median(ratios.map(() => ratios[Math.floor(random() * ratios.length)])));
  return { median: median(ratios), low: percentile(medians, 0.025), high: percentile(medians, 0.975) };
}

export function figuresOf({ ours, base }, seed = 1) {
  const three = (values) => ({ p50: median(values), p95: percentile(values, 0.95), p99: percentile(values, 0.99) });
  return { ours: three(ours), base: three(base), ratio: ratioOf(ours, base, seed) };
}

export function variation(values) {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length) / mean;
}
