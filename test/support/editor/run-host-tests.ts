// node test/support/editor/run-host-tests.ts [--floor | --desktop [version]] [--verbose] [--grep TEXT]
// One suite, two launchers: VS Code's server in a headless browser (everywhere), or a downloaded desktop VS Code.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { HOST_DIR, ROOT } from "../../../src/build/node-24.mjs";
import { buildHostTests } from "./build-host-tests.ts";
import { copySample } from "./copy-sample.ts";
import { QUIET_SETTINGS } from "./quiet-settings.ts";
import { remotePath, startEditorServer } from "./start-editor-server.ts";
import { openWorkbench, screenshot, startBrowser } from "./workbench.ts";

interface HostResults {
  vscode: string;
  node: string;
  tests: { title: string; state: "passed" | "failed" | "pending"; ms: number; error?: string; retried?: string }[];
}

interface Launch {
  tests: string;
  folder: string;
  temp: string;
  env: Record<string, string>;
}

const TIMEOUT_MS = 240_000;
const { values } = parseArgs({
  options: {
    floor: { type: "boolean" },
    desktop: { type: "boolean" },
    version: { type: "string" },
    verbose: { type: "boolean" },
    grep: { type: "string" },
  },
});

const temp = mkdtempSync(join(tmpdir(), "stride-host-"));
const resultFile = join(temp, "result.json");
const env = {
  STRIDE_HOME: join(temp, "stride"),
  STRIDE_TEST_RESULTS: resultFile,
  STRIDE_TEST_GREP: values.grep ?? "",
  STRIDE_TEST_RETRIES: process.env["CI"] ? "1" : "0",
  ANTHROPIC_API_KEY: "",
};
try {
  const launch = { tests: await buildHostTests(), folder: copySample(join(temp, "workspace")), temp, env };
  const code = values.desktop ? await onDesktop(launch) : await onServer(launch);
  process.exitCode = report(code);
} finally {
  rmSync(temp, { recursive: true, force: true, maxRetries: 5 });
}

async function onServer({ tests, folder, env }: Launch): Promise<number> {
  const say = (text: string) => values.verbose && console.error(text);
  const hostDir = values.floor ? `${HOST_DIR}-floor` : HOST_DIR;
  const server = await startEditorServer({ hostDir, development: true, env, onOutput: say });
  const browser = await startBrowser();
  try {
    const exit = Promise.withResolvers<number | string>();
    const { page } = await openWorkbench(browser, server, {
      folder,
      payload: [
        ["extensionDevelopmentPath", remotePath(ROOT)],
        ["extensionTestsPath", remotePath(tests)],
      ],
      // The two functions the web workbench looks for when it runs under automation.
      prepare: async (context) => {
        await context.exposeFunction("codeAutomationLog", (type: string, args: unknown[]) => say(`[${type}] ${args.join(" ")}`));
        await context.exposeFunction("codeAutomationExit", (code: number) => exit.resolve(code));
      },
    });
    const timer = setTimeout(() => exit.resolve(`not finished after ${TIMEOUT_MS / 1000} s`), TIMEOUT_MS);
    page.once("crash", () => exit.resolve("the page crashed"));
    void server.exited.then(() => exit.resolve("the server ended"));
    const outcome = await exit.promise;
    clearTimeout(timer);
    await screenshot(page, "host-tests").catch(() => {});
    if (typeof outcome === "number") return outcome;
    console.log(outcome);
    return 1;
  } finally {
    await browser.close();
    await server.stop();
  }
}

async function onDesktop({ tests, folder, temp, env }: Launch): Promise<number> {
  const { runTests } = await import("@vscode/test-electron");
  const user = join(temp, "user");
  mkdirSync(join(user, "User"), { recursive: true });
  writeFileSync(join(user, "User", "settings.json"), JSON.stringify(QUIET_SETTINGS));
  const launchArgs = [folder, "--disable-workspace-trust", "--user-data-dir", user, "--extensions-dir", join(temp, "extensions")];
  return runTests({
    version: values.version ?? "stable",
    cachePath: join(ROOT, ".stride-dev", "vscode"),
    extensionDevelopmentPath: ROOT,
    extensionTestsPath: tests,
    extensionTestsEnv: env,
    launchArgs: [...launchArgs, "--disable-telemetry", "--skip-welcome", "--skip-release-notes"],
  }).catch((error: unknown) => {
    console.log(String(error));
    return 1;
  });
}

/** The exit code alone is not believed: an entry that never ran must not pass. */
function report(code: number): number {
  if (!existsSync(resultFile)) {
    console.log("no result: the tests never ran in the extension host\n0 passed, 1 failed");
    return 1;
  }
  const { tests, vscode, node } = JSON.parse(readFileSync(resultFile, "utf8")) as HostResults;
  const failed = tests.filter(({ state }) => state === "failed");
  for (const { title, error } of failed) console.log(`FAILED ${title}\n${error ?? ""}`);
  for (const { title, retried } of tests)
    if (retried !== undefined)
      console.log(`passed only when run again: ${title}: ${retried.replaceAll("\n", " ").slice(0, 300)}`);
  const passed = tests.filter(({ state }) => state === "passed").length;
  const missing = tests.length === 0 || (code !== 0 && failed.length === 0) ? 1 : 0;
  if (missing) console.log(tests.length === 0 ? "no tests in test/host/suite" : `the extension host ended with ${code}`);
  console.log(`VS Code ${vscode}, node ${node}\n${passed} passed, ${failed.length + missing} failed`);
  return failed.length + missing > 0 ? 1 : 0;
}
