import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import { build } from "esbuild";
import { findMembers, readProcess, type ProcessTree } from "../../src/processes/broker/process-table";
import { createProcesses, type Processes } from "../../src/processes/create-processes";
import type { Limits } from "../../src/processes/limits";
import type { BenchContext, BenchRow, RowSamples } from "./row";

const MB = 1 << 20;
const never = new AbortController().signal;
const lasting = "sleep 1000";
let ids = 0;

async function bundled(context: BenchContext, entry: string): Promise<string> {
  const outfile = join(context.temp(), "bundle.cjs");
  const root = join(context.dist, "..");
  await build({
    entryPoints: [join(root, entry)],
    outfile,
    bundle: true,
    platform: "node",
    format: "cjs",
    target: "node22",
    logLevel: "error",
  });
  return outfile;
}

async function open(context: BenchContext, limits: Partial<Limits> = {}): Promise<Processes> {
  const brokerPath = await bundled(context, "src/entry/broker.ts");
  const processes = createProcesses({
    brokerPath,
    stateDir: context.temp(),
    workspaceRoots: [],
    limits: { concurrent: 500, ...limits },
  });
  await run(processes, "true");
  return processes;
}

const run = (processes: Processes, command: string, background = false) =>
  processes.commands.run(
    { id: `b${++ids}`, command, shell: "bash", cwd: "/", title: command, timeoutMs: 120_000, background },
    never,
  );

async function elapsed(work: () => Promise<unknown>): Promise<number> {
  const from = performance.now();
  await work();
  return performance.now() - from;
}

const direct = (file: string, args: string[]) => once(spawn(file, args, { stdio: ["ignore", "ignore", "ignore"] }), "exit");

/** The process that measures becomes as big as an editor's host after a day. */
async function withBallast<T>(work: () => Promise<T>): Promise<T> {
  const ballast = Array.from({ length: 16 }, () => Buffer.alloc(64 * MB, 1));
  try {
    return await work();
  } finally {
    ballast.length = 0;
  }
}

async function spawnBlock(context: BenchContext): Promise<RowSamples> {
  const processes = await open(context);
  const block = async (start: () => Promise<unknown>) => {
    const from = performance.now();
    const ended = start();
    const blocked = performance.now() - from;
    await ended;
    return blocked;
  };
  const program = () => processes.programs.run("/bin/true", [], { cwd: "/", signal: never, onStdout: () => {} });
  const samples = await withBallast(() =>
    context.pairs(
      40,
      () => block(program),
      () => block(() => direct("/bin/true", [])),
    ),
  );
  await processes.shutdown();
  return { ...samples, unit: "ms" };
}

async function spawnLatency(context: BenchContext): Promise<RowSamples> {
  const processes = await open(context);
  const program = () => processes.programs.run("/bin/true", [], { cwd: "/", signal: never, onStdout: () => {} });
  const samples = await withBallast(() =>
    context.pairs(
      40,
      () => elapsed(program),
      () => elapsed(() => direct("/bin/true", [])),
    ),
  );
  await processes.shutdown();
  return { ...samples, unit: "ms" };
}

async function commandLatency(context: BenchContext): Promise<RowSamples> {
  const processes = await open(context);
  const samples = await context.pairs(
    40,
    () => elapsed(() => run(processes, "true")),
    () => elapsed(() => direct("bash", ["-lc", "true"])),
  );
  await processes.shutdown();
  return { ...samples, unit: "ms" };
}

async function health(context: BenchContext): Promise<RowSamples> {
  const children = Array.from({ length: 100 }, () => spawn("sleep", ["1000"], { detached: true, stdio: "ignore" }));
  await sleep(300);
  const trees: ProcessTree[] = children.map(({ pid = 0 }) => ({
    root: pid,
    started: readProcess(pid)?.started ?? "",
    marker: `bench.${pid}`,
    known: new Map(),
  }));
  const alive = () => children.reduce((sum, { pid = 0 }) => sum + (process.kill(pid, 0) ? 1 : 0), 0);
  const samples = await context.pairs(
    40,
    () => elapsed(async () => findMembers(trees)),
    () => elapsed(async () => alive()),
  );
  for (const child of children) child.kill("SIGKILL");
  const processes = await open(context);
  const pids: number[] = [];
  const deaths: number[] = [];
  for (let at = 0; at < 10; at++) {
    const command = run(processes, `exec sleep 1000.${at}`);
    while (pids.length <= at) {
      await sleep(10);
      pids.push(...alivePids(`sleep 1000.${at}`));
    }
    deaths.push(await elapsed(() => (process.kill(pids[at] as number, "SIGKILL"), command)));
  }
  await processes.shutdown();
  return { ...samples, unit: "ms", note: `a death is seen within ${Math.max(...deaths).toFixed(1)} ms` };
}

async function gracefulStop(context: BenchContext): Promise<RowSamples> {
  const ours = async () => {
    const processes = await open(context);
    await Promise.all(Array.from({ length: 50 }, () => run(processes, `${lasting} & ${lasting}`, true)));
    return elapsed(() => processes.shutdown());
  };
  const base = async () => {
    const trees = Array.from({ length: 50 }, () =>
      spawn("bash", ["-c", `${lasting} & ${lasting}`], { detached: true, stdio: "ignore" }),
    );
    await sleep(300);
    const ended = trees.map((tree) => once(tree, "exit"));
    return elapsed(async () => {
      for (const { pid = 0 } of trees) process.kill(-pid, "SIGTERM");
      await Promise.all(ended);
    });
  };
  const samples = await context.pairs(context.full ? 5 : 3, ours, base);
  await sleep(50);
  return { ...samples, unit: "ms", note: `${alivePids(lasting).length} orphans` };
}

async function overhead(context: BenchContext): Promise<RowSamples> {
  const COUNT = 100;
  const processes = await open(context);
  const broker = processes.brokerPid() ?? 0;
  await run(processes, "seq 1000");
  const ours = async () => {
    const before = rssOf(broker) + rssOf(process.pid);
    const first = ids;
    await Promise.all(Array.from({ length: COUNT }, () => run(processes, "echo started; exec sleep 1000", true)));
    await sleep(200);
    const after = rssOf(broker) + rssOf(process.pid);
    await Promise.all(Array.from({ length: COUNT }, (_, at) => processes.commands.kill(`b${first + at + 1}`)));
    return Math.max(0, after - before) / COUNT / MB;
  };
  const base = async () => {
    const before = rssOf(process.pid);
    const children = Array.from({ length: COUNT }, () => spawn("sleep", ["1000"], { stdio: ["ignore", "pipe", "pipe"] }));
    await sleep(200);
    const after = rssOf(process.pid);
    for (const child of children) child.kill("SIGKILL");
    return Math.max(0.001, after - before) / COUNT / MB;
  };
  const samples = await context.pairs(3, ours, base);
  await processes.shutdown();
  return { ...samples, unit: "MB" };
}

async function flood(context: BenchContext): Promise<RowSamples> {
  const command = "yes 'a line of output that is as long as lines are' | head -c 500M";
  const processes = await open(context);
  const broker = processes.brokerPid() ?? 0;
  const delays = { ours: 0, base: 0 };
  let growth = 0;
  const watched = async (side: "ours" | "base", work: () => Promise<unknown>) => {
    const delay = monitorEventLoopDelay({ resolution: 2 });
    delay.enable();
    const ms = await elapsed(work);
    delay.disable();
    delays[side] = Math.max(delays[side], delay.percentile(99) / 1e6);
    return ms;
  };
  const ours = async () => {
    const before = rssOf(broker) + rssOf(process.pid);
    const ms = await watched("ours", () => run(processes, command));
    growth = rssOf(broker) + rssOf(process.pid) - before;
    return ms;
  };
  const drain = async () => {
    const child = spawn("bash", ["-c", command], { stdio: ["ignore", "pipe", "ignore"] });
    child.stdout.on("data", () => {});
    await once(child, "close");
  };
  const samples = await context.pairs(context.full ? 8 : 4, ours, () => watched("base", drain));
  await processes.shutdown();
  const note = `last run ${(growth / MB).toFixed(1)} MB more; loop p99 ${delays.ours.toFixed(1)} ms, raw ${delays.base.toFixed(1)} ms`;
  return { ...samples, unit: "ms", note };
}

/** ours: what lives two seconds after the host was killed; base: what had been started. */
async function orphans(context: BenchContext): Promise<RowSamples> {
  const parent = await bundled(context, "test/unit/processes/orphan-parent.ts");
  const broker = await bundled(context, "src/entry/broker.ts");
  const ours: number[] = [];
  for (let point = 0; point < (context.full ? 50 : 10); point++) {
    const mark = `9${point}${Date.now() % 1e6}.75`;
    const host = spawn(process.execPath, [parent, broker, context.temp(), mark], { stdio: ["ignore", "pipe", "inherit"] });
    await once(host.stdout, "data");
    await sleep(point * 9);
    host.kill("SIGKILL");
    const deadline = performance.now() + 2000;
    while (alivePids(mark).length > 0 && performance.now() < deadline) await sleep(20);
    ours.push(alivePids(mark).length);
  }
  return { ours, base: ours.map(() => 10), unit: "left", note: `killed at ${ours.length} points` };
}

function rssOf(pid: number): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0) * 1024;
}

function alivePids(text: string): number[] {
  const pids = readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
  return pids.filter((pid) => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ").includes(text);
    } catch {
      return false;
    }
  });
}

export const rows: BenchRow[] = [
  {
    name: "K1 block of the caller, 1 GB process",
    baseline: "spawn",
    goal: "≤ 0.1 ms",
    met: ({ ours }) => ours.p50 <= 0.1,
    run: spawnBlock,
  },
  {
    name: "K1 program start to end, 1 GB process",
    baseline: "spawn",
    goal: "≤ 10 ms p99",
    met: ({ ours }) => ours.p99 <= 10,
    run: spawnLatency,
  },
  {
    name: "K2 command start to end",
    baseline: "bash -lc",
    goal: "≤ 10 ms p95",
    met: ({ ours }) => ours.p95 <= 10,
    run: commandLatency,
  },
  { name: "K5 health of 100 trees", baseline: "kill(0) loop", goal: "≤ 20 ms", met: ({ ours }) => ours.p95 <= 20, run: health },
  {
    name: "K6 graceful stop of 50 trees",
    baseline: "raw SIGTERM",
    goal: "≤ 1 s",
    met: ({ ours }) => ours.p99 <= 1000,
    run: gracefulStop,
  },
  { name: "K7 memory per process", baseline: "spawn", goal: "≤ 0.5 MB", met: ({ ours }) => ours.p95 <= 0.5, run: overhead },
  { name: "K9 flood of 500 MB", baseline: "raw drain", goal: "≤ 1.11×", met: ({ ratio }) => ratio.median <= 1.11, run: flood },
  { name: "orphans after SIGKILL of the host", baseline: "started", goal: "0", met: ({ ours }) => ours.p99 === 0, run: orphans },
];
