import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as vscode from "vscode";
import type { ToolPorts } from "../../../src/agent/tools/define";
import { edit } from "../../../src/agent/tools/edit";
import { read } from "../../../src/agent/tools/read";
import { write } from "../../../src/agent/tools/write";
import { createFiles } from "../../../src/files/create-files";
import { diagnostics } from "../../../src/host/api/diagnostics";
import { applyChanges, openDocument } from "../../../src/host/api/open-document";
import { createFile } from "../../../src/host/api/workspace-files";
import { toolPorts } from "../../unit/tools/tool-ports";

const path = (): string => join(folder, "a.txt");
const onDisk = (): string => readFileSync(path(), "utf8");
const byAnother = (script: string): Buffer => execFileSync("sed", ["-i", script, path()]);
const atStart = new vscode.Position(0, 0);
let folder = "";
let ports: ToolPorts;

async function open(text: string): Promise<vscode.TextEditor> {
  writeFileSync(path(), text);
  return vscode.window.showTextDocument(await vscode.workspace.openTextDocument(path()));
}

/** The tool as the engine runs it, over the disk and this very editor. */
async function check(tool: typeof read, input: object, expected: RegExp, isError = false): Promise<void> {
  const context = { call: "c1", signal: AbortSignal.timeout(20_000), progress: () => {} };
  const done = await tool.run({ file_path: path(), ...input } as never, ports, context);
  assert.match(done.content as string, expected);
  assert.equal(done.isError ?? false, isError, done.content as string);
}

async function follows(editor: vscode.TextEditor, text: string): Promise<void> {
  for (let tries = 0; tries < 200 && editor.document.getText() !== text; tries++)
    await new Promise((resolve) => setTimeout(resolve, 50));
  assert.deepEqual([editor.document.getText(), editor.document.isDirty, onDisk()], [text, false, text]);
}

suite("file changed on disk", () => {
  setup(() => {
    folder = mkdtempSync(join(vscode.workspace.workspaceFolders![0]!.uri.fsPath, "disk-"));
    const host = { openDocument, applyChanges, createFile, diagnostics };
    ports = toolPorts(folder, { files: createFiles({ host }), host });
  });
  teardown(async () => {
    await vscode.commands.executeCommand("workbench.action.files.revert");
    await vscode.commands.executeCommand("workbench.action.closeAllEditors");
    rmSync(folder, { recursive: true, force: true });
  });

  test("at once a read gives the new text and an edit is on disk; the open document follows", async () => {
    const editor = await open("one\ntwo\nthree\n");
    await check(read, {}, /2\ttwo/);
    byAnother("s/two/TWO/");
    await check(read, {}, /2\tTWO/);
    await check(edit, { old_string: "TWO", new_string: "2" }, /^Edited/);
    assert.equal(onDisk(), "one\n2\nthree\n");
    await follows(editor, "one\n2\nthree\n");
    await check(edit, { old_string: "three", new_string: "3" }, /^Edited/);
    await follows(editor, "one\n2\n3\n");
  });

  test("stale: what changed is told, another part is kept, the same part is refused", async () => {
    const editor = await open("one\ntwo\nthree\n");
    await check(read, {}, /two/);
    byAnother("s/three/THREE/");
    await check(edit, { old_string: "one", new_string: "1" }, /Others changed the file[^]*- three\n\+ THREE/);
    await follows(editor, "1\ntwo\nTHREE\n");
    byAnother("s/two/TWO/");
    await check(edit, { old_string: "two", new_string: "2" }, /has changed since you read it[^]*\+ TWO/, true);
    byAnother("s/1/I/");
    await check(write, { content: "all mine\n" }, /has changed since you read it[^]*\+ I/, true);
    await follows(editor, "I\nTWO\nTHREE\n");
  });

  test("a hundred turns of another program and an edit: nothing is lost", async () => {
    const editor = await open("theirs 0\nours 0\n");
    for (let turn = 0; turn < 100; turn++) {
      writeFileSync(path(), onDisk().replace(/theirs \d+/, `theirs ${turn + 1}`));
      await check(read, {}, new RegExp(`theirs ${turn + 1}\n`));
      await check(edit, { old_string: `ours ${turn}`, new_string: `ours ${turn + 1}` }, /^Edited/);
      assert.equal(onDisk(), `theirs ${turn + 1}\nours ${turn + 1}\n`);
    }
    await follows(editor, "theirs 100\nours 100\n");
  });

  test("the user's unsaved text and the disk's both stay, and it is told", async () => {
    const editor = await open("one\ntwo\nthree\n");
    await check(read, {}, /two/);
    await editor.edit((typing) => typing.insert(atStart, "MINE "));
    byAnother("s/three/THEIRS/");
    await check(read, {}, /MINE one[^]*unsaved changes[^]*changed on disk as well/);
    await check(edit, { old_string: "two", new_string: "2" }, /not saved\.\n[^]*changed on disk as well[^]*left alone/);
    await check(write, { content: "WHOLE\n" }, /not saved\.\n[^]*changed on disk as well/);
    assert.deepEqual([editor.document.getText(), onDisk()], ["WHOLE\n", "one\ntwo\nTHEIRS\n"]);
    await vscode.commands.executeCommand("undo");
    assert.deepEqual([editor.document.getText(), editor.document.isDirty], ["MINE one\n2\nthree\n", true]);
  });

  test("deleted behind the editor's back: it is gone for a read and an edit, and can be written anew", async () => {
    const editor = await open("one\n");
    await check(read, {}, /one/);
    rmSync(path());
    await check(read, {}, /does not exist/, true);
    await check(edit, { old_string: "one", new_string: "1" }, /does not exist/, true);
    await check(write, { content: "anew\n" }, /^Created/);
    assert.equal(onDisk(), "anew\n");
    await follows(editor, "anew\n");
  });

  test("deleted under unsaved text: the text stays in the editor, the file stays deleted, and it is told", async () => {
    const editor = await open("one\n");
    await check(read, {}, /one/);
    await editor.edit((typing) => typing.insert(atStart, "MINE "));
    rmSync(path());
    await check(read, {}, /MINE one[^]*deleted on disk/);
    await check(edit, { old_string: "one", new_string: "1" }, /deleted on disk/);
    assert.equal(editor.document.getText(), "MINE 1\n");
    assert.throws(onDisk, /ENOENT/);
  });
});
