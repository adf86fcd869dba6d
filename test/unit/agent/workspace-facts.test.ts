import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { workspaceFacts } from "../../../src/agent/workspace-facts";
import { createFiles } from "../../../src/files/create-files";
import { headlessHost } from "../../../src/headless/host-api";
import { diskProbe } from "../../../src/headless/path-probe";
import type { Programs } from "../../../src/shared/ports/commands";
import { contextOf } from "../permissions/support";
import { openProcesses } from "../processes/processes-fixture";

function folder(): string {
  const dir = mkdtempSync(join(tmpdir(), "stride-facts-"));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  const cwd = join(dir, "proj");
  mkdirSync(join(cwd, "sub"), { recursive: true });
  writeFileSync(join(cwd, "a.txt"), "one\n");
  return cwd;
}

async function factsOf(cwd: string, trusted = true): Promise<{ texts: string[]; started: string[] }> {
  const { programs } = await openProcesses();
  const started: string[] = [];
  const watched: Programs = {
    run: (program, args, options) => {
      started.push([program, ...args].slice(0, 2).join(" "));
      return programs.run(program, args, options);
    },
  };
  const context = { ...contextOf({ cwd, roots: [cwd], trusted }), probe: diskProbe() };
  const texts = await Promise.all(
    workspaceFacts({
      cwd,
      files: createFiles({ host: headlessHost(() => null) }),
      programs: watched,
      judgedBy: () => context,
      environment: {},
    }),
  );
  return { texts: texts.filter((text) => text !== null), started };
}

const git = (cwd: string, ...args: string[]): void => void execFileSync("git", args, { cwd, stdio: "ignore" });

test("in a repository: its branch, what changed and the latest commits", async () => {
  const cwd = folder();
  git(cwd, "init", "-q", "-b", "trunk");
  git(cwd, "add", "a.txt");
  git(cwd, "-c", "user.name=n", "-c", "user.email=e@e", "commit", "-qm", "first words");
  writeFileSync(join(cwd, "b.txt"), "two\n");
  const { texts, started } = await factsOf(cwd);
  expect(texts.join("\n")).toMatch(/branch trunk\nChanged files \(1\):\n\?\? b\.txt\nLatest commits:\n[0-9a-f]+ first words/);
  expect(started).toEqual(["git status", "git log"]);
  const below = await factsOf(join(cwd, "sub"));
  expect(below.texts.join("\n")).toContain("Changed files (1, named from the repository's top folder):\n?? b.txt");
});

test("without a repository the folder is listed and no program is started", async () => {
  const { texts, started } = await factsOf(folder());
  expect(texts).toEqual(["The folder proj/:\nsub/\na.txt"]);
  expect(started).toEqual([]);
});

test("in a folder nobody trusts no program is started", async () => {
  const cwd = folder();
  git(cwd, "init", "-q");
  const { started } = await factsOf(cwd, false);
  expect(started).toEqual([]);
});
