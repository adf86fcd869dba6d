import { mkdirSync, mkdtempSync, realpathSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { expect, test } from "vitest";
import { splitFrontmatter } from "../../../../src/config/frontmatter";
import { importsOf, withoutComments } from "../../../../src/config/instructions/imports";
import { Instructions, type InstructionOptions } from "../../../../src/config/instructions/load-instructions";

function world(files: Record<string, string>, options: Partial<InstructionOptions> = {}) {
  const root = realpathSync(mkdtempSync(join(tmpdir(), "stride-instructions-")));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  mkdirSync(join(root, "proj/src"), { recursive: true });
  const instructions = new Instructions({
    cwd: join(root, "proj"),
    home: join(root, "home"),
    env: {},
    includeProject: true,
    ...options,
  });
  const names = (list: { path: string }[]): string[] => list.map(({ path }) => relative(root, path));
  return {
    root,
    instructions,
    start: () => names(instructions.start()),
    read: (path: string) => names(instructions.onRead(join(root, path))),
  };
}

test("broad to narrow: user, parents, project, local", () =>
  expect(
    world({ "home/.claude/CLAUDE.md": "u", "CLAUDE.md": "parent", "proj/CLAUDE.md": "p", "proj/CLAUDE.local.md": "l" }).start(),
  ).toEqual(["home/.claude/CLAUDE.md", "CLAUDE.md", "proj/CLAUDE.md", "proj/CLAUDE.local.md"]));

test(".claude/CLAUDE.md stands in, AGENTS.md comes after, a copy only once", () => {
  expect(world({ "proj/.claude/CLAUDE.md": "c", "proj/AGENTS.md": "a" }).start()).toEqual([
    "proj/.claude/CLAUDE.md",
    "proj/AGENTS.md",
  ]);
  expect(world({ "proj/CLAUDE.md": "same", "proj/AGENTS.md": "same\n" }).start()).toEqual(["proj/CLAUDE.md"]);
});

test("a folder's own file comes when something in it is read, once", () => {
  const w = world({ "proj/CLAUDE.md": "p", "proj/src/CLAUDE.md": "deep" });
  expect(w.start()).toEqual(["proj/CLAUDE.md"]);
  expect(w.read("proj/src/a.ts")).toEqual(["proj/src/CLAUDE.md"]);
  expect(w.read("proj/src/b.ts")).toEqual([]);
});

test("rules: without paths at the start, with paths at the first match", () => {
  const w = world({
    "proj/.claude/rules/all.md": "always",
    "proj/.claude/rules/ts.md": '---\npaths: ["src/**/*.{ts,tsx}"]\n---\ntypes',
    "home/.claude/rules/mine.md": "mine",
  });
  expect(w.start()).toEqual(["home/.claude/rules/mine.md", "proj/.claude/rules/all.md"]);
  expect(w.read("proj/src/a.md")).toEqual([]);
  expect(w.read("proj/src/x/a.tsx")).toEqual(["proj/.claude/rules/ts.md"]);
});

test("imports come before the file that asks for them, four hops at most", () => {
  const files: Record<string, string> = { "proj/CLAUDE.md": "see @d1.md" };
  for (let n = 1; n <= 6; n++) files[`proj/d${n}.md`] = `${n} @d${n + 1}.md`;
  const w = world(files);
  expect(w.start()).toEqual(["proj/d4.md", "proj/d3.md", "proj/d2.md", "proj/d1.md", "proj/CLAUDE.md"]);
  expect(w.instructions.skipped[0]?.reason).toMatch(/more than 4 hops/);
});

test("a project's import may not leave it, not by a link either; the user's may", () => {
  const w = world({
    "secret.txt": "s",
    "proj/CLAUDE.md": "@../secret.txt @link.md",
    "home/.claude/CLAUDE.md": "@../../secret.txt",
  });
  symlinkSync(join(w.root, "secret.txt"), join(w.root, "proj/link.md"));
  expect(w.start()).toEqual(["secret.txt", "home/.claude/CLAUDE.md", "proj/CLAUDE.md"]);
  expect(w.instructions.skipped.map(({ reason }) => reason)).toEqual([
    expect.stringMatching(/needs your approval/),
    expect.stringMatching(/needs your approval/),
  ]);
});

test("an instruction file that is a link to somewhere else stays out; to a sibling it counts", () => {
  const w = world({ "secret.txt": "s", "proj/README.md": "readme" });
  symlinkSync(join(w.root, "secret.txt"), join(w.root, "proj/CLAUDE.md"));
  symlinkSync(join(w.root, "proj/README.md"), join(w.root, "proj/AGENTS.md"));
  expect(w.start()).toEqual(["proj/AGENTS.md"]);
  expect(w.instructions.skipped[0]?.reason).toMatch(/link to .*secret\.txt/);
});

test("a circle ends", () =>
  expect(world({ "proj/CLAUDE.md": "@a.md", "proj/a.md": "x @CLAUDE.md" }).start()).toEqual(["proj/a.md", "proj/CLAUDE.md"]));
test("excluded by glob", () =>
  expect(world({ "CLAUDE.md": "parent", "proj/CLAUDE.md": "p" }, { excludes: ["**/proj/CLAUDE.md"] }).start()).toEqual([
    "CLAUDE.md",
  ]));
test("an untrusted folder's files stay out", () =>
  expect(world({ "proj/CLAUDE.md": "p", "home/.claude/CLAUDE.md": "u" }, { includeProject: false }).start()).toEqual([
    "home/.claude/CLAUDE.md",
  ]));

test("too large is skipped with a reason", () => {
  const w = world({ "proj/CLAUDE.md": "x".repeat((4 << 20) + 1) });
  expect(w.start()).toEqual([]);
  expect(w.instructions.skipped[0]?.reason).toBe("larger than 4 MiB");
});

for (const [text, expected] of [
  ["see @docs/a.md, and @~/b.md.", ["docs/a.md", "~/b.md"]],
  ["mail me@example.com `@not.md` ``a @b.md``", []],
  ["```\n@code.md\n```\n@real.md", ["real.md"]],
  ["@with\\ space.md", ["with space.md"]],
] as const) {
  test(`imports of ${JSON.stringify(text)}`, () => expect(importsOf(text)).toEqual(expected));
}

test("comments go, but not inside a fence", () =>
  expect(withoutComments("a\n<!-- x\ny -->\nb\n```\n<!-- keep -->\n```")).toBe("a\nb\n```\n<!-- keep -->\n```"));

for (const [text, expected] of [
  ["---\na: 1\n---\nbody", { fields: { a: 1 }, body: "body" }],
  ["no frontmatter", { fields: {}, body: "no frontmatter" }],
  ["---\n---\nbody", { fields: {}, body: "body" }],
  ["---\n[1]\n---\nx", { fields: {}, body: "x", problem: expect.stringMatching(/not a list of fields/) as string }],
  ["---\na: [\n---\nx", { fields: {}, body: "x", problem: expect.stringMatching(/not valid YAML/) as string }],
] as const) {
  test(`frontmatter of ${JSON.stringify(text)}`, () => expect(splitFrontmatter(text)).toEqual(expected));
}
