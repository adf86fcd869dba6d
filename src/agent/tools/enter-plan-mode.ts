import * as z from "zod";
import { defineTool } from "./define";

export const enterPlanMode = defineTool({
  name: "EnterPlanMode",
  description:
    "Switch to planning: look and think, change nothing, then show a plan with ExitPlanMode. For large or unclear tasks.",
  input: z.object({}),
  title: () => "Plan first",
  access: () => [{ kind: "none" }],
  effect: () => ({ kind: "opaque" }),
  async run(_, { mode }) {
    if (mode.get() === "plan") return { content: "You are planning already. Show the plan with ExitPlanMode." };
    mode.set("plan");
    return { content: "Planning: read and search, change nothing. When the plan is ready, show it with ExitPlanMode." };
  },
});
