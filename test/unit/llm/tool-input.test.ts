import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { parseToolInput } from "../../../src/llm/tool-input";
import { previewToolInput } from "../../../src/shared/partial-json";

interface Case {
  id: string;
  kind: string;
  name: string;
  raw_b64?: string;
  gen?: { open: string; n: number };
  expect: { outcome: string; input?: unknown };
}

/** These are whole JSON objects: the schema, the tool list and the loop guard refuse them later. */
const refusedLater = new Set(["T099", "T124", "T125", "T129", "T130", "T138", "T139"]);

const cases = readFileSync(new URL("../../corpus/streams.jsonl", import.meta.url), "utf8")
  .trim()
  .split("\n")
  .map((line) => JSON.parse(line) as Case)
  .filter((one) => one.kind === "tooljson");

for (const one of cases) {
  test(`${one.id} ${one.name}`, () => {
    const raw = one.gen ? one.gen.open.repeat(one.gen.n) : Buffer.from(one.raw_b64 ?? "", "base64").toString();
    const parsed = parseToolInput(raw);
    const isCall = one.expect.outcome === "run" || refusedLater.has(one.id);
    expect("invalid" in parsed).toBe(!isCall);
    if (one.expect.input !== undefined) expect(parsed.input).toEqual(one.expect.input);
  });
}

const check = (name: string, raw: string, expected: Record<string, unknown> | RegExp): void =>
  test(name, () => {
    const parsed = parseToolInput(raw);
    if (expected instanceof RegExp) expect("invalid" in parsed ? parsed.invalid.problem : "no problem").toMatch(expected);
    else expect(parsed).toEqual({ input: expected });
  });

check("nothing means no arguments", " \n", {});
check("a duplicate key in an inner object", '{"a":{"b":1,"b":2}}', /"b" occurs twice \(position 12\)/);
check("the same key in two objects", '{"a":{"b":1},"c":{"b":2},"d":["b","b"]}', { a: { b: 1 }, c: { b: 2 }, d: ["b", "b"] });
check("a duplicate written with escapes", '{"a":1,"\\u0061":2}', /"a" occurs twice/);
check("a key that reaches for the prototype, written with escapes", '{"__proto\\u005f_":1}', /__proto__/);
check("constructor is a word like any other", '{"constructor":1}', { constructor: 1 });
check("quotes and brackets in strings", '{"a":"\\"}{[\\\\","b":":,"}', { a: '"}{[\\', b: ":," });
check("half a surrogate pair", '{"a":"\\ud800"}', /surrogate/);
check("a whole pair", '{"a":"\\ud83d\\ude00"}', { a: "😀" });
check("NUL", '{"a":"x\\u0000"}', /NUL/);
check(
  "64 levels",
  `${'{"a":'.repeat(63)}{}${"}".repeat(63)}`,
  JSON.parse(`${'{"a":'.repeat(63)}{}${"}".repeat(63)}`) as Record<string, unknown>,
);
check("65 levels", `${"[".repeat(65)}${"]".repeat(65)}`, /deeper than 64/);
check("20 MB", `{"a":"${"x".repeat(20 * 2 ** 20)}"}`, /longer than 16 MB/);
check("a byte order mark", '\ufeff{"a":1}', /not valid JSON/);
check("a raw newline in a string", '{"a":"x\ny"}', /not valid JSON/);
check("a number", "1", /this is a number/);
check("the parser's position is told", '{"a":1,}', /position 7/);

function preview(raw: string, step: number): Record<string, string> {
  const scanner = previewToolInput();
  for (let at = 0; at < raw.length; at += step) scanner.push(raw.slice(at, at + step));
  return { ...scanner.fields };
}

const input = {
  file_path: "src/ä😀.ts",
  n: 12,
  deep: { content: "no", list: ['"]}', 1] },
  flag: true,
  none: null,
  content: 'a\n"b"\\c\t\u0001</x>',
  empty: "",
};
for (const step of [1, 2, 3, 5, 7, 12, 1000]) {
  test(`preview in pieces of ${step}`, () => {
    const { file_path, content, empty } = input;
    expect(preview(JSON.stringify(input), step)).toEqual({ file_path, content, empty });
    expect(preview(JSON.stringify(input, null, 2).replaceAll("😀", "\\ud83d\\ude00"), step)).toEqual({
      file_path,
      content,
      empty,
    });
  });
}
test("preview of arguments that are still being written", () => {
  expect(preview('{"command": "npm te', 4)).toEqual({ command: "npm te" });
  expect(preview('{"command": "a\\', 4)).toEqual({ command: "a" });
  expect(preview('{"comm', 4)).toEqual({});
  expect(preview("", 1)).toEqual({});
  expect(preview("not json at all", 3)).toEqual({});
});

test("200 KB of arguments in pieces of 12 characters", () => {
  const raw = JSON.stringify({ path: "a.ts", content: 'const a = "b";\n'.repeat(13_000) });
  const pieces = raw.match(/[\s\S]{1,12}/g) ?? [];
  const time = (repeat: number): number => {
    const began = performance.now();
    for (let nth = 0; nth < repeat; nth++) {
      const scanner = previewToolInput();
      for (const piece of pieces) scanner.push(piece);
    }
    return (performance.now() - began) / repeat;
  };
  time(3);
  const previewed = time(5);
  const began = performance.now();
  parseToolInput(raw);
  const parsed = performance.now() - began;
  console.info(
    `${Math.round(raw.length / 1000)} KB of tool input: preview ${previewed.toFixed(1)} ms in ${pieces.length} pieces, strict parse ${parsed.toFixed(1)} ms`,
  );
  expect(preview(raw, 12)["content"]).toHaveLength(13_000 * 15);
});
