import { expect, test } from "vitest";
import { compareLines } from "../../fuzz/shell-words";

test("where we are sure of the words, bash sees the very same words", () => {
  let sure = 0;
  for (const seed of [1, 2, 3]) {
    const batch = compareLines(seed, 400);
    expect(batch.differences).toEqual([]);
    sure += batch.sure;
  }
  expect(sure).toBeGreaterThan(200);
});
