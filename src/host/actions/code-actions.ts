import * as vscode from "vscode";

const onSelection = [
  { title: "Stride: Explain", command: "stride.explain" },
  { title: "Stride: Improve", command: "stride.improve" },
  { title: "Stride: Write test", command: "stride.writeTest" },
  { title: "Stride: Fix", command: "stride.fix" },
];
const onProblem = [
  { title: "Stride: Fix this problem", command: "stride.fix" },
  { title: "Stride: Explain this problem", command: "stride.explain" },
];

/** In the entry bundle: it is asked at every move of the cursor, so it only names commands and does no work. */
export const codeActions: vscode.CodeActionProvider = {
  provideCodeActions(document, range, { diagnostics, only }) {
    const { uri } = document;
    const wants = (kind: vscode.CodeActionKind): boolean => !only || only.contains(kind);
    const problems = diagnostics.map(({ message }) => message);
    const fixes =
      problems.length > 0 && wants(vscode.CodeActionKind.QuickFix)
        ? onProblem.map((one) => action(one, vscode.CodeActionKind.QuickFix, [uri, range, problems], diagnostics))
        : [];
    const refactors =
      !range.isEmpty && wants(vscode.CodeActionKind.Refactor)
        ? onSelection.map((one) => action(one, vscode.CodeActionKind.Refactor, [uri, range, []]))
        : [];
    return [...fixes, ...refactors];
  },
};

export const codeActionKinds = [vscode.CodeActionKind.QuickFix, vscode.CodeActionKind.Refactor];

function action(
  { title, command }: { title: string; command: string },
  kind: vscode.CodeActionKind,
  args: unknown[],
  diagnostics?: readonly vscode.Diagnostic[],
): vscode.CodeAction {
  const made = new vscode.CodeAction(title, kind);
  made.command = { title, command, arguments: args };
  if (diagnostics) made.diagnostics = [...diagnostics];
  return made;
}
