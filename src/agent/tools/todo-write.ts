import * as z from "zod";
import type { Todo } from "../../shared/protocol/agent";
import { defineTool } from "./define";

export const todoWrite = defineTool({
  name: "TodoWrite",
  description: "Replace the to-do list the user sees. Use it for work of three or more steps; keep exactly one item in_progress.",
  input: z.object({
    todos: z
      .array(
        z.strictObject({
          content: z.string().min(1).max(500),
          activeForm: z.string().max(500).optional().describe("While it is being done"),
          status: z.enum(["pending", "in_progress", "completed"]),
        }),
      )
      .max(100),
  }),
  title: ({ todos }) => `To-do list: ${todos.filter((todo) => todo.status === "completed").length} of ${todos.length} done`,
  access: () => [{ kind: "none" }],
  effect: () => ({ kind: "opaque" }),
  async run({ todos }, ports) {
    const list: Todo[] = todos.map(({ content, activeForm, status }) => ({
      content,
      status,
      ...(activeForm !== undefined && { activeForm }),
    }));
    ports.todos.set(list);
    const open = list.filter((todo) => todo.status !== "completed").length;
    return { content: `The list is kept: ${open} open, ${list.length - open} done.`, display: { kind: "todos", todos: list } };
  },
});
