import * as vscode from "vscode";
import { messageOf, problem } from "../../shared/errors";
import type { Problem } from "../../shared/protocol/agent";

export async function createFile(path: string): Promise<Problem | null> {
  const edit = new vscode.WorkspaceEdit();
  edit.createFile(vscode.Uri.file(path), { overwrite: false, ignoreIfExists: false });
  return apply(edit, `create ${path}`);
}

export async function moveFile(from: string, to: string): Promise<Problem | null> {
  const edit = new vscode.WorkspaceEdit();
  edit.renameFile(vscode.Uri.file(from), vscode.Uri.file(to), { overwrite: false });
  return apply(edit, `move ${from} to ${to}`);
}

export async function deleteFile(path: string): Promise<Problem | null> {
  const edit = new vscode.WorkspaceEdit();
  edit.deleteFile(vscode.Uri.file(path), { recursive: true, ignoreIfNotExists: false });
  return apply(edit, `delete ${path}`);
}

async function apply(edit: vscode.WorkspaceEdit, what: string): Promise<Problem | null> {
  try {
    if (await vscode.workspace.applyEdit(edit)) return null;
    return problem("refused", `The editor did not ${what}.`, "Check that the path is right, free and writable.");
  } catch (error) {
    return problem(
      "failed",
      `The editor could not ${what}: ${messageOf(error)}`,
      "Check that the path is right, free and writable.",
    );
  }
}
