import { build } from "esbuild";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";
import { createProcesses, type Processes, type ProcessesOptions } from "../../../src/processes/create-processes";
import type { CommandOutcome, CommandRequest } from "../../../src/shared/ports/commands";

const source = new URL("../../../src/", import.meta.url).pathname;
let bundled: Promise<string> | null = null;
const open: Processes[] = [];
const folders: string[] = [];

export async function makeFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "stride-processes-"));
  folders.push(folder);
  return folder;
}

export async function bundle(entry: string, name: string, format: "cjs" | "esm" = "cjs"): Promise<string> {
  const outfile = join(await makeFolder(), name);
  await build({
    entryPoints: [entry],
    bundle: true,
    platform: "node",
    format,
    target: "node22",
    outfile,
    logLevel: "error",
  });
  return outfile;
}

export const brokerPath = (): Promise<string> => (bundled ??= bundle(join(source, "entry/broker.ts"), "broker.cjs"));

/** The real thing with a real broker; ended after the tests of the file. */
export async function openProcesses(options: Partial<ProcessesOptions> = {}): Promise<Processes & { stateDir: string }> {
  const stateDir = options.stateDir ?? (await makeFolder());
  const broker = await brokerPath();
  const processes = createProcesses({ brokerPath: broker, stateDir, workspaceRoots: [], loginShell: false, ...options });
  open.push(processes);
  return { ...processes, stateDir };
}

let counter = 0;

export function runCommand(
  processes: Processes,
  command: string,
  more: Partial<CommandRequest> & { signal?: AbortSignal } = {},
): Promise<CommandOutcome> {
  const { signal = new AbortController().signal, ...rest } = more;
  const id = `c${++counter}`;
  const request = {
    id,
    command,
    shell: "bash",
    cwd: tmpdir(),
    title: command,
    timeoutMs: 15_000,
    background: false,
    ...rest,
  } as const;
  return processes.commands.run(request, signal);
}

/** Living processes whose command line holds the text; zombies have none. */
export function alive(text: string): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && commandLine(name).includes(text))
    .map(Number);
}

export async function until(condition: () => boolean, withinMs: number): Promise<boolean> {
  const deadline = performance.now() + withinMs;
  while (performance.now() < deadline) {
    if (condition()) return true;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  return condition();
}

function commandLine(pid: string): string {
  try {
    return existsSync(`/proc/${pid}`) ? readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ") : "";
  } catch {
    return "";
  }
}

afterAll(async () => {
  await Promise.all(open.map((processes) => processes.shutdown()));
  await Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true })));
});
