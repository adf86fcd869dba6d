import assert from "node:assert/strict";
import { join } from "node:path";
import * as threads from "node:worker_threads";
import * as vscode from "vscode";
import { lastSession, ofType } from "../../support/session-log";

const home = process.env["STRIDE_HOME"]!;

suite("engine", () => {
  test("it starts with the first message and not before, and the practice model answers", async function () {
    this.timeout(90_000);
    const started = watchThreads();
    await vscode.extensions.getExtension("stride.stride")!.activate();
    const [folder] = vscode.workspace.workspaceFolders!;
    const editor = await vscode.window.showTextDocument(vscode.Uri.joinPath(folder!.uri, "src/price.js"));
    editor.selection = new vscode.Selection(0, 0, 1, 0);
    assert.deepEqual(started(), []);
    assert.deepEqual(lastSession(home), []);

    await vscode.commands.executeCommand("stride.explain");
    const events = await turnEnded();
    assert.deepEqual(started(), ["worker.js"]);
    assert.match(JSON.stringify(ofType(events, "user_message")[0]?.message), /@src\/price\.js#L1/);
    assert.ok(ofType(events, "assistant_message").length > 0);
    assert.ok(ofType(events, "assistant_message").every(({ model }) => model.startsWith("practice")));
    assert.equal(ofType(events, "turn_ended").at(-1)?.reason, "completed");
  });
});

/** Names of the programs that were started as threads of this extension host from now on. */
function watchThreads(): () => string[] {
  const files: string[] = [];
  const module = process.getBuiltinModule("node:worker_threads") as { Worker: typeof threads.Worker };
  module.Worker = new Proxy(module.Worker, {
    construct(target, given: ConstructorParameters<typeof threads.Worker>, by) {
      files.push(String(given[0]));
      return Reflect.construct(target, given, by) as object;
    },
  });
  return () => files.filter((file) => file.includes(join("dist", "worker"))).map((file) => file.replace(/^.*[/\\]/, ""));
}

async function turnEnded(): Promise<ReturnType<typeof lastSession>> {
  for (let tries = 0; tries < 600; tries++) {
    const events = lastSession(home);
    if (ofType(events, "turn_ended").length > 0) return events;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(
    `the turn did not end: ${lastSession(home)
      .map(({ type }) => type)
      .join(" ")}`,
  );
}
