import * as z from "zod";
import { defineTool, failed } from "./define";
import { taskCommand, taskResult } from "./task-result";

export const runTests = defineTool({
  name: "RunTests",
  description: "Run the workspace's test task in the editor.",
  deferred: true,
  input: z.object({ task: z.string().optional().describe("When there are several") }),
  title: ({ task }) => `Run tests${task ? ` (${task})` : ""}`,
  access: ({ task }, at) => [taskCommand(task ?? "test", at)],
  effect: () => ({ kind: "opaque" }),
  async run({ task }, { host }) {
    const tests = (await host.tasks()).filter(({ group, name }) => group === "test" || /(^|[\s:])test$/i.test(name));
    const chosen = task === undefined ? (tests.length === 1 ? tests[0] : undefined) : tests.find(({ name }) => name === task);
    if (chosen) return taskResult(chosen.name, await host.runTask(chosen.name));
    if (!tests.length) return failed("The workspace has no test task. Run the project's tests with Bash.");
    return failed(
      `Say which task: ${tests
        .map(({ name }) => name)
        .slice(0, 50)
        .join(", ")}.`,
    );
  },
});
