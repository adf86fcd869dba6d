import * as vscode from "vscode";
import type { HostServices } from "../host-services";

export async function open(host: HostServices): Promise<void> {
  (await host.panels.reveal()).insert("", true);
}

/** From the editor to the chat and, with the same keys, back. `when` in package.json tells where we are. */
export async function focusToggle(host: HostServices, where?: unknown): Promise<void> {
  if (where === "editor") await vscode.commands.executeCommand("workbench.action.focusActiveEditorGroup");
  else await open(host);
}

export async function newConversation(host: HostServices): Promise<void> {
  const bridge = await host.panels.reveal();
  await bridge.show(undefined);
  bridge.insert("", true);
}

export async function stop(host: HostServices): Promise<void> {
  const running = [...host.conversations.statuses].filter(([, status]) => status.running).map(([session]) => session);
  const current = host.conversations.current;
  const meant = current && running.includes(current) ? [current] : running;
  if (meant.length === 0) return void vscode.window.setStatusBarMessage("Stride: nothing is running.", 3_000);
  await Promise.all(meant.map((session) => host.conversations.submit({ op: "interrupt", session })));
}

export function openInEditor(host: HostServices): void {
  host.panels.openEditor(host.conversations.current ?? host.drafts.session);
}

export async function showHistory(host: HostServices): Promise<void> {
  if (!vscode.workspace.isTrusted)
    return void vscode.window.showInformationMessage("Stride shows its conversations once this folder is trusted.");
  (await host.panels.reveal()).view("sessions");
}
