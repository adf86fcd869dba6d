import * as z from "zod";
import type { TestsRun } from "../../shared/protocol/host";
import { absolutePath, shortPath } from "./absolute-path";
import { defineTool, failed, type ToolPorts, type ToolResult } from "./define";
import { taskCommand, taskResult } from "./task-result";
import { untilStopped } from "./until-stopped";

const maxFailures = 50;
const maxDetails = 20_000;

export const runTests = defineTool({
  name: "RunTests",
  description:
    "Run tests in the editor and read what failed: those of its test explorer (all, or those below files), else the workspace's test task.",
  deferred: true,
  input: z.object({
    files: z.array(z.string().min(1)).max(100).optional().describe("Files or folders; without them all tests"),
    task: z.string().optional().describe("A test task instead, when there are several"),
  }),
  title: ({ task, files }) => `Run tests${task ? ` (${task})` : files?.length ? ` in ${placesText(files)}` : ""}`,
  access: ({ task }, at) => [taskCommand(task ?? "test", at)],
  effect: () => ({ kind: "opaque" }),
  async run({ task, files = [] }, { host, cwd }, { signal }) {
    if (task !== undefined) return runTestTask(host, task, signal);
    const asked = host.runTests?.(files.map((file) => absolutePath(cwd, file)));
    const run = asked && (await untilStopped(asked, signal));
    if (run) return testsResult(run);
    if (files.length > 0)
      return failed("The editor's test explorer knows no tests there. Leave files out for the test task, or use Bash.");
    return runTestTask(host, undefined, signal);
  },
});

const placesText = (files: readonly string[]): string => (files.length === 1 ? shortPath(files[0]!) : `${files.length} places`);

async function runTestTask(host: ToolPorts["host"], task: string | undefined, signal: AbortSignal): Promise<ToolResult> {
  const tests = (await host.tasks()).filter(({ group, name }) => group === "test" || /(^|[\s:])test$/i.test(name));
  const chosen = task === undefined ? (tests.length === 1 ? tests[0] : undefined) : tests.find(({ name }) => name === task);
  if (chosen) return taskResult(chosen.name, await untilStopped(host.runTask(chosen.name), signal));
  if (!tests.length) return failed("The workspace has no test task. Run the project's tests with Bash.");
  const names = tests.slice(0, 50).map(({ name }) => name);
  return failed(`Say which task: ${names.join(", ")}.`);
}

function testsResult({ problem, details, ...run }: TestsRun): ToolResult {
  if (problem) return failed([problem.message, problem.next].filter(Boolean).join(" "));
  const failures = run.failures
    .slice(0, maxFailures)
    .map(({ name, path, line }) => `- ${name}${path ? ` (${path}${line ? `:${line}` : ""})` : ""}`);
  if (run.failures.length > maxFailures) failures.push(`(${run.failures.length - maxFailures} more)`);
  const parts = [`${run.passed} passed, ${run.failed} failed, ${run.skipped} skipped.`, ...failures];
  if (details) parts.push(details.slice(0, maxDetails));
  return run.failed > 0 ? failed(parts.join("\n")) : { content: parts.join("\n") };
}
