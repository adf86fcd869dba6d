import { protectedName } from "../../../src/agent/permissions/paths/protected-names";
import { createProcesses } from "../../../src/processes/create-processes";
import { createSandbox, type Sandbox } from "../../../src/sandbox/create-sandbox";
import { parseSandboxSettings } from "../../../src/sandbox/settings";

/** A host to be killed: runs one command in a sandbox. */
const [root = "", stateDir = "", broker = "", settings = "{}", command = ""] = process.argv.slice(2);
let sandbox: Sandbox | null = null;
const processes = createProcesses({
  brokerPath: broker,
  stateDir,
  workspaceRoots: [root],
  loginShell: false,
  sandbox: async () => sandbox,
});
void createSandbox({
  roots: [root],
  stateDir,
  home: stateDir,
  settings: parseSandboxSettings(JSON.parse(settings)).settings,
  programs: processes.programs,
  protectedName,
}).then((ready) => {
  sandbox = ready;
  if (ready.reason) console.error(ready.reason.message);
  return processes.commands.run(
    { id: "1", command, shell: "bash", cwd: root, title: command, timeoutMs: 60_000, background: false },
    new AbortController().signal,
  );
});
