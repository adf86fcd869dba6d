import * as vscode from "vscode";
import { anthropicKey, keyProblem } from "../api/secrets";
import type { HostServices } from "../host-services";

export async function setKey(host: HostServices): Promise<void> {
  const value = await vscode.window.showInputBox({
    title: "Stride: Set Anthropic API key",
    prompt: "Kept in the editor's secret storage, never in settings or files.",
    placeHolder: "sk-ant-…",
    password: true,
    ignoreFocusOut: true,
    validateInput: (text) => (text === "" ? undefined : keyProblem(text)),
  });
  if (value === undefined || keyProblem(value)) return;
  await host.secrets.set(anthropicKey, value.trim());
  await host.keysChanged();
  void vscode.window.showInformationMessage("Stride: the key is stored.");
}

export async function clearKey(host: HostServices): Promise<void> {
  await host.secrets.clear(anthropicKey);
  await host.keysChanged();
  const fromEnvironment = process.env[anthropicKey] ? ` ${anthropicKey} of the environment is still used.` : "";
  void vscode.window.showInformationMessage(`Stride: the stored key is removed.${fromEnvironment}`);
}

export function showLogs(host: HostServices): void {
  host.log.show();
}

export async function restartEngine(host: HostServices): Promise<void> {
  if (!vscode.workspace.isTrusted)
    return void vscode.window.showInformationMessage("Stride's engine starts once this folder is trusted.");
  await host.thread.restart();
}
