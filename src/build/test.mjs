#!/usr/bin/env node
// npm test [-- STAGE…] [-- --floor | --desktop]   stages: types lint build unit package host e2e
// The last line is "N passed, N failed", the exit code says the same.
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { installEditorHost } from "./editor-host.mjs";
import { install } from "./install.mjs";
import { environment24, HOST_DIR, ROOT } from "./node-24.mjs";
import { run } from "./run.mjs";

const OUT = join(ROOT, "out");
const FLOOR = { codeServer: "4.104.0", node: "22.18.0" };
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { floor: { type: "boolean" }, desktop: { type: "boolean" }, verbose: { type: "boolean" } },
});
const MOST_REASONS = 5;
const launcher = [...(values.floor ? ["--floor"] : []), ...(values.desktop ? ["--desktop"] : [])];

/** In this order: what fails fastest comes first. `count` reads how many tests ran; without it a stage is one. */
const STAGES = {
  types: { command: ["node", "src/build/types.mjs"], minutes: 3 },
  lint: { command: ["oxlint", "--deny-warnings", "src", "webview-ui", "test"], minutes: 3 },
  build: { command: ["node", "src/build/bundle.mjs"], minutes: 3 },
  unit: vitest("unit", "test/vitest.config.ts", 15),
  package: { command: ["node", "src/build/package.mjs"], minutes: 5 },
  host: { command: ["node", "test/support/editor/run-host-tests.ts", ...launcher], minutes: 8, count: lastCount },
  e2e: vitest("e2e", "test/e2e/vitest.config.ts", 20),
};

const unknown = positionals.filter((name) => !(name in STAGES));
if (unknown.length > 0) {
  console.error(`there is no stage ${unknown.join(", ")}; there are ${Object.keys(STAGES).join(" ")}`);
  process.exit(2);
}
await timed("install", async () => {
  await install();
  if (values.floor) await installEditorHost(`${HOST_DIR}-floor`, FLOOR);
});
mkdirSync(OUT, { recursive: true });
const names = positionals.length > 0 ? Object.keys(STAGES).filter((name) => positionals.includes(name)) : Object.keys(STAGES);
const total = { passed: 0, failed: 0 };
for (const name of names) {
  const { passed, failed } = await runStage(name, STAGES[name]);
  total.passed += passed;
  total.failed += failed;
}
console.log(`${total.passed} passed, ${total.failed} failed`);
process.exit(total.failed > 0 ? 1 : 0);

async function runStage(name, { command, minutes, count, results }) {
  if (results) rmSync(results, { force: true });
  const started = Date.now();
  const env = environment24({ CI: "true", NO_COLOR: "1", FORCE_COLOR: "0" });
  if (results) env.STRIDE_TEST_RESULTS = results;
  const { code, output, timedOut } = await run(command, { cwd: ROOT, env, show: values.verbose, timeoutMs: minutes * 60_000 });
  const ended = code === 0 && !timedOut;
  const counted = count?.(output) ?? { passed: ended ? 1 : 0, failed: ended ? 0 : 1 };
  // A stage that says "all passed" and still ends badly has failed.
  if (!ended && counted.failed === 0) counted.failed = 1;
  const log = join(OUT, `${name}.log`);
  writeFileSync(log, output);
  const seconds = ((Date.now() - started) / 1000).toFixed(1);
  console.log(
    `${counted.failed === 0 ? "ok  " : "FAIL"} ${name.padEnd(8)} ${seconds.padStart(6)} s  ${counted.passed} passed, ${counted.failed} failed`,
  );
  for (const name of counted.retried ?? []) console.log(`     passed only when run again: ${name}`);
  if (counted.failed > 0) {
    console.log(counted.failures?.length > 0 ? named(counted.failures) : tail(output));
    console.log(`(all of it: ${log})`);
  }
  return counted;
}

function vitest(name, config, minutes) {
  const results = join(OUT, `${name}.json`);
  const reporters = ["--reporter=default", "--reporter=./test/support/result-reporter.ts"];
  const count = () => (existsSync(results) ? JSON.parse(readFileSync(results, "utf8")) : undefined);
  return { command: ["vitest", "run", "--config", config, ...reporters], minutes, results, count };
}

function lastCount(output) {
  const match = [...output.matchAll(/^(\d+) passed, (\d+) failed$/gm)].at(-1);
  const retried = [...output.matchAll(/^passed only when run again: (.*)$/gm)].map(([, name]) => name);
  return match && { passed: Number(match[1]), failed: Number(match[2]), retried };
}

function tail(output) {
  return output.trimEnd().split("\n").slice(-80).join("\n");
}

/** The first ones with their reasons; where much is broken the reasons are the same. */
function named(failures) {
  const names = failures.slice(MOST_REASONS).map((failure) => failure.split("\n", 1)[0]);
  return [...failures.slice(0, MOST_REASONS), ...names].join("\n");
}

async function timed(name, work) {
  const started = Date.now();
  await work();
  console.log(`ok   ${name.padEnd(8)} ${((Date.now() - started) / 1000).toFixed(1).padStart(6)} s`);
}
