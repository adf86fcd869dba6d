import { expect, test } from "vitest";
import { runTask } from "../../../src/agent/tools/run-task";
import { runTests } from "../../../src/agent/tools/run-tests";
import type { HostApi, TestsRun } from "../../../src/shared/protocol/host";
import { toolPorts } from "./tool-ports";

const none = { passed: 0, failed: 0, skipped: 0, failures: [] };
const asked: string[] = [];

async function check(
  input: object,
  explorer: TestsRun | null | undefined,
  expected: string | RegExp,
  isError: boolean,
): Promise<void> {
  asked.length = 0;
  const host: Partial<HostApi> = {
    tasks: async () => [{ name: "npm: test" }, { name: "npm: build" }],
    runTask: async (name) => {
      asked.push(name);
      return { exitCode: 0 };
    },
    ...(explorer !== undefined && {
      runTests: async (paths) => {
        asked.push(...paths);
        return explorer;
      },
    }),
  };
  const context = { call: "c", signal: new AbortController().signal, progress: () => {} };
  const { content, isError: failed = false } = await runTests.run(
    runTests.input.parse(input),
    toolPorts("/w", { host }),
    context,
  );
  if (typeof expected === "string") expect(content).toBe(expected);
  else expect(content).toMatch(expected);
  expect(failed).toBe(isError);
}

test("the test explorer stands before the task, with what failed and why", async () => {
  await check({}, { ...none, passed: 3, skipped: 1 }, "3 passed, 0 failed, 1 skipped.", false);
  expect(asked).toEqual([]);
  const failures = [{ name: "adds", path: "/w/a.ts", line: 5 }, { name: "subtracts" }];
  const run = { ...none, failed: 2, failures, details: "expected 1 to be 2" };
  const said = "0 passed, 2 failed, 0 skipped.\n- adds (/w/a.ts:5)\n- subtracts\nexpected 1 to be 2";
  await check({ files: ["a.ts", "/w/b"] }, run, said, true);
  expect(asked).toEqual(["/w/a.ts", "/w/b"]);
  const many = Array.from({ length: 60 }, (_, at) => ({ name: `t${at}` }));
  await check({}, { ...none, failed: 60, failures: many }, /- t49\n\(10 more\)$/, true);
  const problem = { kind: "still_running", message: "They still run.", next: "Look." };
  await check({}, { ...none, problem }, "They still run. Look.", true);
});

test("without tests in the explorer, or an editor, the task runs; single files need the explorer", async () => {
  for (const explorer of [null, undefined]) {
    await check({}, explorer, /^npm: test: done, exit code 0/, false);
    expect(asked).toEqual(["npm: test"]);
    await check({ files: ["a.ts"] }, explorer, /knows no tests there/, true);
    expect(asked).not.toContain("npm: test");
  }
  await check({ task: "npm: test" }, { ...none, passed: 1 }, /^npm: test: done/, false);
});

test("a stop ends the wait for tests and tasks, which go on in the editor", async () => {
  const never = (): Promise<never> => new Promise(() => {});
  const tasks = async (): Promise<{ name: string }[]> => [{ name: "npm: test" }];
  for (const [tool, host, input] of [
    [runTests, { runTests: never }, {}],
    [runTests, { tasks, runTask: never }, {}],
    [runTests, { tasks, runTask: never }, { task: "npm: test" }],
    [runTask, { tasks, runTask: never }, { name: "npm: test" }],
  ] as const) {
    const stop = new AbortController();
    const context = { call: "c", signal: stop.signal, progress: () => {} };
    const running = tool.run(tool.input.parse(input) as never, toolPorts("/w", { host }), context);
    setTimeout(() => stop.abort(), 5);
    await expect(running).rejects.toThrow(/abort/i);
  }
});
