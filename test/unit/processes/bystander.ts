import { spawn } from "node:child_process";
import { createProcesses } from "../../../src/processes/create-processes";

/** Stands for an editor that starts commands and, beside them, something of its own; tells whether that outlived them. */
const [, , brokerPath = "", stateDir = ""] = process.argv;
const processes = createProcesses({ brokerPath, stateDir, workspaceRoots: [], loginShell: false });
const request = { id: "one", command: "true", shell: "bash", cwd: "/", title: "", timeoutMs: 60_000, background: false } as const;
await processes.commands.run(request, new AbortController().signal);
const own = spawn("sleep", ["300"], { detached: true, stdio: "ignore" });
await new Promise((resolve) => own.once("spawn", resolve));
await processes.shutdown();
process.stdout.write(own.exitCode === null && own.signalCode === null && own.kill(0) ? "lives" : "ended");
own.kill();
