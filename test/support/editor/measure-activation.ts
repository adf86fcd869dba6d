// node test/support/editor/measure-activation.ts TIMES   prints [ours, empty][] in ms: both activated in the same extension host
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
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
async function measure(): Promise<[number, number][]> {
  const dataDir = join(temp, "editor");
  await installVsix(await emptyExtension(), dataDir);
  writeFileSync(results, "");
  writeFileSync(join(temp, "entry.cjs"), entry);
  const folder = copySample(join(temp, "folder"));
  const env = { STRIDE_HOME: join(temp, "stride"), ACTIVATION_RESULTS: results };
  const server = await startEditorServer({ dataDir, development: true, env });
  const browser = await startBrowser();
  try {
    for (let n = 1; n <= times; n++) {
      const exit = Promise.withResolvers<number>();
      const late = setTimeout(() => exit.resolve(-1), 90_000);
      const { context } = await openWorkbench(browser, server, {
        folder,
        payload: [
          ["extensionDevelopmentPath", remotePath(ROOT)],
          ["extensionTestsPath", remotePath(join(temp, "entry.cjs"))],
        ],
        prepare: async (made) => {
          await made.exposeFunction("codeAutomationLog", () => {});
          await made.exposeFunction("codeAutomationExit", (code: number) => exit.resolve(code));
        },
      });
      const code = await exit.promise;
      clearTimeout(late);
      await context.close();
      if (code !== 0) throw new Error(`round ${n} ended with ${code}`);
    }
  } finally {
    await browser.close();
    await server.stop();
  }
  const lines = readFileSync(results, "utf8").trim().split("\n");
  return lines.map((line) => JSON.parse(line) as [number, number]);
}

/** What an extension costs that does nothing. */
async function emptyExtension(): Promise<string> {
  const cwd = join(temp, "empty");
  mkdirSync(cwd);
  const manifest = {
    name: "empty",
    publisher: "stride-bench",
    version: "0.0.1",
    engines: { vscode: "^1.104.0" },
    main: "./main.cjs",
    activationEvents: ["onCommand:empty.none"],
  };
  writeFileSync(join(cwd, "package.json"), JSON.stringify(manifest));
  writeFileSync(join(cwd, "README.md"), "Nothing.\n");
  writeFileSync(join(cwd, "main.cjs"), "exports.activate = () => {};\n");
  const packagePath = join(temp, "empty.vsix");
  const log = console.log;
  console.log = () => {};
  await createVSIX({ cwd, packagePath, dependencies: false, allowMissingRepository: true, skipLicense: true }).finally(
    () => (console.log = log),
  );
  return packagePath;
}

const entry = `
const { appendFileSync, readFileSync } = require("node:fs");
const { extensions } = require("vscode");
exports.run = async () => {
  const file = process.env.ACTIVATION_RESULTS;
  const timed = async (id) => {
    const extension = extensions.getExtension(id);
    if (!extension || extension.isActive) throw new Error(id + (extension ? " is active already" : " is not there"));
    const started = performance.now();
    await extension.activate();
    return performance.now() - started;
  };
  const first = readFileSync(file, "utf8").split("\\n").length % 2;
  const ids = ["stride.stride", "stride-bench.empty"];
  const ms = {};
  for (const id of first ? ids : ids.reverse()) ms[id] = await timed(id);
  appendFileSync(file, JSON.stringify([ms["stride.stride"], ms["stride-bench.empty"]]) + "\\n");
};
`;

// Last, because what the functions use stands above.
try {
  console.log(JSON.stringify(await measure()));
} finally {
  rmSync(temp, { recursive: true, force: true, maxRetries: 5 });
}
