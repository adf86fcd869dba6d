import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { part, reply, type Reply } from "../support/model-server/reply";
import { lines, middle, runCli, strideCli, upTo, type Cli, type Measured } from "./loop-cli";
import { runCodex } from "./peer-codex";
import { piCli } from "./peer-pi";
import type { BenchContext, BenchRow, RowFigures } from "./row";

/**
 * Ours and two published agents on the same scripted work, in turns: what is left of a difference between machines.
 *   npm install --prefix FOLDER @mariozechner/pi-coding-agent @openai/codex
 *   STRIDE_PEERS=FOLDER npm run bench -- peers
 * A goal is our goal in milliseconds over what that agent needed on the machine where the goals were set.
 */
const folder = process.env["STRIDE_PEERS"];

const done = reply.text("done");

/** The same calls in each agent's own words. */
interface Words {
  read(path: string, offset?: number, limit?: number): Reply;
  edit(path: string, old: string, now: string): Reply;
}

const words: Record<"stride" | "pi", Words> = {
  stride: {
    read: (file_path, offset, limit) => reply.tool("Read", { file_path, ...(offset && { offset, limit }) }),
    edit: (file_path, old_string, new_string) => reply.tool("Edit", { file_path, old_string, new_string }),
  },
  pi: {
    read: (path, offset, limit) => reply.tool("read", { path, ...(offset && { offset, limit }) }),
    edit: (path, oldText, newText) => reply.tool("edit", { path, edits: [{ oldText, newText }] }),
  },
};

type Work = (
  run: (script: Parameters<typeof runCli>[1], files: (cwd: string) => void) => Promise<Measured>,
  say: Words,
) => Promise<number>;

const atMost =
  (limit: number) =>
  ({ ratio }: RowFigures): boolean =>
    ratio.median <= limit;

function besidePi(name: string, goal: { ours: number; pi: number }, work: Work, mode: "json" | "text" = "json"): BenchRow {
  const limit = goal.ours / goal.pi;
  return {
    name: `peers: ${name}`,
    baseline: "pi",
    goal: `≤ ${limit.toFixed(2)}× (${goal.ours} / ${goal.pi})`,
    met: atMost(limit),
    async run(context) {
      const measure = (cli: Cli, say: Words): (() => Promise<number>) => {
        const home = context.temp();
        return () => work((script, files) => runCli(context, script, files, home, cli), say);
      };
      const ours = measure(strideCli(context.dist), words.stride);
      const base = measure(piCli(folder ?? "", mode), words.pi);
      return { ...(await context.pairs(7, ours, base)), unit: "ms" };
    },
  };
}

const oneFile = (count: number) => (cwd: string) => writeFileSync(join(cwd, "a.ts"), lines(count));
const reads = (say: Words, turns: number) => upTo(turns, (n) => say.read("a.ts", n, 30), done);

const edits: Work = async (run, say) => {
  const edit = (n: number) => say.edit("a.ts", `value${n * 37} = ${n * 37};`, `value${n * 37} = ${n};`);
  const script = upTo(51, (n) => (n === 1 ? say.read("a.ts") : edit(n)), done);
  return middle((await run(script, oneFile(2_000))).gaps.slice(1));
};

const deltas: Work = async (run) => {
  const cpu = async (text: string): Promise<number> =>
    (
      await run(
        () => reply.of([part.text(text)], { chunkSize: 40 }),
        () => undefined,
      )
    ).totalCpuMs;
  return (await cpu("one two three four five six seven eight ".repeat(5_000))) - (await cpu("done"));
};

const besideCodex = (name: string, goal: { ours: number; codex: number }, figure: "startMs" | "gapMs"): BenchRow => ({
  name: `peers: ${name}`,
  baseline: "Codex",
  goal: `≤ ${(goal.ours / goal.codex).toFixed(2)}× (${goal.ours} / ${goal.codex})`,
  met: atMost(goal.ours / goal.codex),
  async run(context: BenchContext) {
    const [home, codexHome] = [context.temp(), context.temp()];
    const content = lines(4_400);
    const script = upTo(1, () => reply.tool("Write", { file_path: "new.ts", content }, { chunkSize: 400 }), done);
    const ours = async (): Promise<number> => {
      const { calls, gaps, startedAt } = await runCli(context, script, () => undefined, home);
      return figure === "gapMs" ? (gaps[0] ?? Infinity) : (calls[0]?.at ?? Infinity) - startedAt;
    };
    const base = async () => (await runCodex(folder ?? "", codexHome, context.temp(), "new.ts", content))[figure];
    return { ...(await context.pairs(9, ours, base)), unit: "ms" };
  },
});

const all: BenchRow[] = [
  besideCodex("start to first request", { ours: 180, codex: 187 }, "startMs"),
  besidePi("reply end to next request, 20 reads", { ours: 4, pi: 5.8 }, async (run, say) =>
    middle((await run(reads(say, 20), oneFile(230))).gaps),
  ),
  besidePi("the same, last 20 of 200", { ours: 5, pi: 9.3 }, async (run, say) =>
    middle((await run(reads(say, 200), oneFile(230))).gaps.slice(-20)),
  ),
  besidePi("the same, 50 edits in 2,000 lines", { ours: 6, pi: 7.4 }, edits),
  besidePi("CPU a turn over 200 turns", { ours: 8, pi: 9.6 }, async (run, say) => {
    const { cpuMs } = await run(reads(say, 200), oneFile(230));
    return ((cpuMs.at(-1) ?? 0) - (cpuMs[20] ?? 0)) / 180;
  }),
  besidePi("CPU for 200 KB in 5,000 deltas", { ours: 80, pi: 80 }, deltas, "text"),
  besideCodex("150 KB of arguments, last byte to next request", { ours: 20, codex: 33 }, "gapMs"),
];

export const rows: BenchRow[] = folder && existsSync(join(folder, "node_modules")) ? all : [];
