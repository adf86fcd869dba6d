import * as z from "zod";
import { defineTool } from "./define";

const maxChars = 20_000;

export const debugState = defineTool({
  name: "DebugState",
  description: "Where the user's debugger stands: stack, variables, breakpoints.",
  deferred: true,
  input: z.object({}),
  title: () => "Look at the debugger",
  access: () => [{ kind: "none" }],
  effect: () => ({ kind: "read" }),
  async run(_, { host }) {
    const state = await host.debugState();
    return { content: state?.slice(0, maxChars) ?? "No program is being debugged." };
  },
});
