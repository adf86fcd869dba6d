import type { Decision } from "../shared/protocol/permission";
import type { Commands } from "../shared/ports/commands";
import type { Gatekeeper } from "./gatekeeper";
import { guardedSearch } from "./guarded-search";
import { sensitiveName } from "./permissions/paths/sensitive-names";
import { readOnlyGitEnvironment, readOnlyGitUnset } from "./permissions/shell/git-repository";
import type { ToolPorts } from "./tools/define";

type BoundPorts = Pick<ToolPorts, "files" | "commands" | "search">;

/**
 * Check and use on the same thing: files are the ones the decision looked at, and a command that ran without
 * a question because it only reads gets the environment in which that is true of git.
 */
export function boundTo(decision: Decision, ports: BoundPorts, gatekeeper: Gatekeeper): Partial<ToolPorts> {
  const files = (decision.targets && ports.files.pinned?.(decision.targets)) ?? ports.files;
  const unasked = decision.verdict === "allow" && (decision.gate === "shell" || decision.gate === "path");
  const search = decision.targets?.some((target) => target.sensitive)
    ? ports.search
    : guardedSearch(ports.search, mayShow(gatekeeper));
  return unasked ? { files, search, commands: harmless(ports.commands) } : { files, search };
}

/** Names first: a decision for each of a thousand files would be felt. */
function mayShow(gatekeeper: Gatekeeper): (path: string) => boolean {
  const { deny, ask } = gatekeeper.context().rules;
  const ruled = [...deny, ...ask].some(({ text }) => /^(?:Read|\*)/.test(text));
  return (path) => {
    if (sensitiveName(path) !== undefined) return false;
    return (
      !ruled ||
      gatekeeper.decide({ tool: "Read", input: { file_path: path }, access: [{ kind: "read", path }] }).verdict === "allow"
    );
  };
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
