import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { request as startRequest, Agent } from "node:http";
import { join } from "node:path";
import type { Reply } from "../support/model-server/reply";
import { startModelServer, type Answer, type ModelCall } from "../support/model-server/start-model-server";
import type { BenchContext } from "./row";

export interface Measured {
  calls: ModelCall[];
  /** End of a reply to the next request's arrival, ms. */
  gaps: number[];
  /** Of the process, at each request. */
  cpuMs: number[];
  peakMiB: number;
  /** User and system time of the whole run, ms. */
  totalCpuMs: number;
  startedAt: number;
}

/** A command line that a script can drive. */
export interface Cli {
  /** What node runs, and what it finds in its environment. */
  start(url: string, home: string): { args: string[]; env: Record<string, string> };
}

export const strideCli = (dist: string): Cli => ({
  start: (url, home) => ({
    args: [join(dist, "cli.js"), "-p", "go", "--dangerously-skip-permissions", "--output-format", "stream-json"],
    env: { STRIDE_HOME: join(home, "state"), ANTHROPIC_API_KEY: "k", ANTHROPIC_BASE_URL: url },
  }),
});

/** One run of a command line, mostly the built one, against a script. */
export async function runCli(
  { dist, temp }: Pick<BenchContext, "dist" | "temp">,
  script: Answer,
  files: (cwd: string) => void,
  home = temp(),
  cli = strideCli(dist),
): Promise<Measured> {
  let pid = 0;
  const cpuMs: number[] = [];
  let peakMiB = 0;
  const server = await startModelServer({
    script: (call) => {
      cpuMs.push(cpuOf(pid));
      peakMiB = Math.max(peakMiB, peakOf(pid));
      return script(call);
    },
  });
  const cwd = temp();
  files(cwd);
  const { args, env: own } = cli.start(server.url, home);
  const env = { PATH: process.env["PATH"] ?? "", HOME: home, ...own };
  const startedAt = performance.now();
  const child = spawn(process.execPath, args, { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
  pid = child.pid ?? 0;
  let said = "";
  let totalCpuMs = 0;
  child.stdout.on("data", (text: Buffer) => {
    said = (said + text.toString()).slice(-2_000);
    totalCpuMs = Math.max(totalCpuMs, cpuOf(pid));
  });
  child.stderr.on("data", (text: Buffer) => (said = (said + text.toString()).slice(-2_000)));
  const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
  await server.stop();
  if (code !== 0 || server.problems.length > 0) throw new Error(`exit ${code}: ${server.problems.join("; ")} ${said}`);
  return { calls: server.calls, gaps: gapsOf(server.calls), cpuMs, peakMiB, totalCpuMs, startedAt };
}

const gapsOf = (calls: readonly ModelCall[]): number[] =>
  calls.slice(1).map((call, at) => call.at - (calls[at]?.endedAt ?? call.at));

const ticksPerSecond = 100;

/** User and system time so far; from the kernel, so that nothing has to be built in. */
function cpuOf(pid: number): number {
  if (!existsSync(`/proc/${pid}/stat`)) return 0;
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
  return ((Number(fields[11]) + Number(fields[12])) / ticksPerSecond) * 1_000;
}

const peakOf = (pid: number): number =>
  Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0) / 1024;

/** The same conversation without an agent: read the reply, send the next prepared body. What no client can undercut. */
export async function bareGaps(script: Answer, turns: number): Promise<number[]> {
  const server = await startModelServer({ script });
  const agent = new Agent({ keepAlive: true });
  const body = JSON.stringify({ model: "m", stream: true, messages: [{ role: "user", content: "go" }] });
  for (let at = 0; at < turns; at++) {
    await new Promise<void>((resolve, reject) => {
      const outgoing = startRequest(
        `${server.url}/v1/messages`,
        { method: "POST", agent, headers: { "content-type": "application/json", "content-length": Buffer.byteLength(body) } },
        (response) => response.resume().once("end", resolve),
      );
      outgoing.once("error", reject);
      outgoing.end(body);
    });
  }
  agent.destroy();
  await server.stop();
  return gapsOf(server.calls);
}

export const upTo =
  (turns: number, call: (n: number) => Reply, last: Reply): Answer =>
  ({ n }) =>
    n <= turns ? call(n) : last;

export const middle = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

/** The text of a file with so many lines. */
export const lines = (count: number): string =>
  Array.from({ length: count }, (_, at) => `export const value${at} = ${at};`).join("\n");
