import * as vscode from "vscode";
import { messageOf, problem } from "../../shared/errors";
import type { Problem } from "../../shared/protocol/agent";
import type { NotebookCellEdit } from "../../shared/protocol/host";

export interface NotebookCellText {
  id: string;
  type: "code" | "markdown";
  source: string;
  outputs: string[];
}

const outputChars = 10_000;

export async function notebookCells(path: string): Promise<NotebookCellText[] | null> {
  const notebook = await openNotebook(path);
  return notebook
    ? notebook
        .getCells()
        .map((cell) => ({ id: idOf(cell), type: typeOf(cell), source: cell.document.getText(), outputs: outputsOf(cell) }))
    : null;
}

/** Saved afterwards, unless the person had unsaved changes of their own. */
export async function editNotebook(request: NotebookCellEdit): Promise<Problem | null> {
  const notebook = await openNotebook(request.path);
  if (!notebook)
    return problem(
      "not_a_notebook",
      `${request.path} cannot be opened as a notebook.`,
      "Install the extension for this kind of notebook.",
    );
  const at = indexOf(notebook, request.cell);
  const inRange = request.mode === "insert" ? at >= 0 && at <= notebook.cellCount : at >= 0 && at < notebook.cellCount;
  if (!inRange)
    return problem(
      "no_such_cell",
      `There is no cell ${request.cell} in ${request.path}; it has ${notebook.cellCount}.`,
      "Read the notebook again.",
    );
  const wasDirty = notebook.isDirty;
  const edit = new vscode.WorkspaceEdit();
  edit.set(notebook.uri, [cellEdit(notebook, request, at)]);
  try {
    if (!(await vscode.workspace.applyEdit(edit)))
      return problem("refused", `The editor did not change ${request.path}.`, "Read the notebook again.");
    if (!wasDirty && !(await notebook.save()))
      return problem("not_saved", `${request.path} was changed but could not be saved.`, "Save it in the editor.");
    return null;
  } catch (error) {
    return problem("failed", `${request.path} could not be changed: ${messageOf(error)}`, "Read the notebook again.");
  }
}

function cellEdit(notebook: vscode.NotebookDocument, request: NotebookCellEdit, at: number): vscode.NotebookEdit {
  if (request.mode === "delete") return vscode.NotebookEdit.deleteCells(new vscode.NotebookRange(at, at + 1));
  const old = request.mode === "replace" ? notebook.cellAt(at) : undefined;
  const type = request.cellType ?? (old ? typeOf(old) : "code");
  const kind = type === "markdown" ? vscode.NotebookCellKind.Markup : vscode.NotebookCellKind.Code;
  const sameKind = old?.kind === kind;
  const data = new vscode.NotebookCellData(
    kind,
    request.source,
    sameKind ? old.document.languageId : languageFor(notebook, type),
  );
  if (old) data.metadata = old.metadata;
  if (old && sameKind) data.outputs = [...old.outputs];
  return old
    ? vscode.NotebookEdit.replaceCells(new vscode.NotebookRange(at, at + 1), [data])
    : vscode.NotebookEdit.insertCells(at, [data]);
}

async function openNotebook(path: string): Promise<vscode.NotebookDocument | undefined> {
  const uri = vscode.Uri.file(path);
  const open = vscode.workspace.notebookDocuments.find((notebook) => notebook.uri.toString() === uri.toString());
  if (open) return open;
  try {
    return await vscode.workspace.openNotebookDocument(uri);
  } catch {
    return undefined;
  }
}

function indexOf(notebook: vscode.NotebookDocument, cell: number | string): number {
  if (typeof cell === "number") return cell;
  return notebook.getCells().findIndex((one) => idOf(one) === cell);
}

const typeOf = (cell: vscode.NotebookCell): "code" | "markdown" =>
  cell.kind === vscode.NotebookCellKind.Markup ? "markdown" : "code";

function idOf(cell: vscode.NotebookCell): string {
  const id = (cell.metadata as { id?: unknown }).id;
  return typeof id === "string" ? id : `cell-${cell.index}`;
}

function languageFor(notebook: vscode.NotebookDocument, type: "code" | "markdown"): string {
  if (type === "markdown") return "markdown";
  return notebook.getCells().find((cell) => cell.kind === vscode.NotebookCellKind.Code)?.document.languageId ?? "python";
}

function outputsOf(cell: vscode.NotebookCell): string[] {
  return cell.outputs.flatMap(({ items }) => {
    const item =
      items.find(({ mime }) => mime.startsWith("text/") || mime.startsWith("application/vnd.code.notebook")) ?? items[0];
    if (!item) return [];
    const isText = /^text\/|json|vnd\.code\.notebook/.test(item.mime);
    return [isText ? new TextDecoder().decode(item.data).slice(0, outputChars) : `[${item.mime}, ${item.data.byteLength} bytes]`];
  });
}
