import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, test, vi } from "vitest";
import { alive, brokerPath, bundle, makeFolder, openProcesses, runCommand, until } from "./processes-fixture";

vi.setConfig({ testTimeout: 30_000 });

const unique = (): string => `8${Math.floor(Math.random() * 1e7)}.5`;
const gone = (text: string): Promise<boolean> => until(() => alive(text).length === 0, 15_000);
const running = (text: string): Promise<boolean> => until(() => alive(text).length > 0, 10_000);

/** Its environment cleared, its session left, its parent gone: out between two looks at what runs, which are half a second apart by then. */
const escape = (mark: string, output = ""): string => `sleep 1.2; (env -i setsid sleep ${hidden(mark)} ${output} &); sleep 0.15`;
const silent = (mark: string): string => escape(mark, "</dev/null >/dev/null 2>&1");
/** So that the shell's own line is not taken for it. */
const hidden = (mark: string): string => mark.replace(".", "''.");
const settle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 100));

test("who still holds the command's pipe is named at its end and can be ended", async () => {
  const processes = await openProcesses();
  const mark = unique();
  const outcome = await runCommand(processes, `${escape(mark)}; exit 0`, { id: "early" });
  expect(outcome).toMatchObject({ exitCode: 0, problem: expect.stringMatching(/goes on .*sleep/) as never });
  expect(alive(mark).length).toBe(1);
  await processes.commands.kill("early");
  expect(await gone(mark)).toBe(true);
});

test("who let go of everything is ended with its command", async () => {
  const processes = await openProcesses();
  const mark = unique();
  const stop = new AbortController();
  const outcome = runCommand(processes, `${silent(mark)}; sleep 20`, { signal: stop.signal });
  expect(await running(mark)).toBe(true);
  await settle();
  stop.abort();
  expect(await outcome).toMatchObject({ state: "killed" });
  expect(await gone(mark)).toBe(true);
});

test("other commands are left alone, and the end of all is the end of every stray", async () => {
  const processes = await openProcesses();
  const [stray, other] = [unique(), unique()];
  const stop = new AbortController();
  const stopped = runCommand(processes, `${silent(stray)}; sleep 20`, { signal: stop.signal });
  void runCommand(processes, `sleep ${hidden(other)}`);
  expect((await running(stray)) && (await running(other))).toBe(true);
  await settle();
  stop.abort();
  await stopped;
  expect(alive(other).length).toBeGreaterThan(0);
  await processes.shutdown();
  expect([...alive(stray), ...alive(other)]).toEqual([]);
});

test("after its command ended and the broker was killed, the next start ends it", async () => {
  const stateDir = await makeFolder();
  const processes = await openProcesses({ stateDir });
  const mark = unique();
  expect(await runCommand(processes, `${silent(mark)}; exit 0`)).toMatchObject({ exitCode: 0 });
  expect(await running(mark)).toBe(true);
  process.kill(processes.brokerPid() as number, "SIGKILL");
  await until(() => processes.brokerPid() === undefined, 15_000);
  expect(await runCommand(processes, "echo again")).toMatchObject({ head: "again\n" });
  expect(await gone(mark)).toBe(true);
});

test("what is started while another command is being ended goes on", async () => {
  const processes = await openProcesses();
  const stop = new AbortController();
  const mark = unique();
  const stopped = runCommand(processes, `trap '' TERM; sleep ${mark}; sleep ${mark}`, { signal: stop.signal });
  expect(await running(mark)).toBe(true);
  await settle();
  stop.abort();
  await settle();
  const next = runCommand(processes, "setsid nohup sleep 1.5 & for i in 1 2 3 4 5 6; do sleep 0.2; done; wait; echo whole");
  expect(await stopped).toMatchObject({ state: "killed" });
  expect(await next).toMatchObject({ exitCode: 0, head: "whole\n" });
});

test("where the system keeps the birth mark from being set, nobody is ended for having the same limit", async () => {
  const bystander = await bundle(new URL("bystander.ts", import.meta.url).pathname, "bystander.mjs", "esm");
  const limited = ["-c", 'ulimit -x 1000 && exec "$0" "$@"', process.execPath, bystander, await brokerPath(), await makeFolder()];
  expect((await promisify(execFile)("bash", limited)).stdout).toBe("lives");
});
