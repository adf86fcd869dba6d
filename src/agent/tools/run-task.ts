import * as z from "zod";
import { defineTool, failed } from "./define";
import { taskCommand, taskResult } from "./task-result";
import { untilStopped } from "./until-stopped";

export const runTask = defineTool({
  name: "RunTask",
  description: "Run a task of the workspace (tasks.json, npm scripts, …) in the editor. Without name: list them.",
  deferred: true,
  input: z.object({ name: z.string().optional() }),
  title: ({ name }) => (name === undefined ? "List tasks" : `Run task ${name}`),
  access: ({ name }, at) => (name === undefined ? [{ kind: "none" }] : [taskCommand(name, at)]),
  effect: ({ name }) => (name === undefined ? { kind: "read" } : { kind: "opaque" }),
  async run({ name }, { host }, { signal }) {
    const tasks = await host.tasks();
    const list = tasks
      .slice(0, 100)
      .map((task) => `- ${task.name}${task.group ? ` (${task.group})` : ""}`)
      .join("\n");
    if (name === undefined) return { content: list || "The workspace has no tasks. Use Bash." };
    if (!tasks.some((task) => task.name === name))
      return failed(`There is no task "${name}". ${list ? `Tasks:\n${list}` : "The workspace has none; use Bash."}`);
    return taskResult(name, await untilStopped(host.runTask(name), signal));
  },
});
