import { readFileSync, statSync } from "node:fs";
import { expect, test } from "vitest";
import { openProcesses, runCommand } from "./processes-fixture";

const MB = 1024 * 1024;
const processes = await openProcesses();
await runCommand(processes, "true");

const rssOf = (pid: number) => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) * 1024;

async function flood(command: string): Promise<void> {
  const broker = processes.brokerPid() as number;
  const before = rssOf(broker) + process.memoryUsage().rss;
  let highest = 0;
  const timer = setInterval(() => (highest = Math.max(highest, rssOf(broker) + process.memoryUsage().rss)), 50);
  const outcome = await runCommand(processes, command, { onOutput: () => {} });
  clearInterval(timer);
  expect(outcome).toMatchObject({ state: "exited", exitCode: 0, totalBytes: 1024 * MB });
  expect(outcome.head.length + outcome.tail.length).toBeLessThanOrEqual(30_000);
  expect(outcome.omittedBytes).toBeGreaterThan(900 * MB);
  expect(highest - before).toBeLessThan(64 * MB);
  const log = statSync(outcome.outputPath);
  expect(log.size).toBeLessThanOrEqual(100 * MB);
  expect(log.size).toBeGreaterThan(99 * MB);
  expect(log.mode & 0o777).toBe(0o600);
}

test("1 GB of lines", () => flood("yes 'a line of output' | head -c 1G"));
test("1 GB without a line end", () => flood("head -c 1G /dev/zero | tr '\\0' x"));
test("1 GB of binary", () => flood("head -c 1G /dev/zero"));

test("first and last lines are exact", async () => {
  const outcome = await runCommand(processes, "seq 2000000");
  expect(outcome.head.startsWith("1\n2\n3\n")).toBe(true);
  expect(outcome.tail.endsWith("1999999\n2000000\n")).toBe(true);
  expect(outcome.omittedBytes + Buffer.byteLength(outcome.head + outcome.tail)).toBe(outcome.totalBytes);
  expect(statSync(outcome.outputPath).size).toBe(outcome.totalBytes);
});

test("a flood is stopped while it goes on", async () => {
  const abort = new AbortController();
  const running = runCommand(processes, "yes", { signal: abort.signal, onOutput: () => {} });
  await new Promise((resolve) => setTimeout(resolve, 300));
  const from = performance.now();
  abort.abort();
  expect((await running).state).toBe("killed");
  expect(performance.now() - from).toBeLessThan(6000);
});
