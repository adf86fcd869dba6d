import { expect, test } from "vitest";
// @ts-expect-error plain script without types
import { figuresOf, percentile, ratioOf, variation } from "../../bench/figures.mjs";

test("percentiles interpolate", () =>
  expect([percentile([1, 2, 3, 4], 0.5), percentile([5], 0.99), percentile([0, 10], 0.25)]).toEqual([2.5, 5, 2.5]));

test("the ratio is the median of pairs, its interval holds it and is the same each time", () => {
  const base = Array.from({ length: 30 }, (_, i) => 10 + (i % 5));
  const ours = base.map((value, i) => value * (1.1 + (i % 3) / 100));
  const ratio = ratioOf(ours, base, 3);
  expect(ratio.median).toBeCloseTo(1.11, 2);
  expect(ratio.low).toBeLessThanOrEqual(ratio.median);
  expect(ratio.high).toBeGreaterThanOrEqual(ratio.median);
  expect(ratioOf(ours, base, 3)).toEqual(ratio);
});

test("figures of both sides", () =>
  expect(figuresOf({ ours: [2, 2], base: [1, 1] })).toMatchObject({ ours: { p50: 2 }, base: { p99: 1 }, ratio: { median: 2 } }));
test("steady samples do not vary", () => expect(variation([3, 3, 3])).toBe(0));
