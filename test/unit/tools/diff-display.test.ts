import { expect, test } from "vitest";
import { diffDisplay } from "../../../src/agent/tools/diff-display";
import { seededRandom } from "./edit-cases";

/** Cut into lines as a whole: what the quick way must come to. */
function byLines(before: string, after: string): { before: string; after: string } {
  const cut = (text: string): string[] => text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
  const [old, next] = [cut(before), cut(after)];
  const limit = Math.min(old.length, next.length);
  let start = 0;
  while (start < limit && old[start] === next[start]) start++;
  let end = 0;
  while (end < limit - start && old[old.length - 1 - end] === next[next.length - 1 - end]) end++;
  const part = (lines: string[]): string =>
    lines.slice(Math.max(0, start - 12), Math.max(start, lines.length - end) + 12).join("");
  return { before: part(old), after: part(next) };
}

const check = (before: string, after: string): void =>
  expect(diffDisplay("p", before, after)).toMatchObject(byLines(before, after));

test("the lines that differ with twelve around them", () => {
  const long = Array.from({ length: 3000 }, (_, at) => `line ${at}\n`).join("");
  check(long, long.replace("line 1500\n", "other\n"));
  check(long, long.replace("line 1500\n", ""));
  check(long, `${long}more`);
  check(long, `first\n${long}`);
  check("", long.slice(0, 500));
  check(long.slice(0, 500), "");
  check("a", "a\nb");
  check("a\n", "a\nb");
  check("b", "a\nb");
  check("a\na\na\n", "a\na\n");
  check("x\r\ny\r\n", "x\r\nz\r\n");
});

test("random texts of few lines, so that much repeats", () => {
  const random = seededRandom(5);
  const words = ["a\n", "b\n", "\n", "ab\n", "a", "b"];
  const text = (): string => Array.from({ length: random(14) }, () => words[random(words.length)]!).join("");
  for (let n = 0; n < 5000; n++) {
    const before = text();
    const at = random(before.length + 1);
    check(before, random(3) ? before.slice(0, at) + text() + before.slice(at + random(4)) : text());
  }
});
