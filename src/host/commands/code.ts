import { randomUUID } from "node:crypto";
import * as vscode from "vscode";
import type { HostServices } from "../host-services";
import { codePrompt, mention, type CodeTask, type Place } from "../prompts";

/** Inserts `@file#lines` for the selection (or the line of the cursor) into the composer. */
export async function addSelection(host: HostServices): Promise<void> {
  const editor = vscode.window.activeTextEditor;
  const text = editor ? `${mention(placeOf(editor.document, editor.selection))} ` : "";
  (await host.panels.reveal()).insert(text, true);
}

/** Arguments come from our code actions; from the palette or the menu it is the selection of the active editor. */
export function askAbout(task: CodeTask) {
  return async (host: HostServices, ...args: unknown[]): Promise<void> => {
    const target = await targetOf(args);
    if (!target) return void vscode.window.showInformationMessage("Stride: open a file and select the code first.");
    const { document, range, problems } = target;
    const prompt = codePrompt(task, placeOf(document, range), document.getText(range), document.languageId, problems);
    const bridge = await host.panels.reveal();
    const session = vscode.workspace.isTrusted ? await bridge.ready() : undefined;
    // Without an engine the text waits in the composer.
    if (!session) return bridge.insert(prompt, true);
    const problem = await host.conversations.submit({
      op: "user_turn",
      session,
      id: randomUUID(),
      content: [{ type: "text", text: prompt }],
      delivery: "queue",
    });
    if (problem) throw new Error([problem.message, problem.next].filter(Boolean).join(" "));
  };
}

interface Target {
  document: vscode.TextDocument;
  range: vscode.Range;
  problems: string[];
}

async function targetOf([uri, range, problems]: unknown[]): Promise<Target | undefined> {
  if (uri instanceof vscode.Uri && range instanceof vscode.Range) {
    const document = await vscode.workspace.openTextDocument(uri);
    return { document, range: wholeLines(document, range), problems: Array.isArray(problems) ? problems.map(String) : [] };
  }
  const editor = vscode.window.activeTextEditor;
  if (!editor) return undefined;
  return { document: editor.document, range: wholeLines(editor.document, editor.selection), problems: [] };
}

/** A selection that ends before the first letter of a line does not mean that line. */
function wholeLines(document: vscode.TextDocument, range: vscode.Range): vscode.Range {
  const last = lastLineOf(range);
  return new vscode.Range(range.start.line, 0, last, document.lineAt(last).text.length);
}

function placeOf(document: vscode.TextDocument, range: vscode.Range): Place {
  const path = vscode.workspace.asRelativePath(document.uri, (vscode.workspace.workspaceFolders?.length ?? 0) > 1);
  return { path, firstLine: range.start.line + 1, lastLine: lastLineOf(range) + 1 };
}

const lastLineOf = ({ start, end }: vscode.Range): number =>
  end.character === 0 && end.line > start.line ? end.line - 1 : end.line;
