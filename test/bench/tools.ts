import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import { Gatekeeper } from "../../src/agent/gatekeeper";
import { Schedule } from "../../src/agent/loop/schedule";
import { decide } from "../../src/agent/permissions/decide";
import { tools } from "../../src/agent/tools/index";
import { prepareCall, type RunnerPorts } from "../../src/agent/tools/runner";
import { Toolbox } from "../../src/agent/tools/toolbox";
import { diskProbe } from "../../src/headless/path-probe";
import { createProcesses, type Processes } from "../../src/processes/create-processes";
import { createSearch, grepArguments } from "../../src/search/create-search";
import { locateRipgrep } from "../../src/search/locate-ripgrep";
import { toolPorts } from "../unit/tools/tool-ports";
import type { BenchContext, BenchRow, RowSamples } from "./row";

const never = new AbortController().signal;

const gatekeeperOf = (cwd: string): Gatekeeper =>
  new Gatekeeper({
    decide,
    cwd,
    roots: [cwd],
    home: cwd,
    trusted: true,
    probe: diskProbe(),
    mode: "acceptEdits",
    rules: () => ({ allow: [], ask: [], deny: [] }),
    saveLocal: async () => {},
  });

/** The tools as the product runs them: parsed, decided, run, with real files, processes and ripgrep. */
async function openRoom(context: BenchContext) {
  const cwd = context.temp();
  const brokerPath = join(context.temp(), "broker.cjs");
  const entry = join(context.dist, "../src/entry/broker.ts");
  await build({ entryPoints: [entry], outfile: brokerPath, bundle: true, platform: "node", format: "cjs", logLevel: "error" });
  const processes: Processes = createProcesses({ brokerPath, stateDir: context.temp(), workspaceRoots: [], loginShell: false });
  const gatekeeper = gatekeeperOf(cwd);
  const toolbox = new Toolbox(tools);
  const ports = {
    ...toolPorts(cwd),
    commands: processes.commands,
    search: createSearch({ programs: processes.programs }),
    readsOnly: (command: string) => gatekeeper.readsOnly(command, "bash"),
  };
  toolbox.open(ports);
  let ids = 0;
  const runner: RunnerPorts = {
    tools: ports,
    find: (name) => toolbox.find(name),
    names: () => toolbox.names(),
    decide: async (call) => gatekeeper.decide(call),
    boundTo: ({ targets }) => ({ files: (targets && ports.files.pinned?.(targets)) ?? ports.files }),
    attended: false,
    approve: async () => ({ verdict: "deny" }),
    emit: () => {},
    flush: async () => {},
    cap: async (_, content) => content,
    hash: (parts) => createHash("sha256").update(parts.join("\0")).digest("hex"),
    newId: () => `id${++ids}`,
    now: () => performance.now(),
    audit: () => {},
  };
  const prepare = (name: string, input: Record<string, unknown>) =>
    prepareCall({ type: "tool_use", id: `call_${++ids}`, name, input }, "turn", "request", runner);
  return {
    cwd,
    processes,
    prepare,
    async call(name: string, input: Record<string, unknown>): Promise<void> {
      const { failed, result } = await prepare(name, input).run(never, () => {});
      if (failed) throw new Error(`${name}: ${JSON.stringify(result.content).slice(0, 300)}`);
    },
  };
}

type Room = Awaited<ReturnType<typeof openRoom>>;

const timed = async (work: () => unknown): Promise<number> => {
  const start = performance.now();
  await work();
  return performance.now() - start;
};

const source = (lines: number): string =>
  Array.from({ length: lines }, (_, at) => `  const value${at} = compute(${at}, "some text"); // note ${at}`).join("\n");

/** One room for a row; it ends with the row. */
async function inRoom(context: BenchContext, measure: (room: Room) => Promise<RowSamples>): Promise<RowSamples> {
  const room = await openRoom(context);
  try {
    return await measure(room);
  } finally {
    await room.processes.shutdown();
  }
}

export const rows: BenchRow[] = [
  {
    name: "tools: Read of 200 lines, call to result",
    baseline: "readFileSync",
    goal: "p50 ≤ 2 ms",
    met: ({ ours }) => ours.p50 <= 2,
    run: (context) =>
      inRoom(context, async (room) => {
        const path = join(room.cwd, "small.ts");
        writeFileSync(path, source(200));
        const ours = () => timed(() => room.call("Read", { file_path: "small.ts" }));
        return {
          ...(await context.pairs(context.full ? 500 : 100, ours, () => timed(() => readFileSync(path, "utf8")))),
          unit: "ms",
        };
      }),
  },
  {
    name: "tools: Edit in 2,000 lines, call to result",
    baseline: "read, replace, write",
    goal: "p50 ≤ 6 ms",
    met: ({ ours }) => ours.p50 <= 6,
    run: (context) =>
      inRoom(context, async (room) => {
        const [path, other] = [join(room.cwd, "long.ts"), join(room.cwd, "other.ts")];
        writeFileSync(path, source(2000));
        writeFileSync(other, source(2000));
        await room.call("Read", { file_path: "long.ts" });
        let n = 0;
        const ours = () => {
          const [old_string, new_string] = n++ % 2 ? ["compute_1000(", "compute(1000"] : ["compute(1000", "compute_1000("];
          return timed(() => room.call("Edit", { file_path: "long.ts", old_string, new_string }));
        };
        const base = () => timed(() => writeFileSync(other, readFileSync(other, "utf8").replace("compute(1000", "compute(1000")));
        return { ...(await context.pairs(context.full ? 200 : 50, ours, base)), unit: "ms" };
      }),
  },
  {
    name: "tools: Grep, call to result",
    baseline: "rg",
    goal: "≤ 1.05× + 8 ms",
    met: ({ ours, base }) => ours.p50 <= base.p50 * 1.05 + 8,
    run: (context) =>
      inRoom(context, async (room) => {
        for (let n = 0; n < 2000; n++) {
          const folder = join(room.cwd, `d${n % 50}`);
          if (n < 50) mkdirSync(folder);
          writeFileSync(join(folder, `f${n}.ts`), n % 100 ? source(60) : `${source(60)}\nrareNeedle\n`);
        }
        const rg = locateRipgrep({});
        if (rg === null) throw new Error("no rg on this machine");
        const query = { pattern: "rareNeedle", path: room.cwd, mode: "content" as const, limit: 250 };
        const ours = () => timed(() => room.call("Grep", { pattern: "rareNeedle", output_mode: "content" }));
        const base = () =>
          timed(async () => {
            const child = spawn(rg, grepArguments(query), { cwd: room.cwd, stdio: ["ignore", "pipe", "ignore"] });
            child.stdout.resume();
            await once(child, "close");
          });
        return { ...(await context.pairs(context.full ? 40 : 15, ours, base)), unit: "ms" };
      }),
  },
  {
    name: "tools: five commands that read 100 ms each, in one reply",
    baseline: "one of them",
    goal: "≤ 20 ms more than one",
    met: ({ ours, base }) => ours.p50 <= base.p50 + 20,
    run: (context) =>
      inRoom(context, async (room) => {
        const together = async (count: number): Promise<void> => {
          const schedule = new Schedule({ signal: never });
          for (let n = 0; n < count; n++) schedule.add(room.prepare("Bash", { command: `sleep 0.1 && echo ${n}` }));
          const results = await schedule.finish();
          if (results.some(({ failed }) => failed)) throw new Error(JSON.stringify(results[0]?.result.content));
        };
        const ours = () => timed(() => together(5));
        return { ...(await context.pairs(context.full ? 30 : 10, ours, () => timed(() => together(1)))), unit: "ms" };
      }),
  },
];
