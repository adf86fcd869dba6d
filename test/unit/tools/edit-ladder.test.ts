import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { changed } from "../../../src/agent/tools/edit-matching/apply-edits";
import { findEdit } from "../../../src/agent/tools/edit-matching/find-edit";
import { countChanges, shortDiff } from "../../../src/agent/tools/edit-matching/short-diff";
import { editCases, outcomeOf } from "./edit-cases";

const src = join(import.meta.dirname, "../../../src");
const sources = globSync("{shared,files,agent/tools,web}/**/*.ts", { cwd: src })
  .sort()
  .map((file) => readFileSync(join(src, file), "utf8"));

function check(text: string, old: string, next: string, expected: string | RegExp): void {
  const match = findEdit(text, { old, next, all: false });
  if (expected instanceof RegExp) expect(match.ok ? changed(text, match.changes) : match.message).toMatch(expected);
  else expect(match.ok ? changed(text, match.changes) : match.message).toBe(expected);
  if (expected instanceof RegExp) expect(match.ok).toBe(false);
}

test("exact", () => {
  check("a b", "b", "c", "a c");
  check("b b", "b", "c", /occurs 2 times \(lines 1, 1\)/);
  check("a\r\nb\r\n", "b", "c\nd", "a\r\nc\r\nd\r\n");
  check("same", "same", "same", /nothing to change/);
});

test("but for white space and look-alikes", () => {
  check("one  \ntwo\t\nthree\n", "one\ntwo\nthree", "one\n2\nthree", "one  \n2\nthree\n");
  check("say(“hello”) – now\n", 'say("hello") - now', 'say("bye") - now', 'say("bye") - now\n');
  check("one\r\ntwo\nthree\r\n", "one\ntwo\nthree", "one\ntwo\n3", "one\r\ntwo\n3\r\n");
  check("x\u00A0= 1\nx = 1 \n", "x = 1\nx = 1", "y", "y \n");
});

test("another indentation is taken over, in the new lines too", () => {
  const file = "class A {\n    start(now) {\n        this.begin(now);\n    }\n}\n";
  check(
    file,
    "start(now) {\n    this.begin(now);\n}",
    "start(now) {\n    if (now) {\n        this.begin(now);\n    }\n}",
    "class A {\n    start(now) {\n        if (now) {\n            this.begin(now);\n        }\n    }\n}\n",
  );
  check(
    "\tdef start(self):\n\t\treturn self.value\n",
    "  def start(self):\n    return self.value",
    "  def start(self):\n    if self:\n      return 1",
    "\tdef start(self):\n\t\tif self:\n\t\t\treturn 1\n",
  );
  check(
    "    first_call(1)\n    second_call(2)\n",
    "first_call(1)\n    second_call(2)  ",
    "first_call(3)\n    second_call(2)",
    "    first_call(3)\n    second_call(2)\n",
  );
});

test("comments that were not quoted stay", () => {
  check(
    "open(file)\n// careful\nread(file)\nclose(file)\n",
    "open(file)\nread(file)\nclose(file)",
    "open(file)\nread(other)\nclose(file)",
    "open(file)\n// careful\nread(other)\nclose(file)\n",
  );
  check(
    "open(file)\n// careful\nread(file)\nclose(file)\n",
    "open(file)\nread(file)\nclose(file)",
    "openAll()\nreadAll()\nclose(file)",
    /lines between that you did not quote/,
  );
});

test("nothing is guessed: the nearest place is shown", () => {
  check(
    "function one() {\n  return first(1);\n}\n",
    "function one() {\n  return second(1);\n}",
    "x",
    /nearest place is lines 1-3[^]*- {3}return second\(1\);\n\+ {3}return first\(1\);/,
  );
  check("alpha\nbeta gamma delta\n", "beta gamma delto", "x", /nearest place is lines 2-2/);
  check("if (a) {\n  }\n", "    }", "x", /not in the file/);
  check("abc", "zzz qqq", "x", /nor anything like it/);
});

test("a line left out here is not an indentation there", () => {
  const file =
    "if (over) {\n    this.state = finished;\n    if (ok) this.tell();\n  }\n}\nkeep() {\n  this.state = finished;\n}\n";
  check(file, "    this.state = finished;\n  }", "    this.end();\n  }", /stands just as quoted in another, line 2/);
  check(file, "  this.state = finished;\n}", "  this.end();\n}", file.replace("  this.state = finished;\n}", "  this.end();\n}"));
});

test("mutated quotations of real files: applied as meant or refused, never elsewhere", () => {
  const cases = editCases(sources, 170, 11);
  expect(cases.length).toBeGreaterThanOrEqual(2000);
  const table = new Map<string, Record<string, number>>();
  for (const edit of cases) {
    const outcome = outcomeOf(edit);
    const row = table.get(edit.kind) ?? { applied: 0, refused: 0, misplaced: 0, wronglyRefused: 0 };
    row[outcome]!++;
    if (outcome === "refused" && edit.expected !== null) row["wronglyRefused"]!++;
    table.set(edit.kind, row);
  }
  console.table(Object.fromEntries(table));
  const rows = [...table.values()];
  expect(rows.reduce((sum, row) => sum + row["misplaced"]!, 0)).toBe(0);
  const recoverable = cases.filter((edit) => edit.expected !== null).length;
  expect(rows.reduce((sum, row) => sum + row["applied"]!, 0)).toBeGreaterThanOrEqual(recoverable * 0.995);
});

test("first and last line, empty lines, the end of the file", () => {
  check("  first_line_of_it(1)\nrest\n", "first_line_of_it(1)  ", "one(1)", "  one(1)\nrest\n");
  check("rest\n    return the_last_value;", "return the_last_value; ", "return 2;", "rest\n    return 2;");
  check("a\n\n\n\nb\n", "\n\n\n\n", "\n", "a\nb\n");
  check("a\n \n \nb\n", "\n\n\n", "\n", /not in the file/);
  check("the_only_line_of_this_file()", "the_only_line_of_this_file()\n", "x()\n", "x()");
});

test("a large text is looked at in parts, with the same answers as the whole", () => {
  const filler = Array.from({ length: 6000 }, (_, at) => `  const filler${at} = makeFiller(${at}, "some text of it");`);
  const put = (at: number, lines: string[]): string => [...filler.slice(0, at), ...lines, ...filler.slice(at)].join("\n");
  const block = ["  begin(first_value);", "\t// said here", "", "  finish(“second” – value);"];
  const old = 'begin(first_value);\nfinish("second" - value);';
  for (const at of [0, 1, 3000, 5999, 6000])
    check(put(at, block), old, 'begin(other);\nfinish("second" - value);', put(at, ["  begin(other);", ...block.slice(1)]));
  check(put(10, block) + "\n" + put(5000, block), old, "x", /fits 2 places \(lines 11, 11005\)/);
  check(
    put(700, block),
    old.replace("first_value", "first_valve"),
    "x",
    /nearest place is lines 703-704[^]*\+ {3}finish\(“second” – value\);/,
  );
  check(put(700, block).replaceAll("\n", "\r\n"), "nothing here like this at all", "x", /not in the file/);
  const far = ["  begin(first_value);", ...Array<string>(15).fill("\n".repeat(15)), '  finish("second" - value);'];
  check(put(50, far), old, "x", /not in the file/);
});

test("one line of four million characters: within the budget", () => {
  const minified = 'var a="1";function b(c){return c+1};'.repeat(110_000) + "endOfItAll({here:1})";
  check(minified, "endOfItAll({here:1})", "x", minified.replace("endOfItAll({here:1})", "x"));
  for (const old of ["endOfItAll( {here:1})", "function  b(c)", "var zzz = 1;\nfunction b"]) {
    const started = performance.now();
    expect(findEdit(minified, { old, next: "x", all: false }).ok).toBe(false);
    expect(performance.now() - started).toBeLessThan(3_000);
  }
});

test("a slow search gives up within its budget and says so", () => {
  let time = 0;
  const text = "line of text here\n".repeat(2000);
  expect(findEdit(text, { old: "line of  text here now\n", next: "x", all: false }, () => (time += 30))).toMatchObject({
    ok: false,
    why: "budget",
  });
  for (const [file, old] of [
    ["}\n".repeat(200_000), "}\n".repeat(5000) + "x"],
    ["same line of text\n".repeat(100_000), " same line of text\n".repeat(3000) + "end of it"],
  ] as const) {
    const started = performance.now();
    expect(findEdit(file, { old, next: "y", all: false }).ok).toBe(false);
    expect(performance.now() - started).toBeLessThan(3_000);
  }
});

test("a difference in words and in numbers, also against nothing", () => {
  expect(shortDiff([], ["a"])).toBe("+ a");
  expect(shortDiff(["a", "b"], [])).toBe("- a\n- b");
  expect(countChanges([], ["a"])).toEqual({ added: 1, removed: 0 });
  expect(countChanges(["a", "b"], ["a", "c"])).toEqual({ added: 1, removed: 1 });
});
