import { createProcesses } from "../../../src/processes/create-processes";

/** Stands for an extension host that is killed: starts ten commands in all the ways they can escape. */
const [, , brokerPath = "", stateDir = "", mark = ""] = process.argv;
const processes = createProcesses({ brokerPath, stateDir, workspaceRoots: [], loginShell: false });
const commands = [
  `sleep ${mark}`,
  `trap '' TERM HUP; sleep ${mark}; sleep ${mark}`,
  `setsid nohup sleep ${mark} & sleep ${mark}`,
  `(setsid sh -c "trap '' TERM; sleep ${mark}; sleep ${mark}" &); sleep ${mark}`,
  `sleep ${mark} | sleep ${mark}`,
];
for (let at = 0; at < 10; at++) {
  const request = {
    id: `c${at}`,
    command: commands[at % 5] as string,
    shell: "bash" as const,
    cwd: "/",
    title: "",
    timeoutMs: 60_000,
    background: at > 5,
  };
  void processes.commands.run(request, new AbortController().signal);
}
process.stdout.write("started\n");
