import type { Problem } from "../../shared/protocol/agent";
import type { Access, Shell } from "../../shared/protocol/permission";
import type { ToolResult } from "./define";

/** A task is a command whose text the editor knows: stated under a name no rule for commands covers by chance. */
export const taskCommand = (name: string, { cwd, shell }: { cwd: string; shell: Shell }): Access => ({
  kind: "command",
  shell,
  command: `vscode-task ${JSON.stringify(name)}`,
  cwd,
});

export function taskResult(name: string, { exitCode, problem }: { exitCode: number | null; problem?: Problem }): ToolResult {
  if (problem) return { content: `${name}: ${problem.message}${problem.next ? ` ${problem.next}` : ""}`, isError: true };
  if (exitCode === 0) return { content: `${name}: done, exit code 0. Its output is in the editor's terminal.` };
  const code = exitCode === null ? "ended without an exit code" : `failed, exit code ${exitCode}`;
  return {
    content: `${name}: ${code}. Its output is in the editor's terminal; see Diagnostics, or run the command in Bash to read it.`,
    isError: true,
  };
}
