// node test/support/editor/measure-activation.ts TIMES   prints [ours, empty][] in ms: loading the entry and activate(), in the same
// extension host. Timed from within: `extension.activate()` also waits for the window, which costs every extension the same.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createVSIX } from "@vscode/vsce";
import { ROOT } from "../../../src/build/node-24.mjs";
import { copySample } from "./copy-sample.ts";
import { installVsix, remotePath, startEditorServer } from "./start-editor-server.ts";
import { openWorkbench, startBrowser } from "./workbench.ts";

const times = Number(process.argv[2] ?? 10);
const temp = mkdtempSync(join(tmpdir(), "stride-activation-"));
const results = join(temp, "results");
const EMPTY = "exports.activate = () => {};\n";

/** Started before the others; times how long each takes to load and to run `activate()`. */
const STOPWATCH = `
const Module = require("node:module");
const { existsSync, renameSync, writeFileSync } = require("node:fs");
const { extensions } = require("vscode");
const ids = { ours: "stride.stride", empty: "stride-bench.empty" };
const ms = {};
exports.activate = () => {
  const mains = Object.entries(ids).map(([name, id]) => {
    const { extensionPath, packageJSON } = extensions.getExtension(id);
    return [require.resolve(require("node:path").join(extensionPath, packageJSON.main)), name];
  });
  const nameOf = new Map(mains);
  const load = Module.prototype.load;
  Module.prototype.load = function (file) {
    const started = performance.now();
    load.call(this, file);
    const name = nameOf.get(file);
    if (!name) return;
    ms[name] = performance.now() - started;
    const { activate } = this.exports;
    const timed = (context) => {
      const started = performance.now();
      const result = activate(context);
      ms[name] += performance.now() - started;
      return result;
    };
    this.exports = { ...this.exports, activate: timed };
  };
  const early = Object.values(ids).filter((id) => extensions.getExtension(id).isActive);
  // Neither always has the cold start of what both need.
  const order = Date.now() % 2 ? Object.values(ids) : Object.values(ids).toReversed();
  const run = async () => {
    if (early.length) return { error: early + " was active before the stopwatch" };
    for (const id of order) await extensions.getExtension(id).activate();
    return [ms.ours, ms.empty];
  };
  const save = (result) => {
    const file = process.env.ACTIVATION_RESULTS;
    writeFileSync(file + ".part", JSON.stringify(result));
    renameSync(file + ".part", file);
  };
  setTimeout(() => run().then(save, (error) => save({ error: error.stack })), 0);
};
`;

async function measure(): Promise<[number, number][]> {
  const dataDir = join(temp, "editor");
  await installVsix(await extension("empty", { activationEvents: ["onCommand:empty.none"] }, EMPTY), dataDir);
  await installVsix(await extension("stopwatch", { activationEvents: ["*"] }, STOPWATCH), dataDir);
  const folder = copySample(join(temp, "folder"));
  const env = { STRIDE_HOME: join(temp, "stride"), ACTIVATION_RESULTS: results };
  const server = await startEditorServer({ dataDir, development: true, env });
  const browser = await startBrowser();
  const rounds: [number, number][] = [];
  try {
    for (let n = 1; n <= times; n++) {
      rmSync(results, { force: true });
      const payload: [string, string][] = [["extensionDevelopmentPath", remotePath(ROOT)]];
      const { context } = await openWorkbench(browser, server, { folder, payload });
      for (let waited = 0; !existsSync(results); waited += 100) {
        if (waited > 60_000) throw new Error(`round ${n}: nothing was activated within a minute`);
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
      await context.close();
      const round = JSON.parse(readFileSync(results, "utf8")) as [number, number] | { error: string };
      if (!Array.isArray(round)) throw new Error(`round ${n}: ${round.error}`);
      rounds.push(round);
    }
  } finally {
    await browser.close();
    await server.stop();
  }
  return rounds;
}

async function extension(name: string, more: object, main: string): Promise<string> {
  const cwd = join(temp, name);
  mkdirSync(cwd);
  const manifest = { name, publisher: "stride-bench", version: "0.0.1", engines: { vscode: "^1.104.0" }, main: "./main.cjs" };
  writeFileSync(join(cwd, "package.json"), JSON.stringify({ ...manifest, ...more }));
  writeFileSync(join(cwd, "README.md"), "Nothing.\n");
  writeFileSync(join(cwd, "main.cjs"), main);
  const packagePath = join(temp, `${name}.vsix`);
  const log = console.log;
  console.log = () => {};
  await createVSIX({ cwd, packagePath, dependencies: false, allowMissingRepository: true, skipLicense: true }).finally(
    () => (console.log = log),
  );
  return packagePath;
}

// Last, because what the functions use stands above.
try {
  console.log(JSON.stringify(await measure()));
} finally {
  rmSync(temp, { recursive: true, force: true, maxRetries: 5 });
}
