import { expect, test } from "vitest";
import { realTools } from "../unit/tools/real-tools";

const room = await realTools();
const walking = await realTools({ rg: null });

for (const { put } of [room, walking]) {
  put("src/a.ts", "const one = 1;\nfunction needle() {\n  return one;\n}\nneedle();\n", 1000);
  put("src/b.ts", "// Needle in a comment\n", 3000);
  put("docs/c.md", "a needle\nnext\n", 2000);
  put("src/-X.txt", "--pre=x stands here\n-X too\n", 500);
  put("ignored/d.ts", "needle\n");
  put(".gitignore", "ignored/\n");
  put(".git/HEAD", "needle\n");
}

async function check(input: object, expected: string | RegExp, isError = false): Promise<void> {
  for (const one of [room, walking]) {
    const called = await one.call("Grep", input);
    // Without ripgrep the result says so at its end.
    const text = called.text.replaceAll(`${one.cwd}/`, "").replace(/\nripgrep was not found[^\n]*/, "");
    if (typeof expected === "string") expect(text).toBe(expected);
    else expect(text).toMatch(expected);
    expect(called.isError).toBe(isError);
  }
}

test("Grep: modes, newest first, ignored files left out", async () => {
  await check({ pattern: "needle" }, "docs/c.md\nsrc/a.ts");
  await check({ pattern: "needle", "-i": true }, "src/b.ts\ndocs/c.md\nsrc/a.ts");
  await check({ pattern: "needle", output_mode: "count", path: "src" }, "src/a.ts:2");
  await check(
    { pattern: "needle", output_mode: "content", path: "src/a.ts" },
    /^src\/a.ts:2:function needle\(\) \{\nsrc\/a.ts:5:needle\(\);$/,
  );
  await check({ pattern: "needle", output_mode: "content", "-n": false, glob: "*.md" }, "docs/c.md:a needle");
  await check({ pattern: "nowhere at all" }, /^No match/);
});

test("Grep: lines around, several lines, parts of a result", async () => {
  const one = { output_mode: "content", path: "src/a.ts" };
  await check({ pattern: "return", ...one, "-B": 1 }, /a.ts-2-function needle\(\) \{\n.*a.ts:3: {2}return one;$/);
  await check({ pattern: "return", ...one, "-A": 1 }, /a.ts:3: {2}return one;\n.*a.ts-4-\}$/);
  await check({ pattern: "return", ...one, "-C": 1 }, /^.*a.ts-2-[^]*a.ts-4-\}$/);
  await check({ pattern: "needle\\(\\) \\{.*one;", ...one, multiline: true }, /a.ts:2:[^]*a.ts:3:/);
  await check(
    { pattern: "needle", ...one, head_limit: 1 },
    /^src\/a.ts:2:.*\n\(More matched; go on with offset 1, or narrow the search\.\)$/,
  );
  await check({ pattern: "needle", ...one, head_limit: 1, offset: 1 }, "src/a.ts:5:needle();");
  await check({ pattern: "needle", type: "md" }, "docs/c.md");
  await check({ pattern: "needle", glob: "*.{ts,tsx}" }, "src/a.ts");
  await check({ pattern: "needle", glob: "docs/**" }, "docs/c.md");
});

test("Grep: what looks like an option is a pattern, a path or a refusal", async () => {
  await check({ pattern: "--pre=x" }, "src/-X.txt");
  await check({ pattern: "-X" }, "src/-X.txt");
  await check({ pattern: "-X", path: "src/-X.txt", output_mode: "content" }, "src/-X.txt:2:-X too");
  await check({ pattern: "x", path: "--pre=x" }, /--pre=x does not exist/, true);
  await check({ pattern: "needle", glob: "--pre=sh" }, /^No match/);
  await check({ pattern: "(" }, /paren|group|Invalid|regular expression/i, true);
  await check({ pattern: "needle", type: "no-such-type" }, /type/i, true);
  expect((await room.call("Grep", { pattern: "\u0000" })).text).toMatch(/NUL|null bytes|No match|failed|started/i);
});

test("Glob: newest first, a hundred at most, odd names", async () => {
  const glob = async (input: object): Promise<string> => (await room.call("Glob", input)).text.replaceAll(`${room.cwd}/`, "");
  expect(await glob({ pattern: "**/*.{ts,md}" })).toBe("src/b.ts\ndocs/c.md\nsrc/a.ts");
  expect(await glob({ pattern: "*.ts", path: "src" })).toBe("src/b.ts\nsrc/a.ts");
  expect(await glob({ pattern: "src/-X*" })).toBe("src/-X.txt");
  expect(await glob({ pattern: "--pre=x" })).toMatch(/^No file fits --pre=x/);
  for (let at = 0; at < 120; at++) room.put(`many/f${at}.txt`, "", 10_000 + at);
  const many = (await glob({ pattern: "many/*.txt" })).split("\n");
  expect(many.slice(0, 2)).toEqual(["many/f119.txt", "many/f118.txt"]);
  expect(many).toHaveLength(101);
  expect(many[100]).toBe("(More than 100 files fit; narrow the pattern or the path.)");
});

test("a long line is cut, many matches are bounded", async () => {
  room.put("long/min.js", `${"y".repeat(100_000)}needle${"z".repeat(100_000)}\n`);
  const long = await room.call("Grep", { pattern: "needle", path: "long", output_mode: "content" });
  expect(long.text.length).toBeLessThan(700);
  room.put("long/lots.txt", "needle and some more text around it\n".repeat(5000));
  const lots = await room.call("Grep", { pattern: "needle", path: "long/lots.txt", output_mode: "content", head_limit: 5000 });
  expect(lots.text.length).toBeLessThan(31_000);
  const next = Number(/go on with offset (\d+)/.exec(lots.text)![1]);
  const more = await room.call("Grep", {
    pattern: "needle",
    path: "long/lots.txt",
    output_mode: "content",
    offset: next,
    head_limit: 1,
  });
  expect(more.text).toContain(`lots.txt:${next + 1}:`);
});
