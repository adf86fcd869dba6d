import * as z from "zod";
import { defineTool, failed } from "./define";

const answers = { ask: "Yes, ask before changes", edits: "Yes, accept edits", no: "No, keep planning" };

export const exitPlanMode = defineTool({
  name: "ExitPlanMode",
  description: "Show the finished plan (Markdown) and ask the user whether to start. Only in plan mode.",
  input: z.object({ plan: z.string().min(1).max(50_000), planFilePath: z.string().optional() }),
  title: () => "Show the plan",
  access: () => [{ kind: "none" }],
  effect: () => ({ kind: "opaque" }),
  async run({ plan }, { ask, mode }, { signal }) {
    if (mode.get() !== "plan") return failed("You are not in plan mode; go on with the work.");
    const question = `${plan}\n\nStart with this plan?`;
    const answer = await ask([{ question, header: "Plan", options: Object.values(answers).map((label) => ({ label })) }], signal);
    const display = { kind: "text" as const, text: plan };
    const chosen = answer?.[question];
    // Anything that is not a clear yes keeps the mode: words of the user's own are wishes for the plan.
    if (chosen !== answers.ask && chosen !== answers.edits) {
      const wish = chosen && chosen !== answers.no ? ` They said: ${chosen}` : "";
      return {
        content: `${answer ? "The user wants to go on planning." : "Nobody answered, so planning goes on."}${wish} Change nothing yet.`,
        display,
      };
    }
    mode.set(chosen === answers.edits ? "acceptEdits" : "default");
    return { content: "The user agreed to the plan. Start; keep the steps in TodoWrite.", display };
  },
});
