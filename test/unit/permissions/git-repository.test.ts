import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { decide } from "../../../src/agent/permissions/decide";
import { configProblem, parseGitConfig } from "../../../src/agent/permissions/shell/git-config";
import { readOnlyGitEnvironment } from "../../../src/agent/permissions/shell/git-repository";
import { diskProbe } from "../../../src/headless/path-probe";

let root = "";
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "stride-git-"));
  const git = (...args: string[]) => execFileSync("git", args, { cwd: root, stdio: "pipe" });
  git("init", "-q");
  git("config", "user.email", "a@b.c");
  git("config", "user.name", "a");
  writeFileSync(join(root, "a.txt"), "one\n");
  git("add", "-A");
  git("commit", "-qm", "one");
  writeFileSync(join(root, "a.txt"), "two\n");
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const verdict = (command: string): string =>
  decide(
    { tool: "Bash", input: { command }, access: [{ kind: "command", shell: "bash", command, cwd: root }] },
    {
      cwd: root,
      roots: [root],
      home: "/home/u",
      mode: "default",
      trusted: true,
      probe: diskProbe(),
      rules: { allow: [], ask: [], deny: [] },
    },
  ).verdict;

test("a plain repository on disk is clean", () => {
  expect(["git status", "git diff", "git log -p", "git branch"].map(verdict)).toEqual(["allow", "allow", "allow", "allow"]);
});

test.each([
  ["core.fsmonitor", "./x.sh"],
  ["core.hooksPath", "./hooks"],
  ["core.pager", "./x.sh"],
  ["diff.external", "./x.sh"],
  ["diff.x.textconv", "./x.sh"],
  ["filter.x.clean", "./x.sh"],
  ["alias.status", "!./x.sh"],
  ["include.path", "../evil"],
  ["includeIf.gitdir:/.path", "../evil"],
  ["gpg.program", "./x.sh"],
  ["remote.origin.vcs", "ext"],
  ["something.new", "x"],
])("%s in the repository asks", (key, value) => {
  execFileSync("git", ["config", key, value], { cwd: root });
  expect(verdict("git status")).toBe("ask");
});

test("a nested repository that is a submodule is scanned too", () => {
  mkdirSync(join(root, "sub"));
  execFileSync("git", ["init", "-q"], { cwd: join(root, "sub") });
  writeFileSync(join(root, ".gitmodules"), '[submodule "sub"]\n\tpath = sub\n\turl = https://example.com/x\n');
  expect(verdict("git status")).toBe("allow");
  execFileSync("git", ["config", "core.fsmonitor", "./x.sh"], { cwd: join(root, "sub") });
  expect(verdict("git status")).toBe("ask");
});

test("the environment of allowed git commands stops programs of the repository for real", () => {
  const mark = join(root, "ran");
  writeFileSync(join(root, "x.sh"), `#!/bin/sh\ntouch '${mark}'\n`, { mode: 0o755 });
  const hooks = join(root, "hooks");
  mkdirSync(hooks);
  writeFileSync(join(hooks, "post-index-change"), `#!/bin/sh\ntouch '${mark}'\n`, { mode: 0o755 });
  for (const [key, value] of [
    ["core.fsmonitor", "./x.sh"],
    ["core.hooksPath", "hooks"],
    ["core.pager", "./x.sh"],
  ] as const) {
    execFileSync("git", ["config", key, value], { cwd: root });
  }
  const env = { PATH: process.env["PATH"], HOME: root };
  execFileSync("git", ["status"], { cwd: root, env, stdio: "pipe" });
  expect(existsSync(mark)).toBe(true);
  rmSync(mark);
  for (const args of [["status"], ["diff"], ["log", "-p"], ["show"]])
    execFileSync("git", args, { cwd: root, env: { ...env, ...readOnlyGitEnvironment() }, stdio: "pipe" });
  expect(existsSync(mark)).toBe(false);
});

test("configuration is read as git reads it, or not at all", () => {
  expect(parseGitConfig('[core]\n\tpager = "a\\"b" ; c\n')).toEqual([{ section: "core", key: "pager", value: 'a"b' }]);
  expect(parseGitConfig('[remote "o"] url = x')).toEqual([{ section: "remote", subsection: "o", key: "url", value: "x" }]);
  expect(parseGitConfig("[core\npager=x")).toBeNull();
  expect(parseGitConfig("pager = x")).toBeNull();
  expect(configProblem({ section: "core", key: "filemode", value: "true" })).toBeUndefined();
  expect(configProblem({ section: "core", key: "sshcommand", value: "x" })).toContain("core.sshcommand");
});
