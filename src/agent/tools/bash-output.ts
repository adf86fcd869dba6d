import * as z from "zod";
import { defineTool, failed } from "./define";

const maxChars = 30_000;

export const bashOutput = defineTool({
  name: "BashOutput",
  description: "New output of a background command since the last look, and whether it still runs.",
  input: z.object({ bash_id: z.string(), filter: z.string().max(1000).optional().describe("Only lines with this text") }),
  title: () => "Look at a background command",
  access: () => [{ kind: "none" }],
  effect: () => ({ kind: "read" }),
  async run({ bash_id, filter }, { commands }) {
    const polled = await commands.poll(bash_id);
    if (!polled) return failed(unknownCommand(bash_id, commands.list()));
    const { info, output, outcome } = polled;
    const lines =
      filter === undefined
        ? output
        : output
            .split("\n")
            .filter((line) => line.includes(filter))
            .join("\n");
    const shown =
      lines.length > maxChars
        ? `… (${lines.length - maxChars} characters left out${outcome ? `; all of it is in ${outcome.outputPath}` : ""})\n${lines.slice(-maxChars)}`
        : lines;
    const state =
      info.state === "exited" ? `ended, exit code ${info.exitCode}` : info.state === "background" ? "running" : info.state;
    return { content: `${shown.trimEnd() || "(no new output)"}\n${bash_id}: ${state}` };
  },
});

function unknownCommand(id: string, all: readonly { id: string; command: string }[]): string {
  const known = all.slice(-10).map((info) => `${info.id} (${info.command.slice(0, 60)})`);
  return `There is no command ${id}. ${known.length ? `Known: ${known.join(", ")}` : "None was started in this session."}`;
}
