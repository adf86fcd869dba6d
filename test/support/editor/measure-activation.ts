// node test/support/editor/measure-activation.ts TIMES   prints [ours, empty][], each { cpu, wall } in ms: loading the entry and running
// activate(), in the same extension host. Timed from within: what `extension.activate()` waits for besides is the window, the same for
// every extension. A starting window takes more cores than there are: `cpu` is the thread's own time, `wall` has others' work in it.
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ROOT } from "../../../src/build/node-24.mjs";
import { copySample } from "./copy-sample.ts";
import { startEditorServer } from "./start-editor-server.ts";
import { openWorkbench, startBrowser } from "./workbench.ts";

const MINUTE = 60_000;
const times = Number(process.argv[2] ?? 10);
const temp = mkdtempSync(join(tmpdir(), "stride-activation-"));
const names = ["stride", "empty"] as const;
const dataDir = join(temp, "editor");
const resultOf = (name: string): string => join(temp, `${name}.ms`);

interface Cost {
  cpu: number;
  wall: number;
}

async function measure(): Promise<[Cost, Cost][]> {
  installStride();
  installEmpty();
  const folder = copySample(join(temp, "folder"));
  const env = { STRIDE_HOME: join(temp, "home") };
  const server = await startEditorServer({ dataDir, env });
  const browser = await startBrowser();
  const rounds: [Cost, Cost][] = [];
  try {
    for (let n = 1; n <= times; n++) {
      for (const name of names) rmSync(resultOf(name), { force: true });
      const { context } = await openWorkbench(browser, server, { folder });
      await until(
        () => names.every((name) => existsSync(resultOf(name))),
        () => `round ${n} ${names.filter((name) => !existsSync(resultOf(name))).join(", ")}`,
      );
      await context.close();
      rounds.push(names.map((name) => JSON.parse(readFileSync(resultOf(name), "utf8")) as Cost) as [Cost, Cost]);
    }
  } finally {
    await browser.close();
    await server.stop();
  }
  return rounds;
}

/** What is packaged, with a stopwatch before its entry. */
function installStride(): void {
  const folder = join(dataDir, "extensions", "stride.stride");
  mkdirSync(folder, { recursive: true });
  for (const part of ["dist", "media"]) cpSync(join(ROOT, part), join(folder, part), { recursive: true });
  const manifest = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as Manifest;
  timed(folder, "stride", { ...manifest, activationEvents: [...manifest.activationEvents, "onStartupFinished"] });
}

/** What an extension costs that does nothing. */
function installEmpty(): void {
  const folder = join(dataDir, "extensions", "stride-bench.empty");
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "main.cjs"), "exports.activate = () => {};\n");
  const engines = { vscode: "^1.104.0" };
  const manifest = { name: "empty", publisher: "stride-bench", version: "0.0.1", engines, main: "./main.cjs" };
  timed(folder, "empty", { ...manifest, activationEvents: ["onStartupFinished"] });
}

interface Manifest {
  main: string;
  activationEvents: string[];
}

function timed(folder: string, name: string, manifest: Manifest): void {
  writeFileSync(join(folder, "package.json"), JSON.stringify({ ...manifest, main: "./timed.cjs" }));
  const main = manifest.main.startsWith("./") ? manifest.main : `./${manifest.main}`;
  const stopwatch = `
    const { renameSync, writeFileSync } = require("node:fs");
    const cpu = () => {
      const { user, system } = (process.threadCpuUsage ?? process.cpuUsage)();
      return (user + system) / 1000;
    };
    const from = { cpu: cpu(), wall: performance.now() };
    const { activate, deactivate } = require(${JSON.stringify(main)});
    const loaded = { cpu: cpu() - from.cpu, wall: performance.now() - from.wall };
    exports.deactivate = deactivate;
    exports.activate = (context) => {
      const from = { cpu: cpu(), wall: performance.now() };
      activate(context);
      const cost = { cpu: loaded.cpu + cpu() - from.cpu, wall: loaded.wall + performance.now() - from.wall };
      const file = ${JSON.stringify(resultOf(name))};
      setTimeout(() => {
        writeFileSync(file + ".part", JSON.stringify(cost));
        renameSync(file + ".part", file);
      }, 100);
    };`;
  writeFileSync(join(folder, "timed.cjs"), stopwatch);
}

async function until(done: () => boolean, what: () => string): Promise<void> {
  for (const from = Date.now(); !done(); await new Promise((resolve) => setTimeout(resolve, 50)))
    if (Date.now() - from > MINUTE) throw new Error(`${what()}: nothing was activated within a minute`);
}

// Last, because what the functions use stands above.
try {
  console.log(JSON.stringify(await measure()));
} finally {
  rmSync(temp, { recursive: true, force: true, maxRetries: 5 });
}
