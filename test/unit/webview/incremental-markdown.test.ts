import * as fc from "fast-check";
import { expect, test } from "vitest";
import { IncrementalMarkdown, parseWhole, type Piece } from "../../../webview-ui/markdown/incremental";
import { renderPiece } from "../../../webview-ui/markdown/render";
import { serialise } from "./serialise";
import { answer, shapes } from "./markdown-samples";

const html = (pieces: readonly Piece[]): string => serialise(joinLists(pieces).map(renderPiece));

/** A settled list stub followed by nothing else is the same list. */
const joinLists = (pieces: readonly Piece[]): readonly Piece[] => pieces;

function checkPrefixes(text: string, step: number): void {
  const stream = new IncrementalMarkdown();
  for (let end = step; end < text.length + step; end += step) {
    const prefix = text.slice(0, end);
    expect(html(stream.update(prefix)), JSON.stringify(prefix)).toBe(html(parseWhole(prefix)));
  }
}

for (const [name, text] of Object.entries(shapes)) {
  for (const step of [1, 7])
    test(`${name}: each prefix in steps of ${step} equals a full parse`, () => checkPrefixes(text, step));
}

test("random documents: each prefix equals a full parse", () => {
  const line = fc.constantFrom(
    "- a",
    "- b c",
    "  more",
    "1. one",
    "2. two",
    "10) x",
    "* star",
    "+ plus",
    "# head",
    "Some words",
    "and more",
    "",
    "",
    "```",
    "```ts",
    "let a = 1;",
    "    indented",
    "> quote",
    "> - in quote",
    "---",
    "===",
    "| a | b |",
    "|---|:-:|",
    "| 1 | 2 |",
    "<div>",
    "</div>",
    "<!-- c",
    "-->",
    "- [ ] todo",
    "- [x] done",
    "  - nested",
    "    - deep",
    "~~~",
    "**bold** and *em",
    "`code` ~~del~~",
    "www.example.org",
    "a  ",
    "\\* b",
    "word 1",
    "item: x",
    "- ",
    "-",
    "1.",
    "\tTab",
  );
  fc.assert(
    fc.property(fc.array(line, { maxLength: 22 }), fc.integer({ min: 1, max: 9 }), (lines, step) =>
      checkPrefixes(lines.join("\n"), step),
    ),
    { numRuns: Number(process.env["FUZZ_RUNS"] ?? 250) },
  );
});

test("a definition that arrives later does not move what is settled (documented exception)", () => {
  const stream = new IncrementalMarkdown();
  const text = "See [here][x].\n\nNext.\n\nThird.\n\n";
  stream.update(text);
  const pieces = stream.update(`${text}[x]: https://example.org\n\nAnd [again][x].\n`);
  expect(html(pieces)).toContain("See [here][x].");
  expect(html(pieces)).toContain('title="https://example.org/">again</span>'.replace("org/", "org"));
});

test("text that changes instead of growing starts again", () => {
  const stream = new IncrementalMarkdown();
  stream.update("# One\n\ntwo\n\nthree\n\n");
  expect(html(stream.update("other *text*"))).toBe(html(parseWhole("other *text*")));
});

test("parse work stays close to one parse and linear", () => {
  const work = (text: string): number => {
    const stream = new IncrementalMarkdown();
    for (let end = 60; end < text.length + 60; end += 60) stream.update(text.slice(0, end));
    return stream.lexed / text.length;
  };
  const once = work(answer(30_000));
  const twice = work(answer(60_000));
  expect(twice / once).toBeLessThan(1.15);
  const fence = `\`\`\`ts\n${"const a = 1; // some code\n".repeat(2500)}\`\`\`\n`;
  const list = Array.from({ length: 600 }, (_, i) => `- item ${i} with some words to read\n`).join("");
  console.info(
    `lexed characters per character: answer ${once.toFixed(2)}, fence ${work(fence).toFixed(2)}, list ${work(list).toFixed(2)}`,
  );
  expect(once).toBeLessThan(8);
  expect(work(fence)).toBeLessThan(3);
  expect(work(list)).toBeLessThan(3);
});
