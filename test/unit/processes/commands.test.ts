import { expect, test } from "vitest";
import type { CommandOutcome } from "../../../src/shared/ports/commands";
import { alive, openProcesses, runCommand, until } from "./processes-fixture";

const processes = await openProcesses({ environment: { GIVEN: "yes" } });

async function check(command: string, expected: Partial<CommandOutcome>, more: Parameters<typeof runCommand>[2] = {}) {
  expect(await runCommand(processes, command, more)).toMatchObject(expected);
}

const unique = () => `${900 + Math.floor(Math.random() * 90)}.${Math.floor(Math.random() * 1e9)}`;

test("prints and ends", () =>
  check("echo hi", { state: "exited", exitCode: 0, signal: null, head: "hi\n", tail: "", omittedBytes: 0, totalBytes: 3 }));
test("exact exit code", () => check("exit 42", { state: "exited", exitCode: 42 }));
test("exact signal", () => check("kill -SEGV $$", { state: "exited", exitCode: null, signal: "SIGSEGV" }));
test("code of a signalled child", () => check("(kill -9 $BASHPID); exit $?", { exitCode: 137 }));
test("both streams in order", () =>
  check("for i in 1 2 3; do echo o$i; echo e$i >&2; done", { head: "o1\ne1\no2\ne2\no3\ne3\n" }));
test("a redirect to the device keeps what was printed", () =>
  check("echo a; echo b > /dev/stderr; echo c > /dev/stdout", { head: "a\nb\nc\n" }));
test("no stdin is end-of-file", () => check("read x; echo $?; cat", { head: "1\n", exitCode: 0 }));
test("stdin when given", () => check("cat; echo end", { head: "given\nend\n" }, { stdin: "given\n" }));
test("a program that does not read its stdin", () => check("true", { exitCode: 0 }, { stdin: "x".repeat(3_000_000) }));
test("no terminal to ask on", () =>
  check("echo q > /dev/tty", { exitCode: 1, head: expect.stringContaining("/dev/tty") as never }));
test("control sequences are gone", () =>
  check(String.raw`printf '\033[31mred\033[0m \033]0;title\007\033]8;;http://x\033\\link\033]8;;\033\\\n'`, {
    head: "red link\n",
  }));
test("missing folder", () =>
  check("true", { state: "failed", problem: "The folder /no/such does not exist." }, { cwd: "/no/such" }));
test("a syntax error is the shell's", () => check("if", { state: "exited", exitCode: 2 }));
test("a shell that is not there", () =>
  check("true", { state: "failed", problem: "The program pwsh was not found." }, { shell: "powershell" }));
test("umlauts over a cut", () =>
  check("printf 'ä%.0s' {1..40000}", {
    totalBytes: 80_000,
    head: "ä".repeat(15_000),
    tail: "ä".repeat(15_000),
    omittedBytes: 20_000,
  }));

test("output arrives while it runs, at most ten times a second", async () => {
  const seen: string[] = [];
  const outcome = await runCommand(processes, "for i in $(seq 100); do echo $i; sleep 0.01; done", {
    onOutput: (text) => seen.push(text),
  });
  expect(seen.join("")).toBe(outcome.head);
  expect(seen.length).toBeGreaterThan(2);
  expect(seen.length).toBeLessThanOrEqual(outcome.ms / 100 + 2);
});

test("after its time it goes on in the background", async () => {
  const mark = unique();
  await check(
    `echo early; sleep ${mark}`,
    { state: "background", head: "early\n", problem: expect.stringContaining("goes on") as never },
    { timeoutMs: 1200, id: "late" },
  );
  expect(processes.commands.list().find(({ id }) => id === "late")).toMatchObject({ state: "running", background: true });
  expect(alive(mark)).not.toEqual([]);
  expect(await processes.commands.kill("late")).toMatchObject({ state: "killed" });
  expect(alive(mark)).toEqual([]);
});

test("background output is polled piece by piece", async () => {
  await check("echo one; sleep 1; echo two; exit 3", { state: "background" }, { background: true, id: "bg" });
  await until(() => processes.commands.list().find(({ id }) => id === "bg")?.state === "exited", 15_000);
  const poll = await processes.commands.poll("bg");
  expect(poll).toMatchObject({ info: { state: "exited", exitCode: 3 }, outcome: { exitCode: 3 } });
  expect(poll?.output).toMatch(/two\n$/);
  expect((await processes.commands.poll("bg"))?.output).toBe("");
  expect(await processes.commands.poll("none")).toBeNull();
});

test("abort ends the whole tree, also when SIGTERM is ignored", async () => {
  const [a, b] = [unique(), unique()];
  const abort = new AbortController();
  const running = runCommand(
    processes,
    `trap '' TERM; (trap '' TERM; sleep ${a}; sleep ${a}) & setsid sleep ${b} & wait; sleep ${a}`,
    { signal: abort.signal },
  );
  expect(await until(() => alive(a).length > 0 && alive(b).length > 0, 15_000)).toBe(true);
  const from = performance.now();
  abort.abort();
  expect(await running).toMatchObject({ state: "killed" });
  expect(await until(() => alive(a).length + alive(b).length === 0, 5000)).toBe(true);
  expect(performance.now() - from).toBeLessThan(10_000);
});

test("already aborted: nothing starts", () => check("true", { state: "killed" }, { signal: AbortSignal.abort() }));

test("what daemonises does not hold the result, is named, and can be ended", async () => {
  const mark = unique();
  const outcome = await runCommand(
    processes,
    `sleep ${mark} & setsid nohup sleep ${mark} & env -i setsid sleep ${mark} & sleep 0.4; echo done`,
    { id: "daemon" },
  );
  expect(outcome).toMatchObject({
    state: "exited",
    exitCode: 0,
    head: "done\n",
    problem: expect.stringContaining("sleep") as never,
  });
  expect(outcome.ms).toBeLessThan(10_000);
  expect(alive(mark).length).toBe(3);
  await processes.commands.kill("daemon");
  expect(await until(() => alive(mark).length === 0, 15_000)).toBe(true);
});

test("a read from a terminal of its own is noticed", async () => {
  const script = `script -qc 'read answer' /dev/null < <(sleep 30)`;
  await check(
    script,
    { state: "background", problem: expect.stringContaining("waits for input from a terminal") as never },
    { timeoutMs: 700, id: "tty" },
  );
  await processes.commands.kill("tty");
});
