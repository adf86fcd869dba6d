import * as vscode from "vscode";
import type { HostServices } from "../host-services";

export function showLogs(host: HostServices): void {
  host.log.show();
}

export async function restartEngine(host: HostServices): Promise<void> {
  if (!vscode.workspace.isTrusted)
    return void vscode.window.showInformationMessage("Stride's engine starts once this folder is trusted.");
  await host.thread.restart();
}
