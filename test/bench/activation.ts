import { execFile } from "node:child_process";
import { statSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import type { BenchRow } from "./row";

const KB = 1024;

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
    const pairs = (JSON.parse(stdout) as [number, number][]).slice(1);
    return {
      ours: pairs.map(([ours]) => ours),
      base: pairs.map(([, base]) => base),
      unit: "ms",
      note: `entry bundle ${(statSync(join(dist, "extension.cjs")).size / KB).toFixed(1)} KB (goal ≤ 50 KB)`,
    };
  },
};

export const rows: BenchRow[] = [activation];
