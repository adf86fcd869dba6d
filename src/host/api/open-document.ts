import { statSync } from "node:fs";
import * as vscode from "vscode";
import type { ApplyOutcome, OpenDocument, TextChange } from "../../shared/protocol/host";

const saveMs = 15_000;

export async function openDocument(path: string): Promise<OpenDocument | null> {
  const document = findDocument(path);
  if (!document) return null;
  return {
    path,
    text: document.getText(),
    dirty: document.isDirty,
    version: document.version,
    eol: document.eol === vscode.EndOfLine.CRLF ? "\r\n" : "\n",
    languageId: document.languageId,
    readOnly: isReadOnly(document),
  };
}

export async function dirtyDocuments(): Promise<string[]> {
  return vscode.workspace.textDocuments
    .filter((document) => document.isDirty && document.uri.scheme === "file")
    .map(({ uri }) => uri.fsPath);
}

/** One WorkspaceEdit is one step for Ctrl+Z. A file with unsaved text of the person's own is left unsaved. */
export async function applyChanges(path: string, version: number, changes: TextChange[]): Promise<ApplyOutcome> {
  const document = findDocument(path);
  if (!document) return { ok: false, why: "closed" };
  if (isReadOnly(document)) return { ok: false, why: "read_only" };
  if (document.version !== version) return { ok: false, why: "stale", text: document.getText() };
  const wasDirty = document.isDirty;
  const edit = new vscode.WorkspaceEdit();
  for (const { start, end, text } of changes) {
    edit.replace(document.uri, new vscode.Range(document.positionAt(start), document.positionAt(end)), text);
  }
  if (changes.length > 0 && !(await vscode.workspace.applyEdit(edit))) {
    const why = document.version === version ? "refused" : "stale";
    return { ok: false, why, text: document.getText() };
  }
  const saved = !wasDirty && (await saveDocument(document));
  return { ok: true, saved, text: document.getText(), version: document.version };
}

export function findDocument(path: string): vscode.TextDocument | undefined {
  const wanted = pathKey(vscode.Uri.file(path).fsPath);
  return vscode.workspace.textDocuments.find(
    ({ uri, isClosed }) => uri.scheme === "file" && !isClosed && pathKey(uri.fsPath) === wanted,
  );
}

/** A formatter that hangs must not hang the engine: the save goes on, the answer says "not saved". */
export async function saveDocument(document: vscode.TextDocument): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => (timer = setTimeout(() => resolve(false), saveMs)));
  const saved = await Promise.race([document.save(), late]).finally(() => clearTimeout(timer));
  return saved && !document.isDirty;
}

/** There is no API for it: what the editor shows as read-only follows from settings and permissions. */
function isReadOnly(document: vscode.TextDocument): boolean {
  if (vscode.workspace.fs.isWritableFileSystem(document.uri.scheme) === false) return true;
  const files = vscode.workspace.getConfiguration("files", document.uri);
  if (matches(document, files.get("readonlyInclude")) && !matches(document, files.get("readonlyExclude"))) return true;
  try {
    return (statSync(document.uri.fsPath).mode & 0o222) === 0;
  } catch {
    return false;
  }
}

function matches(document: vscode.TextDocument, globs: unknown): boolean {
  if (typeof globs !== "object" || globs === null) return false;
  const folder = vscode.workspace.getWorkspaceFolder(document.uri);
  return Object.entries(globs)
    .filter(([, on]) => on === true)
    .some(
      ([glob]) => vscode.languages.match({ pattern: folder ? new vscode.RelativePattern(folder, glob) : glob }, document) > 0,
    );
}

const foldsCase = process.platform === "win32" || process.platform === "darwin";
const pathKey = (path: string): string => (foldsCase ? path.toLowerCase() : path);
