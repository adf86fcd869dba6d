import { execFile } from "node:child_process";
import { statSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import type { BenchRow } from "./row";

const KB = 1024;

interface Cost {
  cpu: number;
  wall: number;
}

const activation: BenchRow = {
  name: "activate() in a real extension host",
  baseline: "an empty extension in the same host",
  goal: "≤ 5 ms p95 over it",
  met: ({ ours, base }) => ours.p95 - base.p95 <= 5,
  async run({ dist, full }) {
    const script = join(dist, "../test/support/editor/measure-activation.ts");
    const rounds = full ? 20 : 8;
    const { stdout } = await promisify(execFile)(process.execPath, [script, String(rounds)], { timeout: 600_000 });
    // The first round reads everything from the disk for the first time; what a user feels every day is the rest.
    const pairs = (JSON.parse(stdout) as [Cost, Cost][]).slice(1);
    const walls = pairs.map(([ours, base]) => ours.wall - base.wall).sort((a, b) => a - b);
    return {
      ours: pairs.map(([ours]) => ours.cpu),
      // The empty one takes less than the clock of a thread can tell.
      base: pairs.map(([, base]) => Math.max(base.cpu, 0.01)),
      unit: "ms",
      note: `CPU of the host's thread; by the clock, with a window starting on the same cores, ${walls[0]?.toFixed(1)} to ${walls.at(-1)?.toFixed(1)} ms more; entry bundle ${(statSync(join(dist, "extension.cjs")).size / KB).toFixed(1)} KB (goal ≤ 50 KB)`,
    };
  },
};

export const rows: BenchRow[] = [activation];
