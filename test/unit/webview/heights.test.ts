import * as fc from "fast-check";
import { expect, test } from "vitest";
import { Heights, windowOf } from "../../../webview-ui/transcript/heights";

test("prefix sums and look-up equal the naive ones", () => {
  const change = fc.tuple(fc.nat(199), fc.integer({ min: 1, max: 400 }));
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 200 }),
      fc.array(change, { maxLength: 40 }),
      fc.nat(20_000),
      (count, changes, offset) => {
        const heights = new Heights(count, 50);
        const plain = Array.from({ length: count }, () => 50);
        for (const [i, height] of changes) if (heights.set(i, height) || i < count) plain[i] = height;
        const top = (i: number): number => plain.slice(0, i).reduce((a, b) => a + b, 0);
        expect(heights.total).toBe(top(count));
        const found = plain.findIndex((_, i) => top(i + 1) > offset);
        expect(heights.at(offset)).toBe(found < 0 ? count - 1 : found);
      },
    ),
  );
});

test("a window covers what is seen and no more than its margin", () => {
  const heights = new Heights(10_000, 100);
  expect(windowOf(heights, 500_000, 800, 400)).toEqual({ first: 4996, last: 5013, above: 499_600, below: 498_700 });
  expect(windowOf(new Heights(0, 100), 0, 800, 400)).toEqual({ first: 0, last: 0, above: 0, below: 0 });
  expect(windowOf(new Heights(3, 100), 0, 800, 400)).toEqual({ first: 0, last: 3, above: 0, below: 0 });
});

test("known heights are taken over when the list grows", () => {
  const heights = new Heights(3, 50, (i) => (i === 1 ? 200 : undefined));
  expect([heights.total, heights.isMeasured(1), heights.isMeasured(2)]).toEqual([300, true, false]);
});
