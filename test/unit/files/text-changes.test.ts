import * as fc from "fast-check";
import { expect, test } from "vitest";
import { applyTextChanges, textChanges } from "../../../src/files/text-changes";

function check(before: string, after: string, touched: number): void {
  const changes = textChanges(before, after);
  expect(applyTextChanges(before, changes)).toBe(after);
  expect(changes.length).toBe(touched);
}

test("only what differs is touched", () => {
  check("a\nb\nc\n", "a\nb\nc\n", 0);
  check("a\nb\nc\n", "a\nB\nc\n", 1);
  check("1\n2\n3\n4\n5\n6\n7\n", "x\n2\n3\n4\n5\n6\ny\n", 2);
  check("", "new", 1);
  check("old", "", 1);
  expect(textChanges("one two three", "one 2 three")).toEqual([{ start: 4, end: 7, text: "2" }]);
});

test("never cuts a CRLF or a surrogate pair", () => {
  expect(textChanges("a\r\nb", "a\rb")[0]).toMatchObject({ start: 1 });
  expect(textChanges("😀x", "😁x")[0]).toMatchObject({ start: 0, end: 2 });
});

test("any two texts: applying the changes gives the second one, in order, not overlapping", () => {
  const text = fc
    .array(fc.constantFrom("a\n", "b\r\n", "c", "\r", "😀", "\n", "dd\n"), { maxLength: 30 })
    .map((parts) => parts.join(""));
  fc.assert(
    fc.property(text, text, (before, after) => {
      const changes = textChanges(before, after);
      for (let at = 1; at < changes.length; at++) expect(changes[at]!.start).toBeGreaterThanOrEqual(changes[at - 1]!.end);
      return applyTextChanges(before, changes) === after;
    }),
    { seed: 7, numRuns: 2000 },
  );
});
