#!/usr/bin/env node
// npm run bench [-- name …] [--full] [--seed N]: every row against its baseline, in turns, in one run.
import { spawnSync } from "node:child_process";
import {
  closeSync,
  fdatasyncSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  rmSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { cpus, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";
import { figuresOf, median, variation } from "./figures.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const out = join(here, "out");
const args = process.argv.slice(2);
const full = args.includes("--full");
const seedAt = args.indexOf("--seed");
const seed = seedAt < 0 ? 1 : Number(args[seedAt + 1]);
const names = args.filter((arg, index) => !arg.startsWith("--") && (seedAt < 0 || index !== seedAt + 1));
const notRows = new Set(["row.ts", "loop-cli.ts", "loop-engine.ts", "peer-pi.ts", "peer-codex.ts"]);

mkdirSync(out, { recursive: true });
const temps = [];
const context = {
  dist: join(here, "../../dist"),
  full: full || names.length > 0,
  seed,
  temp() {
    const dir = mkdtempSync(join(tmpdir(), "stride-bench-"));
    temps.push(dir);
    return dir;
  },
  async pairs(count, ours, base) {
    const samples = { ours: [], base: [] };
    for (let i = -3; i < count; i++) {
      const swap = i % 2 !== 0;
      const first = await (swap ? base : ours)();
      const second = await (swap ? ours : base)();
      if (i < 0) continue;
      samples.ours.push(swap ? second : first);
      samples.base.push(swap ? first : second);
    }
    return samples;
  },
};

const files = readdirSync(here).filter(
  (file) => file.endsWith(".ts") && !notRows.has(file) && (names.length === 0 || names.includes(file.slice(0, -3))),
);
if (files.length === 0) {
  console.error(
    `No rows named ${names.join(", ")}. There are: ${readdirSync(here)
      .filter((file) => file.endsWith(".ts") && !notRows.has(file))
      .map((file) => file.slice(0, -3))
      .join(", ")}`,
  );
  process.exit(2);
}

const calibration = calibrate();
console.log(
  `calibration: ${calibration.map(({ name, ms, cv }) => `${name} ${ms.toFixed(2)} ms (±${Math.round(cv * 100)} %)`).join(" · ")} · ${cpus().length} cores · node ${process.version}`,
);
const noisy = calibration.some(({ cv }) => cv > 0.25);
if (noisy) console.log("The machine is noisy (calibration varies by more than 25 %): take the ratios, not the milliseconds.");

const results = [];
try {
  for (const file of files) await runFile(file);
} finally {
  for (const dir of temps) rmSync(dir, { recursive: true, force: true });
}
writeFileSync(
  join(out, "bench.json"),
  JSON.stringify({ at: new Date().toISOString(), node: process.version, seed, noisy, calibration, results }, null, 2),
);
const missed = results.filter((result) => result.met === false);
console.log(
  `\n${results.length} rows, ${missed.length} off their goal${missed.length ? `: ${missed.map((row) => row.name).join("; ")}` : ""}. Written to test/bench/out/bench.json`,
);

async function runFile(file) {
  const outfile = join(out, `${file.slice(0, -3)}.mjs`);
  const banner = "import { createRequire as __cr } from 'node:module'; const require = __cr(import.meta.url);";
  await build({
    entryPoints: [join(here, file)],
    outfile,
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node22",
    packages: "external",
    banner: { js: banner },
    logLevel: "error",
  });
  const { rows } = await import(pathToFileURL(outfile).href);
  console.log(`\n${file.slice(0, -3)}`);
  console.log(
    [
      "row".padEnd(46),
      "ours p50".padStart(12),
      "p99".padStart(11),
      "base p50".padStart(12),
      "ratio [95 %]".padStart(24),
      " goal",
    ].join(" "),
  );
  for (const row of rows) await runRow(file, row);
}

async function runRow(file, row) {
  try {
    const samples = await row.run(context);
    const figures = figuresOf(samples, seed);
    const met = row.met?.(figures);
    results.push({
      file,
      name: row.name,
      baseline: row.baseline,
      goal: row.goal,
      unit: samples.unit,
      note: samples.note,
      met,
      figures,
    });
    const show = (value) => `${value >= 100 ? value.toFixed(0) : value.toPrecision(3)} ${samples.unit}`;
    const { ratio } = figures;
    const mark = met === undefined ? " " : met ? "✓" : "✗";
    console.log(
      [
        row.name.padEnd(46),
        show(figures.ours.p50).padStart(12),
        show(figures.ours.p99).padStart(11),
        show(figures.base.p50).padStart(12),
        `${ratio.median.toFixed(3)} [${ratio.low.toFixed(3)}, ${ratio.high.toFixed(3)}]`.padStart(24),
        `${mark} ${row.goal} (vs ${row.baseline})${samples.note ? ` · ${samples.note}` : ""}`,
      ].join(" "),
    );
  } catch (error) {
    results.push({ file, name: row.name, goal: row.goal, error: String(error), met: false });
    console.log(`${row.name.padEnd(46)} FAILED: ${error instanceof Error ? error.stack : String(error)}`);
  }
}

function calibrate() {
  const timed = (name, run, count = 15) => {
    const values = Array.from({ length: count + 3 }, () => {
      const start = performance.now();
      run();
      return performance.now() - start;
    }).slice(3);
    return { name, ms: median(values), cv: variation(values) };
  };
  const megabyte = { text: "x".repeat(1 << 20) };
  const dir = mkdtempSync(join(tmpdir(), "stride-bench-"));
  temps.push(dir);
  const bytes = Buffer.alloc(1 << 20);
  return [
    timed("spawn", () => spawnSync("/bin/true")),
    timed("clone 1 MB", () => structuredClone(megabyte)),
    timed("fdatasync 1 MB", () => {
      const fd = openSync(join(dir, "f"), "w");
      writeSync(fd, bytes);
      fdatasyncSync(fd);
      closeSync(fd);
    }),
  ];
}
