import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseToolInput } from "../../src/llm/tool-input";
import { part, reply } from "../support/model-server/reply";
import { bareGaps, lines, middle, runCli, upTo } from "./loop-cli";
import { callsOf, firstByteOf } from "./loop-engine";
import type { BenchRow } from "./row";

const done = reply.text("done");

const firstByte = (tokens: number): BenchRow => ({
  name: `loop: submit to first delta, ${tokens / 1_000}k tokens of context`,
  baseline: "fetch of the same body",
  goal: "≤ 1.02×, ≤ 5 ms more",
  met: ({ ours, base, ratio }) => ratio.median <= 1.02 && ours.p50 - base.p50 <= 5,
  async run(context) {
    const { ours, base, close } = await firstByteOf(context, tokens);
    try {
      return { ...(await context.pairs(context.full ? 15 : 5, ours, base)), unit: "ms" };
    } finally {
      await close();
    }
  },
});

export const rows: BenchRow[] = [
  ...[1_000, 50_000, 200_000].map(firstByte),
  {
    name: "loop: five calls 400 ms apart, 1 s each",
    baseline: "critical path: last call's end of arguments + its run",
    goal: "≤ 1.03×",
    met: ({ ratio }) => ratio.median <= 1.03,
    async run(context) {
      const { ours, critical, sequential } = await callsOf(context, {
        calls: 5,
        apartMs: 400,
        eachMs: 1_000,
        times: context.full ? 5 : 2,
      });
      return { ours, base: critical, unit: "ms", note: `one after the other: ${sequential} ms` };
    },
  },
  {
    name: "loop: reply end to next request, 200 reads",
    baseline: "a client that only reads and posts",
    goal: "p50 of the last 20 ≤ 5 ms, flat; CPU ≤ 8 ms a turn; peak ≤ 150 MiB",
    async run(context) {
      const turns = 200;
      const script = upTo(turns, (n) => reply.tool("Read", { file_path: "a.ts", offset: n, limit: 30 }), done);
      const { gaps, cpuMs, peakMiB } = await runCli(context, script, (cwd) => writeFileSync(join(cwd, "a.ts"), lines(230)));
      const base = await bareGaps(script, turns + 1);
      const cpu = ((cpuMs.at(-1) ?? 0) - (cpuMs[20] ?? 0)) / (turns - 20);
      const [first, last] = [middle(gaps.slice(5, 25)), middle(gaps.slice(-20))];
      const note = `first 20 ${first.toFixed(1)} ms, last 20 ${last.toFixed(1)} ms; CPU ${cpu.toFixed(1)} ms a turn; peak ${peakMiB.toFixed(0)} MiB`;
      return { ours: gaps.slice(0, base.length), base, unit: "ms", note };
    },
    met: ({ ours }) => ours.p50 <= 5,
  },
  {
    name: "loop: reply end to next request, 50 edits in 2,000 lines",
    baseline: "a client that only reads and posts",
    goal: "p50 ≤ 6 ms",
    met: ({ ours }) => ours.p50 <= 6,
    async run(context) {
      const edit = (n: number) =>
        n === 1
          ? reply.tool("Read", { file_path: "a.ts" })
          : reply.tool("Edit", {
              file_path: "a.ts",
              old_string: `value${n * 37} = ${n * 37};`,
              new_string: `value${n * 37} = ${n};`,
            });
      const script = upTo(51, edit, done);
      const { gaps } = await runCli(context, script, (cwd) => writeFileSync(join(cwd, "a.ts"), lines(2_000)));
      return { ours: gaps.slice(1), base: (await bareGaps(script, 52)).slice(1), unit: "ms" };
    },
  },
  {
    name: "loop: 200 KB of arguments, parsed",
    baseline: "JSON.parse",
    goal: "≤ 10 ms",
    met: ({ ours }) => ours.p50 <= 10,
    async run(context) {
      const raw = JSON.stringify({ file_path: "a.ts", content: lines(6_000) });
      const timed = (work: () => unknown): number => {
        const start = performance.now();
        work();
        return performance.now() - start;
      };
      return {
        ...(await context.pairs(
          50,
          () => timed(() => parseToolInput(raw)),
          () => timed(() => JSON.parse(raw)),
        )),
        unit: "ms",
        note: `${Math.round(raw.length / 1_000)} KB`,
      };
    },
  },
  {
    name: "loop: 150 KB of arguments, last byte to next request",
    baseline: "a client that only reads and posts",
    goal: "≤ 20 ms",
    met: ({ ours }) => ours.p50 <= 20,
    async run(context) {
      const script = upTo(1, () => reply.tool("Write", { file_path: "new.ts", content: lines(4_400) }, { chunkSize: 400 }), done);
      const ours = async (): Promise<number> => (await runCli(context, script, () => undefined)).gaps[0] ?? Infinity;
      return {
        ...(await context.pairs(context.full ? 5 : 2, ours, async () => (await bareGaps(script, 2))[0] ?? 0)),
        unit: "ms",
      };
    },
  },
  {
    name: "loop: CPU for 200 KB in 5,000 deltas",
    baseline: "an empty reply",
    goal: "≤ 80 ms more",
    met: ({ ours, base }) => ours.p50 - base.p50 <= 80,
    async run(context) {
      const words = "one two three four five six seven eight ".repeat(5_000);
      const home = context.temp();
      const cpu = async (text: string): Promise<number> =>
        (
          await runCli(
            context,
            () => reply.of([part.text(text)], { chunkSize: 40 }),
            () => undefined,
            home,
          )
        ).totalCpuMs;
      return {
        ...(await context.pairs(
          context.full ? 7 : 3,
          () => cpu(words),
          () => cpu("done"),
        )),
        unit: "ms",
      };
    },
  },
];
