import * as vscode from "vscode";
import { codeActionKinds, codeActions } from "../host/actions/code-actions";
import type { Host } from "../host/host";

let host: Host | undefined;

/** Registers and does nothing else: the rest of the host is loaded by the first thing the person does. */
export function activate(context: vscode.ExtensionContext): void {
  const load = (): Host => (host ??= (require("../host/host") as typeof import("../host/host")).createHost(context));
  const { commands } = (context.extension.packageJSON as { contributes: { commands: { command: string }[] } }).contributes;
  context.subscriptions.push(
    ...commands.map(({ command }) => vscode.commands.registerCommand(command, (...args: unknown[]) => load().run(command, args))),
    vscode.window.registerWebviewViewProvider("stride.chat", { resolveWebviewView: (view) => load().resolveView(view) }),
    vscode.window.registerWebviewPanelSerializer("stride.editor", {
      deserializeWebviewPanel: async (panel, state) => load().restoreEditor(panel, state),
    }),
    vscode.languages.registerCodeActionsProvider({ scheme: "file" }, codeActions, { providedCodeActionKinds: codeActionKinds }),
    vscode.window.registerUriHandler({ handleUri: (uri) => load().handleUri(uri) }),
  );
}

export async function deactivate(): Promise<void> {
  await host?.shutdown();
  host = undefined;
}
