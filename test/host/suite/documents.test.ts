import assert from "node:assert/strict";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as vscode from "vscode";
import { diagnostics } from "../../../src/host/api/diagnostics";
import { language } from "../../../src/host/api/language";
import { editNotebook, notebookCells } from "../../../src/host/api/notebooks";
import { applyChanges, dirtyDocuments, openDocument } from "../../../src/host/api/open-document";
import { createFile, deleteFile, moveFile } from "../../../src/host/api/workspace-files";

let folder = "";
const at = (name: string): string => join(folder, name);

async function show(name: string, text: string): Promise<vscode.TextEditor> {
  writeFileSync(at(name), text);
  return vscode.window.showTextDocument(await vscode.workspace.openTextDocument(at(name)));
}

async function type(editor: vscode.TextEditor, position: vscode.Position, text: string): Promise<void> {
  assert.ok(await editor.edit((edit) => edit.insert(position, text)));
}

const atStart = new vscode.Position(0, 0);

suite("documents", () => {
  setup(() => {
    folder = mkdtempSync(join(vscode.workspace.workspaceFolders![0]!.uri.fsPath, "docs-"));
  });
  teardown(async () => {
    await vscode.commands.executeCommand("workbench.action.files.revert");
    await vscode.commands.executeCommand("workbench.action.closeAllEditors");
    rmSync(folder, { recursive: true, force: true });
  });

  test("a file nobody has open is not answered for", async () => {
    writeFileSync(at("closed.txt"), "x");
    assert.equal(await openDocument(at("closed.txt")), null);
    assert.deepEqual(await applyChanges(at("closed.txt"), 1, []), { ok: false, why: "closed" });
  });

  test("unsaved text is what is read, and it is said", async () => {
    const editor = await show("a.txt", "one\r\ntwo\r\n");
    await type(editor, atStart, "zero ");
    const open = await openDocument(at("a.txt"));
    assert.equal(open?.text, "zero one\r\ntwo\r\n");
    assert.equal(open?.eol, "\r\n");
    assert.equal(open?.dirty, true);
    // The editor itself may hold its settings unsaved for a moment.
    const ours = (await dirtyDocuments()).filter((path) => path.startsWith(at("")));
    assert.deepEqual(ours, [at("a.txt")]);
  });

  test("a change in a clean file is saved", async () => {
    const editor = await show("a.txt", "one two three");
    const done = await applyChanges(at("a.txt"), editor.document.version, [
      { start: 0, end: 3, text: "1" },
      { start: 8, end: 13, text: "3" },
    ]);
    assert.deepEqual(done, { ok: true, saved: true, text: "1 two 3", version: editor.document.version });
    assert.equal(readFileSync(at("a.txt"), "utf8"), "1 two 3");
  });

  test("unsaved text of the person stays theirs: kept in the buffer, not saved", async () => {
    const editor = await show("a.txt", "one two");
    await type(editor, atStart, "MINE ");
    const done = await applyChanges(at("a.txt"), editor.document.version, [{ start: 9, end: 12, text: "2" }]);
    assert.ok(done.ok);
    assert.deepEqual([done.saved, done.text], [false, "MINE one 2"]);
    assert.equal(readFileSync(at("a.txt"), "utf8"), "one two");
  });

  test("one undo takes back a change in several places", async () => {
    const editor = await show("a.txt", "one two three");
    await applyChanges(at("a.txt"), editor.document.version, [
      { start: 0, end: 3, text: "1" },
      { start: 8, end: 13, text: "3" },
    ]);
    await vscode.commands.executeCommand("undo");
    assert.equal(editor.document.getText(), "one two three");
  });

  test("a version that is not current is refused with what is there", async () => {
    const editor = await show("a.txt", "one");
    const { version } = editor.document;
    await type(editor, atStart, "more ");
    assert.deepEqual(await applyChanges(at("a.txt"), version, [{ start: 0, end: 1, text: "x" }]), {
      ok: false,
      why: "stale",
      text: "more one",
    });
    assert.equal(editor.document.getText(), "more one");
  });

  test("a read-only file is refused", async () => {
    const editor = await show("a.txt", "one");
    chmodSync(at("a.txt"), 0o444);
    assert.equal((await openDocument(at("a.txt")))?.readOnly, true);
    assert.deepEqual(await applyChanges(at("a.txt"), editor.document.version, [{ start: 0, end: 1, text: "x" }]), {
      ok: false,
      why: "read_only",
    });
    assert.equal(readFileSync(at("a.txt"), "utf8"), "one");
  });

  test("a file the settings make read-only is refused", async () => {
    const editor = await show("a.lock", "one");
    const files = vscode.workspace.getConfiguration("files");
    await files.update("readonlyInclude", { "**/*.lock": true }, vscode.ConfigurationTarget.Global);
    try {
      assert.equal((await applyChanges(at("a.lock"), editor.document.version, [{ start: 0, end: 1, text: "x" }])).ok, false);
    } finally {
      await files.update("readonlyInclude", undefined, vscode.ConfigurationTarget.Global);
    }
  });

  test("what a formatter changes on save is reported", async () => {
    const formatter = vscode.languages.registerDocumentFormattingEditProvider(
      { pattern: "**/*.shout" },
      {
        provideDocumentFormattingEdits: (document) => [
          vscode.TextEdit.replace(new vscode.Range(0, 0, document.lineCount, 0), document.getText().toUpperCase()),
        ],
      },
    );
    const settings = vscode.workspace.getConfiguration("editor");
    await settings.update("formatOnSave", true, vscode.ConfigurationTarget.Global);
    try {
      const editor = await show("a.shout", "one");
      const done = await applyChanges(at("a.shout"), editor.document.version, [{ start: 3, end: 3, text: " two" }]);
      assert.ok(done.ok);
      assert.deepEqual([done.saved, done.text, done.version], [true, "ONE TWO", editor.document.version]);
      assert.equal(readFileSync(at("a.shout"), "utf8"), "ONE TWO");
    } finally {
      formatter.dispose();
      await settings.update("formatOnSave", undefined, vscode.ConfigurationTarget.Global);
    }
  });

  test("files are made, moved and deleted through the workspace", async () => {
    const renamed: string[] = [];
    const listener = vscode.workspace.onDidRenameFiles(({ files }) => renamed.push(...files.map(({ newUri }) => newUri.fsPath)));
    assert.equal(await createFile(at("deep/er/new.txt")), null);
    assert.ok(existsSync(at("deep/er/new.txt")));
    assert.match((await createFile(at("deep/er/new.txt")))?.message ?? "", /did not|could not/);
    assert.equal(await moveFile(at("deep/er/new.txt"), at("moved.txt")), null);
    assert.deepEqual(renamed, [at("moved.txt")]);
    assert.equal(await deleteFile(at("moved.txt")), null);
    assert.equal(existsSync(at("moved.txt")), false);
    assert.ok(await deleteFile(at("moved.txt")));
    listener.dispose();
  });

  test("a notebook is read and changed by cell, its other parts as they were", async () => {
    const cell = (id: string, source: string) => ({
      cell_type: "code",
      execution_count: null,
      id,
      metadata: { tags: [id] },
      outputs: [],
      source: [source],
    });
    writeFileSync(
      at("n.ipynb"),
      JSON.stringify({ cells: [cell("aa", "1+1"), cell("bb", "2+2")], metadata: {}, nbformat: 4, nbformat_minor: 5 }),
    );
    assert.deepEqual(
      (await notebookCells(at("n.ipynb")))?.map(({ id, source }) => [id, source]),
      [
        ["aa", "1+1"],
        ["bb", "2+2"],
      ],
    );
    assert.equal(await editNotebook({ path: at("n.ipynb"), cell: "bb", mode: "replace", source: "3+3" }), null);
    assert.equal(
      await editNotebook({ path: at("n.ipynb"), cell: 1, mode: "insert", source: "# note", cellType: "markdown" }),
      null,
    );
    assert.equal(await editNotebook({ path: at("n.ipynb"), cell: 0, mode: "delete", source: "" }), null);
    const saved = JSON.parse(readFileSync(at("n.ipynb"), "utf8")) as {
      cells: { cell_type: string; source: string[]; metadata: unknown; id: string }[];
    };
    assert.deepEqual(
      saved.cells.map(({ cell_type, source }) => [cell_type, source.join("")]),
      [
        ["markdown", "# note"],
        ["code", "3+3"],
      ],
    );
    assert.deepEqual([saved.cells[1]?.id, saved.cells[1]?.metadata], ["bb", { tags: ["bb"] }]);
    assert.match((await editNotebook({ path: at("n.ipynb"), cell: 9, mode: "replace", source: "" }))?.message ?? "", /no cell 9/);
    assert.equal(await notebookCells(at("missing.ipynb")), null);
  });

  test("diagnostics are told with their place", async () => {
    const collection = vscode.languages.createDiagnosticCollection("probe");
    const one = new vscode.Diagnostic(new vscode.Range(1, 2, 1, 4), "is wrong", vscode.DiagnosticSeverity.Warning);
    one.source = "probe";
    collection.set(vscode.Uri.file(at("a.txt")), [one]);
    const expected = {
      path: at("a.txt"),
      range: { start: { line: 1, character: 2 }, end: { line: 1, character: 4 } },
      severity: "warning",
      message: "is wrong",
      source: "probe",
    };
    assert.deepEqual(await diagnostics([at("a.txt")]), [expected]);
    assert.ok((await diagnostics()).some(({ message }) => message === "is wrong"));
    collection.dispose();
  });

  test("without a language service the answer says so", async () => {
    writeFileSync(at("a.nolang"), "words");
    const answer = await language({ kind: "definition", path: at("a.nolang"), position: { line: 0, character: 1 } });
    assert.deepEqual([answer.ok, !answer.ok && answer.why], [false, "no_provider"]);
  });

  test("the TypeScript service renames over files as one change", async function () {
    this.timeout(60_000);
    mkdirSync(at("ts"));
    writeFileSync(at("ts/tsconfig.json"), "{}");
    writeFileSync(at("ts/a.ts"), "export const before = 1;\n");
    writeFileSync(at("ts/b.ts"), 'import { before } from "./a";\nconsole.log(before);\n');
    await vscode.window.showTextDocument(await vscode.workspace.openTextDocument(at("ts/a.ts")));
    const place = { path: at("ts/a.ts"), position: { line: 0, character: 15 } };
    let references = 0;
    for (let tries = 0; tries < 40 && references < 3; tries++) {
      const answer = await language({ kind: "references", ...place });
      references = answer.ok ? (answer.locations?.length ?? 0) : 0;
      if (references < 3) await new Promise((resolve) => setTimeout(resolve, 500));
    }
    assert.equal(references, 3);
    const hover = await language({ kind: "hover", ...place });
    assert.match((hover.ok && hover.text) || "", /const before/);
    const renamed = await language({ kind: "rename", ...place, newName: "after" });
    assert.ok(renamed.ok);
    assert.deepEqual(renamed.changed?.map(({ path }) => path).sort(), [at("ts/a.ts"), at("ts/b.ts")]);
    assert.equal(readFileSync(at("ts/b.ts"), "utf8"), 'import { after } from "./a";\nconsole.log(after);\n');
  });
});
