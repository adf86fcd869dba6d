import * as z from "zod";
import type { Question } from "../../shared/protocol/agent";
import { defineTool, failed } from "./define";

export const askUserQuestion = defineTool({
  name: "AskUserQuestion",
  description:
    "Ask the user when you cannot decide yourself and a wrong guess would cost. They can always answer in their own words.",
  input: z.object({
    questions: z
      .array(
        z.strictObject({
          question: z.string().min(1).max(2000),
          header: z.string().min(1).max(40).describe("One or two words"),
          multiSelect: z.boolean().optional(),
          options: z
            .array(z.strictObject({ label: z.string().min(1).max(200), description: z.string().max(1000).optional() }))
            .min(2)
            .max(4),
        }),
      )
      .min(1)
      .max(4),
  }),
  title: ({ questions }) => questions[0]?.question ?? "Ask",
  access: () => [{ kind: "none" }],
  effect: () => ({ kind: "opaque" }),
  async run({ questions }, ports, { signal }) {
    const asked: Question[] = questions.map(({ question, header, multiSelect, options }) => ({
      question,
      header,
      ...(multiSelect !== undefined && { multiSelect }),
      options: options.map(({ label, description }) => ({ label, ...(description !== undefined && { description }) })),
    }));
    const answers = await ports.ask(asked, signal);
    if (!answers) return failed("Nobody answered. Decide yourself, choose what is easy to undo, and say what you assumed.");
    const lines = asked.map(({ question }) => `${question}\n→ ${answers[question] ?? "(no answer)"}`);
    return { content: lines.join("\n"), display: { kind: "text", text: lines.join("\n") } };
  },
});
