import assert from "node:assert/strict";
import { join } from "node:path";
import * as vscode from "vscode";
import { runTests } from "../../../src/host/api/tests";

suite("tests", () => {
  const folder = (): string => vscode.workspace.workspaceFolders![0]!.uri.fsPath;
  let controller: vscode.TestController | undefined;
  teardown(() => controller?.dispose());

  /** An extension of the user's with one test a file; its name says how it ends. */
  async function testsNamed(names: string[]): Promise<void> {
    const made = vscode.tests.createTestController("probe", "Probe");
    controller = made;
    for (const name of names) {
      const item = made.createTestItem(name, name, vscode.Uri.file(join(folder(), "probe", `${name}.ts`)));
      item.range = new vscode.Range(4, 0, 4, 10);
      made.items.add(item);
    }
    const all = (): vscode.TestItem[] => [...made.items].map(([, item]) => item);
    const profile = (request: vscode.TestRunRequest): void => {
      const run = made.createTestRun(request);
      const items = (request.include ?? all()).flatMap((item) =>
        item.children.size > 0 ? [...item.children].map(([, one]) => one) : [item],
      );
      for (const item of items) {
        if (item.id.startsWith("fails")) run.failed(item, new vscode.TestMessage("expected 1 to be 2"));
        else if (item.id.startsWith("skips")) run.skipped(item);
        else run.passed(item);
      }
      run.end();
    };
    made.createRunProfile("run", vscode.TestRunProfileKind.Run, profile, true);
    for (let tries = 0; tries < 100; tries++) {
      const known = await vscode.commands.executeCommand<string[]>("vscode.testing.getControllersWithTests");
      if (known.includes("probe")) return;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error("the editor never heard of the tests");
  }

  test("without tests in the explorer there is nothing to run", async () => {
    assert.equal(await runTests([]), null);
  });

  test("all, or those of a file, with what failed and why", async () => {
    await testsNamed(["passes", "fails", "skips"]);
    const at = (name: string): string => join(folder(), "probe", `${name}.ts`);
    const all = await runTests([]);
    assert.deepEqual([all?.passed, all?.failed, all?.skipped], [1, 1, 1]);
    assert.deepEqual(all?.failures, [{ name: "fails", path: at("fails"), line: 5 }]);
    // Editors of the first supported versions do not tell what a test said.
    if (vscode.lm.tools.some(({ name }) => name === "testFailure")) assert.match(all?.details ?? "", /expected 1 to be 2/);
    else assert.equal(all?.details, undefined);
    assert.deepEqual(await runTests([at("passes")]), { passed: 1, failed: 0, skipped: 0, failures: [] });
    assert.equal((await runTests([join(folder(), "probe")]))?.failed, 1);
    assert.equal(await runTests([join(folder(), "elsewhere")]), null);
  });
});
