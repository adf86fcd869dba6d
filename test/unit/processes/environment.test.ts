import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { commandEnvironment, isSecret, safePath } from "../../../src/processes/environment";
import { createLoginEnvironment, parseEnvironment } from "../../../src/processes/login-environment";
import { makeFolder, openProcesses, runCommand } from "./processes-fixture";

const secret = [
  "ANTHROPIC_API_KEY",
  "OPENAI_API_KEY",
  "GITHUB_TOKEN",
  "NPM_TOKEN",
  "AWS_SECRET_ACCESS_KEY",
  "AWS_ACCESS_KEY_ID",
  "AWS_SESSION_TOKEN",
  "MY_SECRET_THING",
  "DB_PASSWORD",
  "PGPASSWORD",
  "SOME_PASSPHRASE",
  "lower_api_key",
  "STRIPE_APIKEY",
  "GITLAB_PAT",
  "ANTHROPIC_BASE_URL",
  "NPM_CONFIG__AUTH",
  "X_CREDENTIALS",
];
const open = [
  "PATH",
  "HOME",
  "LANG",
  "HTTP_PROXY",
  "https_proxy",
  "NO_PROXY",
  "SSH_AUTH_SOCK",
  "JAVA_HOME",
  "KEYBOARD",
  "MONKEY",
  "TOKENIZERS_PARALLELISM",
  "XDG_RUNTIME_DIR",
  "AWS_PROFILE",
  "NVM_DIR",
];
for (const name of secret) test(`${name} is a secret`, () => expect(isSecret(name)).toBe(true));
for (const name of open) test(`${name} is none`, () => expect(isSecret(name)).toBe(false));

const traps = {
  BASH_ENV: "/x",
  ENV: "/x",
  PROMPT_COMMAND: "x",
  LD_PRELOAD: "/x.so",
  "BASH_FUNC_ls%%": "() { :; }",
  VSCODE_IPC_HOOK: "/s",
  ELECTRON_RUN_AS_NODE: "1",
  GIT_ASKPASS: "/x",
  NODE_OPTIONS: "--require /x.js",
  CDPATH: "/x",
};
for (const [name, value] of Object.entries(traps))
  test(`${name} is not passed on`, () =>
    expect(commandEnvironment({ [name]: value }, { workspaceRoots: [] })).not.toHaveProperty([name]));

test("opt-out, settings on top, fixed values", () => {
  const source = { PATH: "/usr/bin", MY_TOKEN: "1", OTHER_TOKEN: "2", PAGER: "less", NODE_OPTIONS: "--max-old-space-size=99" };
  expect(commandEnvironment(source, { workspaceRoots: [], keep: ["MY_TOKEN"], extra: { SET_KEY: "3", TERM: "xterm" } })).toEqual({
    PATH: "/usr/bin",
    MY_TOKEN: "1",
    SET_KEY: "3",
    PAGER: "cat",
    GIT_PAGER: "cat",
    GIT_TERMINAL_PROMPT: "0",
    TERM: "xterm",
    NODE_OPTIONS: "--max-old-space-size=99",
  });
});

test("PATH without relative and workspace folders, also by a link", async () => {
  const root = await makeFolder();
  const outside = await makeFolder();
  mkdirSync(join(root, "bin"));
  symlinkSync(join(root, "bin"), join(outside, "link"));
  expect(safePath(`.::bin:${root}:${root}/bin:${outside}/link:/usr/bin:/usr/bin:${outside}:${root}x`, [root])).toBe(
    `/usr/bin:${outside}:${root}x`,
  );
  expect(safePath("", [root])).toBe("/usr/local/bin:/usr/bin:/bin");
});

test("a planted git, an alias and a start-up file are not used", async () => {
  const root = await makeFolder();
  for (const name of ["git", "trap.sh"]) {
    writeFileSync(join(root, name), "#!/bin/sh\necho PLANTED\n");
    chmodSync(join(root, name), 0o755);
  }
  const before = { ...process.env };
  Object.assign(process.env, { PATH: `.:${root}:${process.env.PATH}`, BASH_ENV: join(root, "trap.sh"), SOME_TOKEN: "hidden" });
  try {
    const processes = await openProcesses({ workspaceRoots: [root], environment: { GIVEN: "yes" } });
    const outcome = await runCommand(processes, "git --version; alias; env", { cwd: root });
    expect(outcome.head).toMatch(/^git version/);
    expect(outcome.head).not.toMatch(/PLANTED|SOME_TOKEN|BASH_ENV|ELECTRON/);
    expect(outcome.head).toMatch(/^GIVEN=yes$/m);
    let out = "";
    const options = {
      cwd: root,
      onStdout: (chunk: Uint8Array) => void (out += Buffer.from(chunk).toString()),
      signal: new AbortController().signal,
    };
    expect(await processes.programs.run("git", ["--version"], options)).toEqual({ exitCode: 0, stderr: "" });
    expect(out).toMatch(/^git version/);
  } finally {
    process.env = before;
  }
});

test("variables of the settings are those of the next command", async () => {
  let environment: Record<string, string> = { TEA: "green" };
  const processes = await openProcesses({ environment: () => environment });
  const tea = async (): Promise<string> => (await runCommand(processes, 'echo "tea: $TEA."; env | grep -c ^TEA=')).head;
  expect(await tea()).toBe("tea: green.\n1\n");
  environment = { TEA: "black" };
  expect(await tea()).toBe("tea: black.\n1\n");
  environment = {};
  expect(await tea()).toBe("tea: .\n0\n");
});

test("login environment: noise of start-up files, lines within values", () => {
  expect(parseEnvironment("welcome!\n\0PATH=/a\0MULTI=a\nb=c\0_=/usr/bin/env\0PWD=/\0")).toEqual({ PATH: "/a", MULTI: "a\nb=c" });
});

test("the login shell is asked once; without an answer the own environment serves", async () => {
  let asked = 0;
  const login = createLoginEnvironment(async () => (asked++, "\0PATH=/from/shell\0"), { SHELL: "/bin/bash" });
  expect(await Promise.all([login.get(), login.get()])).toEqual([{ PATH: "/from/shell" }, { PATH: "/from/shell" }]);
  await login.get();
  expect(asked).toBe(1);
  const silent = createLoginEnvironment(async () => null, { PATH: "/own" });
  expect(await silent.get()).toEqual({ PATH: "/own" });
});

test("a real login shell", async () => {
  const processes = await openProcesses({ loginShell: true });
  const outcome = await runCommand(processes, "echo $HOME; command -v ls");
  expect(outcome).toMatchObject({ state: "exited", exitCode: 0, head: expect.stringContaining("/ls") as never });
});
