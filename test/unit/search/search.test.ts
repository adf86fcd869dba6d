import { execFileSync } from "node:child_process";
import { mkdirSync, utimesSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { createSearch, grepArguments } from "../../../src/search/create-search";
import { globPlan } from "../../../src/search/glob-pattern";
import { locateRipgrep } from "../../../src/search/locate-ripgrep";
import type { GrepQuery, Search } from "../../../src/shared/ports/search";
import { makeFolder, openProcesses } from "../processes/processes-fixture";

const root = await makeFolder();
const files: Record<string, string> = {
  "a.ts": "one\ntwo needle\nthree\n",
  "src/b.ts": "Needle here\nfoo(\nbar)\n",
  "src/deep/c.js": "const needle = 1;\r\n",
  "src/deep/-x.txt": "--pre=x marks\n",
  ".hidden/d.ts": "needle hidden\n",
  ".git/note": "needle in git\n",
  ".gitignore": "*.log\nout/\n!keep.log\n",
  "trace.log": "needle ignored\n",
  "keep.log": "needle kept\n",
  "out/e.ts": "needle built\n",
  "ümläut/ö.md": "needle ü\n",
};
let age = 1_700_000_000;
for (const [name, text] of Object.entries(files)) {
  const path = join(root, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  utimesSync(path, age, (age += 100));
}
execFileSync("git", ["init", "-q", root]);

const { programs } = await openProcesses();
const engines: [string, Search][] = [
  ["ripgrep", createSearch({ programs })],
  ["walk", createSearch({ programs, rgPath: null })],
  ["rg that is gone", createSearch({ programs, rgPath: "/no/such/rg" })],
];
const never = new AbortController().signal;
const short = (line: string) => line.replace(`${root}/`, "");

for (const [name, search] of engines) {
  const grep = async (query: Partial<GrepQuery>, expected: string[], more = false) => {
    const answer = await search.grep(
      { pattern: "needle", path: root, mode: "content", limit: 100, lineNumbers: true, ...query },
      never,
    );
    const lines = answer.lines.map(short);
    expect(query.mode === "files_with_matches" ? lines : lines.sort()).toEqual(expected);
    expect(answer.more).toBe(more);
  };
  const glob = async (pattern: string, expected: string[], limit = 100, path = root) => {
    const answer = await search.glob({ pattern, path, limit }, never);
    expect(answer.lines.map(short)).toEqual(expected);
    return answer;
  };
  const found = [
    ".hidden/d.ts:1:needle hidden",
    "a.ts:2:two needle",
    "keep.log:1:needle kept",
    "src/deep/c.js:1:const needle = 1;",
    "ümläut/ö.md:1:needle ü",
  ];

  test(`${name}: content, ignored files and .git left out, hidden in`, () => grep({}, found));
  test(`${name}: files, newest first`, () =>
    grep({ mode: "files_with_matches" }, ["ümläut/ö.md", "keep.log", ".hidden/d.ts", "src/deep/c.js", "a.ts"]));
  test(`${name}: page of files`, () =>
    grep({ mode: "files_with_matches", limit: 2, offset: 1 }, ["keep.log", ".hidden/d.ts"], true));
  test(`${name}: count`, () =>
    grep({ mode: "count", path: join(root, "src"), ignoreCase: true }, ["src/b.ts:1", "src/deep/c.js:1"]));
  test(`${name}: context`, () =>
    grep({ path: join(root, "a.ts"), before: 1, after: 1 }, ["a.ts-1-one", "a.ts-3-three", "a.ts:2:two needle"]));
  test(`${name}: no line numbers`, () => grep({ path: join(root, "a.ts"), lineNumbers: false }, ["a.ts:two needle"]));
  test(`${name}: ignore case`, () => grep({ ignoreCase: true, glob: "b.ts" }, ["src/b.ts:1:Needle here"]));
  test(`${name}: over lines`, () => grep({ pattern: "foo.*bar", multiline: true }, ["src/b.ts:2:foo(", "src/b.ts:3:bar)"]));
  test(`${name}: by name`, () => grep({ glob: "*.js" }, ["src/deep/c.js:1:const needle = 1;"]));
  test(`${name}: a name pattern does not bring ignored files back`, () => grep({ glob: "*.log" }, ["keep.log:1:needle kept"]));
  test(`${name}: by path`, () => grep({ glob: "src/**/*.js" }, ["src/deep/c.js:1:const needle = 1;"]));
  test(`${name}: by type`, () => grep({ type: "ts" }, [".hidden/d.ts:1:needle hidden", "a.ts:2:two needle"]));
  test(`${name}: a pattern that looks like an option`, () => grep({ pattern: "--pre=x" }, ["src/deep/-x.txt:1:--pre=x marks"]));
  test(`${name}: nothing`, () => grep({ pattern: "no such text" }, []));
  test(`${name}: a broken pattern says so`, async () => {
    const answer = await search.grep({ pattern: "(", path: root, mode: "content", limit: 5 }, never);
    expect(answer).toMatchObject({ lines: [], problem: expect.stringMatching(/regex|regular expression/) as never });
  });
  test(`${name}: a missing folder says so`, async () => {
    expect((await search.grep({ pattern: "x", path: "/no/such", mode: "content", limit: 5 }, never)).problem).toBe(
      "/no/such does not exist.",
    );
  });
  test(`${name}: glob at any depth, newest first`, () => glob("*.ts", [".hidden/d.ts", "src/b.ts", "a.ts"]));
  test(`${name}: glob with folders`, () => glob("**/*.ts", [".hidden/d.ts", "src/b.ts", "a.ts"]));
  test(`${name}: glob in a folder`, () => glob("src/*.ts", ["src/b.ts"]));
  test(`${name}: glob with choices`, () => glob("src/**/*.{js,txt}", ["src/deep/-x.txt", "src/deep/c.js"]));
  test(`${name}: everything respects ignore files`, () =>
    glob("**/*", [
      "ümläut/ö.md",
      "keep.log",
      ".gitignore",
      ".hidden/d.ts",
      "src/deep/-x.txt",
      "src/deep/c.js",
      "src/b.ts",
      "a.ts",
    ]));
  test(`${name}: glob with an absolute pattern`, () => glob(join(root, "src/**/*.js"), ["src/deep/c.js"], 100, "/tmp"));
  test(`${name}: glob is bounded`, async () => expect((await glob("**/*.ts", [".hidden/d.ts"], 1)).more).toBe(true));
  test(`${name}: aborted`, async () => {
    const answer = await search.grep({ pattern: "needle", path: root, mode: "content", limit: 5 }, AbortSignal.abort());
    expect(answer.lines).toEqual([]);
  });
}

test("the model's words are operands, never options", () => {
  const args = grepArguments({ pattern: "--pre=x", path: "-X", mode: "content", limit: 1, glob: "--no-ignore", type: "--pre=y" });
  expect(args.slice(args.indexOf("--"))).toEqual(["--", "--pre=x", "-X"]);
  expect(args.filter((arg) => arg.startsWith("--pre"))).toEqual(["--pre=x"]);
  expect(args).toContain("--no-config");
});

const checkPlan = (pattern: string, base: string, yes: string[], no: string[]) => {
  const plan = globPlan(pattern, "/w");
  expect(plan.base).toBe(base);
  for (const path of yes) expect(plan.matches(path), path).toBe(true);
  for (const path of no) expect(plan.matches(path), path).toBe(false);
};
test("plans", () => {
  checkPlan("*.ts", "/w", ["/w/a.ts", "/w/x/y/a.ts"], ["/w/a.tsx"]);
  checkPlan("src/**/t?st[0-9].js", "/w/src", ["/w/src/test1.js", "/w/src/a/b/tast2.js"], ["/w/src/teest1.js", "/w/src/testx.js"]);
  checkPlan("../o/*.md", "/o", ["/o/a.md"], ["/o/b/a.md"]);
  checkPlan("/q/**", "/q", ["/q/a", "/q/b/c"], []);
  checkPlan("{a,b}/[!x].c", "/w", ["/w/a/y.c"], ["/w/a/x.c", "/w/c/y.c"]);
  checkPlan("a+b(1).txt", "/w", ["/w/a+b(1).txt"], ["/w/aab1.txt"]);
});

test("ripgrep: setting, editor's new and old place, PATH, none", async () => {
  const place = async (name: string) => {
    const folder = await makeFolder();
    const path = join(folder, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, "#!/bin/sh\n", { mode: 0o755 });
    return { folder, path };
  };
  const fresh = await place("node_modules/@vscode/ripgrep-universal/bin/linux-x64/rg");
  const old = await place("node_modules/@vscode/ripgrep/bin/rg");
  const inPath = await place("rg");
  const at = { platform: "linux" as const, arch: "x64" };
  expect(locateRipgrep({ ...at, setting: inPath.path, appRoot: fresh.folder })).toBe(inPath.path);
  expect(locateRipgrep({ ...at, setting: "/no/rg", appRoot: fresh.folder, path: inPath.folder })).toBe(fresh.path);
  expect(locateRipgrep({ ...at, appRoot: old.folder, path: inPath.folder })).toBe(old.path);
  expect(locateRipgrep({ ...at, path: `.:rel:${inPath.folder}` })).toBe(inPath.path);
  expect(locateRipgrep({ ...at, path: "/no/such" })).toBeNull();
});
