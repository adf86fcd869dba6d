import { isAbsolute, join } from "node:path";
import * as vscode from "vscode";
import { plainLine } from "../plain-text";

export const diffScheme = "stride-diff";

const maxKept = 40;

/** The two sides of diffs the person has asked to see. The oldest go when there are many. */
export class DiffDocuments implements vscode.TextDocumentContentProvider {
  #texts = new Map<string, string>();
  #next = 1;

  add(path: string, text: string): vscode.Uri {
    const uri = vscode.Uri.from({ scheme: diffScheme, path: `/${this.#next++}/${path.replace(/^[\\/]+/, "")}` });
    this.#texts.set(uri.toString(), text);
    for (const key of this.#texts.keys()) if (this.#texts.size > maxKept) this.#texts.delete(key);
    return uri;
  }

  provideTextDocumentContent(uri: vscode.Uri): string {
    return this.#texts.get(uri.toString()) ?? "";
  }
}

export async function showDiff(
  documents: DiffDocuments,
  { path, before, after }: { path: string; before: string; after: string },
): Promise<void> {
  const left = documents.add(path, before);
  const right = documents.add(path, after);
  await vscode.commands.executeCommand("vscode.diff", left, right, `${plainLine(path, 80)} (Stride)`, { preview: true });
}

export async function openFile(path: string, line: number | undefined, cwd: string): Promise<void> {
  const uri = vscode.Uri.file(isAbsolute(path) ? path : join(cwd, path));
  // Lines count from 1 in what people read.
  const at = Math.max(0, (line ?? 1) - 1);
  const selection = line === undefined ? undefined : new vscode.Range(at, 0, at, 0);
  await vscode.commands.executeCommand("vscode.open", uri, { preview: true, ...(selection ? { selection } : {}) });
}

/** The whole address is shown first: a link in a model's text may carry away what it has read. */
export async function openLink(url: string): Promise<void> {
  if (!URL.canParse(url) || !["https:", "http:", "mailto:"].includes(new URL(url).protocol)) {
    return void vscode.window.showWarningMessage("Stride opens only web and mail addresses.");
  }
  const address = new URL(url).href;
  const open = "Open";
  const copy = "Copy Address";
  const chosen = await vscode.window.showInformationMessage(
    "Open this address in your browser?",
    { modal: true, detail: address },
    open,
    copy,
  );
  if (chosen === open) await vscode.env.openExternal(vscode.Uri.parse(address, true));
  if (chosen === copy) await vscode.env.clipboard.writeText(address);
}
