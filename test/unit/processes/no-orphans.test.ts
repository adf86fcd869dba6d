import { spawn } from "node:child_process";
import { expect, test } from "vitest";
import { alive, brokerPath, bundle, makeFolder, openProcesses, runCommand, until } from "./processes-fixture";

const mark = (n: number) => `7${n}${Math.floor(Math.random() * 1e6)}.25`;
const parent = await bundle(new URL("orphan-parent.ts", import.meta.url).pathname, "parent.cjs");

/** Real parent, killed without a chance to say good-bye at some point between its first and last spawn. */
async function survivorsAfterKill(afterMs: number, kill: "parent" | "parent and broker"): Promise<number> {
  const text = mark(1);
  const stateDir = await makeFolder();
  const host = spawn(process.execPath, [parent, await brokerPath(), stateDir, text], { stdio: ["ignore", "pipe", "inherit"] });
  await new Promise((resolve) => host.stdout.once("data", resolve));
  await new Promise((resolve) => setTimeout(resolve, afterMs));
  if (kill === "parent and broker") for (const pid of alive(stateDir)) if (pid !== host.pid) killed(pid);
  host.kill("SIGKILL");
  if (kill === "parent and broker") await openAgain(stateDir);
  await until(() => alive(text).length === 0, 15_000);
  return alive(text).length;
}

function killed(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It had ended by itself.
  }
}

async function openAgain(stateDir: string): Promise<void> {
  expect(await runCommand(await openProcesses({ stateDir }), "echo new")).toMatchObject({ head: "new\n" });
}

for (const afterMs of [0, 5, 15, 30, 50, 80, 120, 170, 230, 400])
  test(`host killed after ${afterMs} ms: nothing survives`, async () =>
    expect(await survivorsAfterKill(afterMs, "parent")).toBe(0));

test("host and broker killed together: the next start cleans up", async () =>
  expect(await survivorsAfterKill(400, "parent and broker")).toBe(0));

test("broker killed in mid-command: the outcome says so, what it ran is ended, the next command runs", async () => {
  const text = mark(2);
  const processes = await openProcesses();
  const running = runCommand(processes, `echo begun; sleep ${text}`);
  await until(() => alive(text).length > 0, 15_000);
  process.kill(processes.brokerPid() as number, "SIGKILL");
  expect(await running).toMatchObject({
    state: "killed",
    problem: expect.stringMatching(/^killed: the process that runs commands ended/) as never,
  });
  expect(await until(() => alive(text).length === 0, 15_000)).toBe(true);
  expect(await runCommand(processes, "echo again")).toMatchObject({ head: "again\n" });
});

test("a broker that cannot live: clear failures, no endless restarts", async () => {
  const processes = await openProcesses({ brokerPath: "/no/such/broker.js" });
  const outcomes = [];
  for (let at = 0; at < 8; at++) outcomes.push(await runCommand(processes, "true"));
  expect(outcomes.map(({ state }) => state)).not.toContain("exited");
  expect(outcomes.at(-1)?.problem).toMatch(/ended several times in a row/);
});

test("shutdown ends everything within its cap", async () => {
  const text = mark(3);
  const processes = await openProcesses();
  const running = [
    runCommand(processes, `sleep ${text}1`),
    runCommand(processes, `trap '' TERM; sleep ${text}2; sleep ${text}2`),
    runCommand(processes, `setsid nohup sleep ${text}3 & sleep 0.1`),
  ];
  // One that has not begun is refused, not killed.
  expect(await until(() => [1, 2, 3].every((n) => alive(`${text}${n}`).length > 0), 15_000)).toBe(true);
  const from = performance.now();
  await processes.shutdown();
  expect(performance.now() - from).toBeLessThan(3000 + 2000);
  expect(alive(text)).toEqual([]);
  expect((await Promise.all(running.slice(0, 2))).map(({ state }) => state)).toEqual(["killed", "killed"]);
  expect(await runCommand(processes, "true")).toMatchObject({
    state: "failed",
    problem: expect.stringContaining("shutting down") as never,
  });
});

test("shutdown while the broker is still starting: who asked is told at once, and nothing starts any more", async () => {
  const text = mark(4);
  const processes = await openProcesses();
  const options = { cwd: "/", signal: new AbortController().signal, onStdout: () => {} };
  const running = processes.programs.run("sleep", [text], options);
  const from = performance.now();
  await processes.shutdown();
  expect(await running).toMatchObject({ exitCode: null, problem: expect.stringContaining("shut down") as string });
  expect(performance.now() - from).toBeLessThan(2500); // not the cap of three seconds
  expect(processes.brokerPid()).toBeUndefined();
  expect(await until(() => alive(processes.stateDir).length + alive(text).length === 0, 15_000)).toBe(true);
});
