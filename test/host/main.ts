import { globSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { version } from "vscode";

/** VS Code calls this in the extension host; a rejection is exit code 1. */
export async function run(): Promise<void> {
  // mocha is an ES module; a `require` of it looks different on the floor's Node.
  const { default: Mocha } = await import("mocha");
  const mocha = new Mocha({ ui: "tdd", timeout: 30_000, reporter: "spec", color: false });
  mocha.suite.retries(Number(process.env["STRIDE_TEST_RETRIES"] ?? 0));
  const pattern = process.env["STRIDE_TEST_GREP"];
  if (pattern) mocha.grep(pattern);
  for (const file of globSync("suite/**/*.test.cjs", { cwd: __dirname })) mocha.addFile(join(__dirname, file));
  const tests: object[] = [];
  const failures = await new Promise<number>((resolve) => {
    const runner = mocha.run(resolve);
    // "test end" knows nothing of hooks: a failed set-up comes as "fail" only.
    const retried = new Map<string, string>();
    runner.on("retry", (test, error: Error) => retried.set(test.fullTitle(), error.message));
    runner.on("pass", (test) =>
      tests.push({ title: test.fullTitle(), state: "passed", ms: test.duration, retried: retried.get(test.fullTitle()) }),
    );
    runner.on("fail", (test, error: Error) =>
      tests.push({ title: test.fullTitle(), state: "failed", ms: test.duration, error: error.stack }),
    );
    runner.on("pending", (test) => tests.push({ title: test.fullTitle(), state: "pending", ms: 0 }));
  });
  const file = process.env["STRIDE_TEST_RESULTS"];
  if (file) writeFileSync(file, JSON.stringify({ vscode: version, node: process.versions.node, tests }));
  if (failures > 0) throw new Error(`${failures} failed`);
}
