import * as vscode from "vscode";
import type { Diagnostic, Range } from "../../shared/protocol/host";

const limit = 2_000;
const severities = ["error", "warning", "info", "hint"] as const;

export async function diagnostics(paths?: string[]): Promise<Diagnostic[]> {
  const found: Diagnostic[] = [];
  const entries: [vscode.Uri, readonly vscode.Diagnostic[]][] = paths
    ? paths.map(vscode.Uri.file).map((uri) => [uri, vscode.languages.getDiagnostics(uri)])
    : vscode.languages.getDiagnostics();
  for (const [uri, problems] of entries) {
    if (uri.scheme !== "file") continue;
    for (const one of problems) {
      found.push(fromEditor(uri.fsPath, one));
      if (found.length === limit) return found;
    }
  }
  return found;
}

function fromEditor(path: string, { range, severity, message, source, code }: vscode.Diagnostic): Diagnostic {
  const value = typeof code === "object" ? code.value : code;
  return {
    path,
    range: toRange(range),
    severity: severities[severity] ?? "info",
    message,
    ...(source === undefined ? {} : { source }),
    ...(value === undefined ? {} : { code: String(value) }),
  };
}

export function toRange({ start, end }: vscode.Range): Range {
  return { start: { line: start.line, character: start.character }, end: { line: end.line, character: end.character } };
}
