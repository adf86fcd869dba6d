import * as vscode from "vscode";
import type { AuditLine } from "../../shared/protocol/explain";
import type { HostServices } from "../host-services";
import { plainLine } from "../plain-text";

export async function explainPermissions(host: HostServices): Promise<void> {
  (await host.panels.reveal()).view("permissions");
}

export async function showInstructions(host: HostServices): Promise<void> {
  (await host.panels.reveal()).view("instructions");
}

const mostLines = 5_000;

/** Every action that was decided, newest first, as one document to read and search. */
export async function showAuditLog(host: HostServices): Promise<void> {
  const lines = await (await host.conversations.engine()).auditLog(mostLines);
  const text = lines.length === 0 ? "Nothing was decided yet.\n" : lines.map(auditText).join("\n");
  const uri = host.diffs.add("Stride audit log.txt", text);
  await vscode.window.showTextDocument(await vscode.workspace.openTextDocument(uri), { preview: true });
}

export async function openSettings(): Promise<void> {
  await vscode.commands.executeCommand("workbench.action.openSettings", "@ext:stride.stride");
}

function auditText({ at, session, tool, title, verdict, gate, reason, outcome, answer, exitCode, rule }: AuditLine): string {
  const decided = answer === undefined ? `${verdict} (${gate})` : `${answer}, asked by ${gate}`;
  const ended = exitCode === undefined ? outcome : `${outcome}, exit code ${exitCode ?? "none"}`;
  const why = plainLine(reason, 500) + (rule ? ` — rule ${plainLine(rule.text)} in ${plainLine(rule.source, 300)}` : "");
  return `${at}  ${decided}  ${tool}: ${plainLine(title, 300)}\n    ${ended}. ${why}\n    conversation ${session}\n`;
}
