import { execFile } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, onTestFinished, test } from "vitest";

const DIST = fileURLToPath(new URL("../../dist", import.meta.url));

test("a turn leaves its bytecode at home, a question for the version does not; where code came along, nothing is written", async () => {
  const temp = mkdtempSync(join(tmpdir(), "stride-kept-"));
  onTestFinished(() => rmSync(temp, { recursive: true, force: true }));
  const [bare, work, state] = ["dist", "work", "state"].map((name) => join(temp, name)) as [string, string, string];
  cpSync(DIST, bare, { recursive: true, filter: (from) => from !== join(DIST, "code") });
  mkdirSync(work);
  const run = (dist: string, ...args: string[]) =>
    promisify(execFile)(process.execPath, [join(dist, "cli.js"), ...args], {
      cwd: work,
      env: { PATH: process.env["PATH"], HOME: temp, STRIDE_HOME: state },
      timeout: 60_000,
    });
  const kept = join(state, "cache", "code");
  await run(bare, "--version");
  expect(existsSync(kept)).toBe(false);
  expect((await run(bare, "-p", "hello", "--model", "practice/practice")).stdout).toContain("Hello!");
  const [name = "", ...more] = readdirSync(kept);
  expect(more).toEqual([]);
  expect(statSync(join(kept, name)).size).toBeGreaterThan(100_000);
  expect((await run(bare, "-p", "hello", "--model", "practice/practice")).stdout).toContain("Hello!");
  rmSync(state, { recursive: true });
  expect(readdirSync(join(DIST, "code"))).toEqual([name]);
  await run(DIST, "-p", "hello", "--model", "practice/practice");
  expect(existsSync(kept)).toBe(false);
});
