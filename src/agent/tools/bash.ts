import * as z from "zod";
import { commandText, outputOf } from "./command-text";
import { defineTool } from "./define";

const defaultTimeoutMs = 120_000;
const maxTimeoutMs = 600_000;

export const bash = defineTool({
  name: "Bash",
  description:
    "Run a shell command. Each runs in its own shell in the project folder; nothing can be typed into it. After timeout it goes on in the background. Read, edit and search files with the other tools.",
  input: z.object({
    command: z.string().refine((text) => text.trim() !== "", "there is no command in it"),
    description: z.string().optional().describe("What it does, 5-10 words"),
    timeout: z.int().min(1).max(maxTimeoutMs).optional().describe("ms, default 120000"),
    run_in_background: z.boolean().optional(),
  }),
  title: ({ command, description }) => description ?? (command.length > 80 ? `${command.slice(0, 80)}…` : command),
  access: ({ command, run_in_background }, { cwd, shell }) => [
    { kind: "command", shell, command, cwd, background: run_in_background ?? false },
  ],
  effect: ({ command, run_in_background }, { readsOnly }) =>
    !run_in_background && readsOnly?.(command) ? { kind: "read", everywhere: true } : { kind: "opaque" },
  preview: async ({ command, description }, { cwd }) => ({
    kind: "command",
    command,
    cwd,
    ...(description !== undefined && { description }),
  }),
  async run(
    { command, description, timeout, run_in_background },
    { commands, shell, cwd, commandTimeoutMs },
    { call, signal, progress },
  ) {
    const request = {
      id: call,
      command,
      shell,
      cwd,
      title: description ?? command,
      timeoutMs: timeout ?? commandTimeoutMs?.() ?? defaultTimeoutMs,
      background: run_in_background ?? false,
      onOutput: progress,
    };
    const outcome = await commands.run(request, signal);
    const { state, exitCode, signal: ended } = outcome;
    return {
      content: commandText(outcome, call),
      isError: state === "killed" || state === "failed" || (state === "exited" && exitCode !== 0),
      display: {
        kind: "command",
        command,
        exitCode,
        signal: ended,
        output: outputOf(outcome),
        ...(state === "background" && { background: call }),
      },
    };
  },
});
