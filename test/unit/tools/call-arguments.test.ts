import { expect, test } from "vitest";
import { identityOf, loggedInput } from "../../../src/agent/tools/call-arguments";

const different = [
  {},
  { a: "1" },
  { a: 1 },
  { a: null },
  { a: "null" },
  { a: ["1"] },
  { a: '["1"]' },
  { b: "1" },
  { a: "1", b: "" },
  { a: '1"b" string 0:' },
  { "a string 1:1": "" },
  { a: { b: 1 } },
  { a: { b: "1" } },
];

test("other arguments, another identity; the same ones, the same", () => {
  const identities = different.map((input) => identityOf(input).join(""));
  expect(new Set(identities).size).toBe(different.length);
  expect(different.map((input) => identityOf(structuredClone(input)).join(""))).toEqual(identities);
});

test("the log has short arguments as they are and the beginning of long ones", () => {
  const short = { file_path: "a.ts", content: "x".repeat(15_000) };
  expect(loggedInput(short)).toBe(short);
  const long = { file_path: "a.ts", content: "x".repeat(20_000), edits: [{ old: "y".repeat(2_000) }], replace_all: true };
  expect(loggedInput(long)).toEqual({
    file_path: "a.ts",
    content: `${"x".repeat(500)} … [20000 characters in all]`,
    edits: `${JSON.stringify(long.edits).slice(0, 500)} … [2012 characters in all]`,
    replace_all: true,
  });
});
