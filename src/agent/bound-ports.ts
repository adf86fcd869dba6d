import type { Decision } from "../shared/protocol/permission";
import type { Commands } from "../shared/ports/commands";
import { readOnlyGitEnvironment, readOnlyGitUnset } from "./permissions/shell/git-repository";
import type { ToolPorts } from "./tools/define";

/**
 * Check and use on the same thing: files are the ones the decision looked at, and a command that ran without
 * a question because it only reads gets the environment in which that is true of git.
 */
export function boundTo(decision: Decision, ports: Pick<ToolPorts, "files" | "commands">): Partial<ToolPorts> {
  const files = (decision.targets && ports.files.pinned?.(decision.targets)) ?? ports.files;
  const unasked = decision.verdict === "allow" && (decision.gate === "shell" || decision.gate === "path");
  return unasked ? { files, commands: harmless(ports.commands) } : { files };
}

const environment: Record<string, string | null> = {
  ...Object.fromEntries(readOnlyGitUnset.map((name) => [name, null])),
  RIPGREP_CONFIG_PATH: null,
  ...readOnlyGitEnvironment(),
};

const harmless = (commands: Commands): Commands => ({
  run: (request, signal) => commands.run({ ...request, environment: { ...request.environment, ...environment } }, signal),
  list: () => commands.list(),
  poll: (id) => commands.poll(id),
  kill: (id) => commands.kill(id),
});
