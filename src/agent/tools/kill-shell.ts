import * as z from "zod";
import { defineTool, failed } from "./define";

export const killShell = defineTool({
  name: "KillShell",
  description: "Stop a background command and everything it started.",
  input: z.object({ shell_id: z.string() }),
  title: () => "Stop a background command",
  access: () => [{ kind: "none" }],
  effect: () => ({ kind: "opaque" }),
  async run({ shell_id }, { commands }) {
    const info = await commands.kill(shell_id);
    if (!info)
      return failed(
        `There is no command ${shell_id}; it may have ended. Known: ${
          commands
            .list()
            .slice(-10)
            .map((one) => one.id)
            .join(", ") || "none"
        }.`,
      );
    return {
      content:
        info.state === "exited"
          ? `${shell_id} had ended already, exit code ${info.exitCode}.`
          : `Stopped ${shell_id}: ${info.command.slice(0, 200)}`,
    };
  },
});
