import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import { createProcesses } from "../../src/processes/create-processes";
import { createSearch, grepArguments } from "../../src/search/create-search";
import { locateRipgrep } from "../../src/search/locate-ripgrep";
import type { GrepQuery } from "../../src/shared/ports/search";
import type { BenchContext, BenchRow, RowSamples } from "./row";

const never = new AbortController().signal;
const FILES = 10_000;

/** Files as a source tree has them: some hundred lines, one in two hundred holds the rare word. */
function makeTree(root: string): void {
  for (let n = 0; n < FILES; n++) {
    const folder = join(root, `d${n % 100}`, `e${n % 7}`);
    if (n < 700) mkdirSync(folder, { recursive: true });
    const lines = Array.from(
      { length: 120 },
      (_, at) => `  const value${(n * 31 + at) % 977} = compute(${at}, "${(n + at) % 13}"); // note ${at}`,
    );
    if (n % 200 === 0) lines[60] = "  const rareNeedle = value;";
    writeFileSync(join(folder, `f${n}.ts`), lines.join("\n"));
  }
}

async function against(context: BenchContext, query: Omit<GrepQuery, "path" | "limit">): Promise<RowSamples> {
  const root = context.temp();
  makeTree(root);
  const brokerPath = join(context.temp(), "broker.cjs");
  const entry = join(context.dist, "../src/entry/broker.ts");
  await build({
    entryPoints: [entry],
    outfile: brokerPath,
    bundle: true,
    platform: "node",
    format: "cjs",
    target: "node22",
    logLevel: "error",
  });
  const processes = createProcesses({ brokerPath, stateDir: context.temp(), workspaceRoots: [] });
  const rg = locateRipgrep({});
  if (rg === null) throw new Error("no rg on this machine");
  const search = createSearch({ programs: processes.programs, rgPath: rg });
  const whole = { ...query, path: root, limit: 100_000 };
  const counts = { ours: 0, base: 0 };
  const ours = async () => {
    const from = performance.now();
    counts.ours = (await search.grep(whole, never)).lines.length;
    return performance.now() - from;
  };
  const base = async () => {
    const from = performance.now();
    let bytes = 0;
    let lines = 0;
    const child = spawn(rg, grepArguments(whole), { cwd: root, stdio: ["ignore", "pipe", "ignore"] });
    child.stdout.on("data", (chunk: Buffer) => {
      bytes += chunk.length;
      for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, at + 1)) lines++;
    });
    await once(child, "close");
    counts.base = lines;
    return performance.now() - from;
  };
  const samples = await context.pairs(context.full ? 30 : 12, ours, base);
  await processes.shutdown();
  if (counts.ours !== counts.base) throw new Error(`found ${counts.ours} lines, rg ${counts.base}`);
  return { ...samples, unit: "ms", note: `${counts.ours} lines, the same as rg` };
}

const met: BenchRow["met"] = ({ ours, base }) => ours.p50 <= base.p50 * 1.05 + 3;
const goal = "≤ 1.05× + 3 ms";

export const rows: BenchRow[] = [
  {
    name: "H1 Grep, rare word",
    baseline: "rg",
    goal,
    met,
    run: (context) => against(context, { pattern: "rareNeedle", mode: "content" }),
  },
  {
    name: "H1 Grep, files of a rare word",
    baseline: "rg -l",
    goal,
    met,
    run: (context) => against(context, { pattern: "rareNeedle", mode: "files_with_matches" }),
  },
  {
    name: "H1 Grep, regular expression",
    baseline: "rg",
    goal,
    met,
    run: (context) => against(context, { pattern: "value9\\d7 = \\w+\\(5,", mode: "content" }),
  },
];
