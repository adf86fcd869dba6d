import assert from "node:assert/strict";
import { statSync } from "node:fs";
import { join } from "node:path";
import * as vscode from "vscode";
import { CommandTerminals } from "../../../src/host/api/command-terminals";
import { EditorModels } from "../../../src/host/api/editor-models";
import { IntegratedTerminal } from "../../../src/host/api/integrated-terminal";
import { ChatPanels } from "../../../src/host/panel/chat-panels";

const extension = (): vscode.Extension<unknown> => vscode.extensions.getExtension("stride.stride")!;

const until = async <T>(ask: () => T | undefined | false | Promise<T | undefined | false>): Promise<T> => {
  for (let tries = 0; tries < 200; tries++) {
    const answer = await ask();
    if (answer) return answer;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`never came: ${ask.toString()}`);
};

suite("extension", () => {
  test("activates fast, starts nothing, registers every command of the manifest", async () => {
    const started = performance.now();
    await extension().activate();
    const ms = performance.now() - started;
    assert.ok(ms < 500, `${ms} ms`);
    const contributed = (extension().packageJSON as { contributes: { commands: { command: string }[] } }).contributes.commands;
    const known = new Set(await vscode.commands.getCommands(true));
    assert.deepEqual(
      contributed.filter(({ command }) => !known.has(command)),
      [],
    );
    assert.ok(contributed.length >= 15);
  });

  test("the entry is small", () => {
    const { size } = statSync(join(extension().extensionPath, "dist", "extension.cjs"));
    assert.ok(size < 50 * 1024, `${size} bytes`);
  });

  test("code actions are offered on a selection and on a problem, and only there", async () => {
    const document = await vscode.workspace.openTextDocument(
      join(vscode.workspace.workspaceFolders![0]!.uri.fsPath, "src/price.js"),
    );
    await vscode.window.showTextDocument(document);
    const titles = async (range: vscode.Range): Promise<string[]> => {
      const found = await vscode.commands.executeCommand<vscode.CodeAction[]>(
        "vscode.executeCodeActionProvider",
        document.uri,
        range,
      );
      return found.map(({ title }) => title).filter((title) => title.startsWith("Stride"));
    };
    const collection = vscode.languages.createDiagnosticCollection("probe");
    assert.deepEqual(await titles(new vscode.Range(0, 0, 0, 5)), [
      "Stride: Explain",
      "Stride: Improve",
      "Stride: Write test",
      "Stride: Fix",
    ]);
    assert.deepEqual(await titles(new vscode.Range(1, 0, 1, 0)), []);
    collection.set(document.uri, [new vscode.Diagnostic(new vscode.Range(1, 0, 1, 1), "is wrong")]);
    assert.deepEqual(await titles(new vscode.Range(1, 0, 1, 0)), ["Stride: Fix this problem", "Stride: Explain this problem"]);
    collection.dispose();
  });

  test("a command's terminal is read-only, shows plain text, and Ctrl+C stops the command", async () => {
    const stopped: string[] = [];
    const terminals = new CommandTerminals({ stop: ({ id }) => stopped.push(id), which: () => "never" });
    const before = vscode.window.terminals.length;
    terminals.begin({ id: "c1", title: "npm test" });
    terminals.write("c1", "one\n\u001b]52;c;aGk=\u0007two\n");
    assert.equal(vscode.window.terminals.length, before);
    assert.match(terminals.shown("c1") ?? "", /\$ npm test[^]*one\r\ntwo\r\n$/);
    assert.equal(terminals.show("c1"), true);
    const terminal = await until(() => vscode.window.terminals.find(({ name }) => name === "Stride: npm test"));
    terminal.sendText("hello", false);
    terminal.sendText("\u0003", false);
    await until(() => stopped.length > 0);
    terminals.end("c1", 2);
    assert.match(terminals.shown("c1") ?? "", /\[exit code 2\]/);
    assert.deepEqual(stopped, ["c1"]);
    terminals.dispose();
  });

  test("terminals of commands are few, and finished ones are used again", async () => {
    const terminals = new CommandTerminals({ stop: () => {}, which: () => "always" });
    for (let n = 0; n < 20; n++) {
      terminals.begin({ id: `c${n}`, title: `command ${n}` });
      if (n >= 2) terminals.end(`c${n}`, 0);
    }
    assert.equal(terminals.open, 3);
    for (let n = 20; n < 40; n++) terminals.begin({ id: `c${n}`, title: `command ${n}` });
    assert.equal(terminals.open, 6);
    assert.equal(terminals.show("unknown"), false);
    terminals.dispose();
    await until(() => vscode.window.terminals.every(({ name }) => !name.startsWith("Stride: command")));
  });

  test("the integrated terminal gives output and exit code, or hands back", async function () {
    this.timeout(30_000);
    const terminal = new IntegratedTerminal();
    const cwd = vscode.workspace.workspaceFolders![0]!.uri.fsPath;
    const done = await terminal.run("echo from the terminal; (exit 3)", cwd, 10_000);
    terminal.dispose();
    if (done === null) return this.skip();
    assert.equal(done.exitCode, 3);
    assert.match(done.output, /from the terminal/);
  });

  test("a model of the editor that is not there is an answer, not a failure", async () => {
    const models = new EditorModels();
    assert.ok(Array.isArray(await models.list()));
    const call = await models.start("vscode/nobody/none", { role: "main", system: [], messages: [], tools: [] });
    const [event] = (await models.next(call)) ?? [];
    assert.equal(event?.type === "error" && event.error.kind, "not_found");
    assert.equal(await models.next(call), null);
    models.dispose();
  });

  test("the real panel talks under the strict policy and reads only its own folder", async function () {
    this.timeout(30_000);
    const messages: { type: string }[] = [];
    const panels = new ChatPanels({
      extensionUri: extension().extensionUri,
      bridge: {
        conversations: { attach: () => ({ dispose: () => {} }), touch: () => {} } as never,
        surroundings: async () => ({ models: [], trusted: false, hasKey: false, engine: { state: "idle" }, draft: "" }),
        trusted: () => false,
        onMessage: (message) => messages.push(message),
        onSession: () => {},
        log: (text) => messages.push({ type: text }),
      },
    });
    const panel = vscode.window.createWebviewPanel("stride.probe", "probe", vscode.ViewColumn.One);
    const received: { type: string }[] = [];
    panel.webview.onDidReceiveMessage((message: { type: string }) => received.push(message));
    panels.adoptEditor(panel, undefined);
    await until(() => received.some(({ type }) => type === "ready"));
    // The page draws the snapshot and gives its credit: scripts and style came through the policy.
    await until(() => received.some(({ type }) => type === "next_frame"));
    assert.deepEqual(
      panel.webview.options.localResourceRoots?.map(({ path }) => path.split("/").slice(-2).join("/")),
      ["dist/webview"],
    );
    assert.match(panel.webview.html, /default-src 'none'/);
    assert.deepEqual(messages, []);
    panels.dispose();
  });
});
