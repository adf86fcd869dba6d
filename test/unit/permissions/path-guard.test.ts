import { expect, test } from "vitest";
import { checkPathText } from "../../../src/agent/permissions/paths/check-path-text";
import { protectedName } from "../../../src/agent/permissions/paths/protected-names";
import { sensitiveName } from "../../../src/agent/permissions/paths/sensitive-names";
import { compareTargets, snapshotTargets } from "../../../src/agent/permissions/paths/use-check";
import { virtualProbe } from "../../../src/agent/permissions/virtual-probe";
import { call, edit, read, type Situation } from "./support";

const all: Situation = { allow: ["Edit(**)"] };
const windows: Situation = { platform: "win32", cwd: "C:\\proj", roots: ["C:\\proj"], base: "C:\\proj", ...all };

test.each([
  ["src/a.ts", "allow"],
  ["new/deep/a.ts", "allow"],
  ["../x", "ask"],
  ["/etc/passwd", "ask"],
  ["/proj-evil/a", "ask"],
  ["~/x", "ask"],
  ["", "deny"],
  ["a\0b", "deny"],
  ["\ud800", "deny"],
  [`${"a".repeat(256)}`, "deny"],
  ["a\u202eb", "ask"],
  ["a\rb", "ask"],
  ["/dev/null", "deny"],
  ["/dev/sda", "deny"],
  ["/proc/self/fd/3", "deny"],
  ["/home/u/.stride/settings.json", "deny"],
  ["/home/u/.STRIDE/trust.json", "deny"],
])("writing %j: %s", (path, verdict) => expect(edit(path, all).verdict).toBe(verdict));

test.each([
  ["src\\a.ts", "allow"],
  ["c:/PROJ/src/a.ts", "allow"],
  ["C:\\proj-evil\\a", "ask"],
  ["\\\\host\\share", "deny"],
  ["//host/share", "deny"],
  ["\\\\?\\C:\\proj\\a", "deny"],
  ["\\\\.\\pipe\\x", "deny"],
  ["src\\con.txt", "deny"],
  ["src\\COM1", "deny"],
  ["a.ts:x", "ask"],
  ["a.ts::$DATA", "deny"],
  ["PROGRA~1\\a", "ask"],
  [".git.\\config", "ask"],
  [".git\\\\config", "ask"],
  ["D:a", "ask"],
])("Windows %j: %s", (path, verdict) => expect(edit(path, windows).verdict).toBe(verdict));

test.each([
  ".git/config",
  ".Git/HOOKS/x",
  "a/.vscode/tasks.json",
  ".g\u200cit/config",
  "．git/config",
  ".git. /config",
  "git~1/config",
  "CLAUDE.md",
  "agents.MD",
  "x.code-workspace",
  ".github/workflows/ci.yml",
  ".mcp.json",
  ".claude/settings.json",
  ".cursor/rules",
  ".bashrc",
  ".npmrc",
  ".yarnrc.yml",
  "rust-toolchain",
  ".config/git/config",
  ".envrc",
  ".husky/_/husky.sh",
  ".devcontainer.json",
  "lefthook.yml",
])("protected: %s", (path) => {
  expect(protectedName(`/${path}`)).toBeDefined();
  expect(edit(path, all).verdict).toBe("ask");
});

test.each([
  ".gitignore",
  "docs/.vscode-notes.md",
  "git/config",
  "src/agents.ts",
  ".editorconfig",
  "github/workflows/x.yml",
  ".claude/worktrees/a/src/x.ts",
  "src/claude.ts",
])("ordinary: %s", (path) => {
  expect(edit(path, all).verdict).toBe("allow");
});

test.each([
  ".env",
  ".ENV.local",
  "a/.env.production",
  "id_rsa",
  "server.key",
  "cert.PEM",
  ".netrc",
  ".aws/credentials",
  "config/credentials.json",
  ".git-credentials",
  "prod.env",
])("secret: %s", (path) => {
  expect(sensitiveName(`/${path}`)).toBeDefined();
  expect(read(path).verdict).toBe("ask");
  expect(read(path).targets?.[0]?.sensitive).toBe(true);
});

test.each([".env.example", "id_rsa.pub", "env.ts", "src/secret.ts", "keys.md", "environment.d.ts"])("no secret: %s", (path) =>
  expect(read(path).verdict).toBe("allow"),
);

test("a name is lifted only by a rule that spells it out", () => {
  expect(edit(".npmrc", { allow: ["Edit(.npmrc)"] }).verdict).toBe("allow");
  expect(edit(".npmrc", { allow: ["Edit(.npm*)"] }).verdict).toBe("ask");
  expect(read(".env", { allow: ["Read(.env)"] }).verdict).toBe("allow");
  expect(read(".env", { allow: ["Read(**)"] }).verdict).toBe("ask");
});

test("the prompt knows where a link leads", () => {
  const decision = edit("notes.txt", { ...all, setup: [{ symlink: "/proj/notes.txt", to: "/home/u/.zshrc" }] });
  expect(decision.verdict).toBe("ask");
  expect(decision.targets?.[0]).toMatchObject({
    path: "/proj/notes.txt",
    resolved: "/home/u/.zshrc",
    symlink: true,
    outside: true,
    protected: true,
  });
});

test("missing names below a link that leads outside", () => {
  expect(edit("ld/a/b.ts", { ...all, setup: [{ symlink: "/proj/ld", to: "/out" }] }).verdict).toBe("ask");
});

test("a link loop is refused, a pipe is not opened", () => {
  expect(read("loop", { setup: [{ symlink: "/proj/loop", to: "loop" }] }).verdict).toBe("deny");
  const probe = {
    ...virtualProbe("/proj", []),
    lstat: (path: string) => ({ kind: path === "/proj/pipe" ? ("other" as const) : ("directory" as const) }),
  };
  expect(read("pipe", { probe } as Situation).verdict).toBe("deny");
});

test("several accesses: the strongest answer counts", () => {
  const paths = (...list: string[]) =>
    call(
      "MultiEdit",
      list.map((path) => ({ kind: "write" as const, path })),
      all,
    ).verdict;
  expect(paths("a", "b")).toBe("allow");
  expect(paths("a", ".git/config")).toBe("ask");
  expect(paths(".git/config", "a\0")).toBe("deny");
});

test("what was judged must still be there when it is used", () => {
  const before = virtualProbe("/proj", [{ file: "/proj/a", text: "x" }]);
  const snapshot = snapshotTargets([{ path: "/proj/a", resolved: "/proj/a", op: "write" }], before);
  expect(compareTargets(snapshot, before)).toBe("same");
  expect(compareTargets(snapshot, virtualProbe("/proj", [{ file: "/proj/a", text: "y" }]))).toBe("changed");
  expect(compareTargets(snapshot, virtualProbe("/proj", [{ symlink: "/proj/a", to: "/etc/passwd" }]))).toBe("moved");
  expect(compareTargets(snapshot, virtualProbe("/proj", []))).toBe("moved");
});

test("text checks name their reason", () => {
  expect(checkPathText("a\0", "linux")?.reason).toContain("NUL");
  expect(checkPathText("src/a.ts", "win32")).toBeNull();
});
