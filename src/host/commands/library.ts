import { basename, join } from "node:path";
import * as vscode from "vscode";
import type { Op, Problem } from "../../shared/protocol/agent";
import type { ExportFormat, ForeignConversation } from "../../shared/protocol/host";
import type { HostServices } from "../host-services";
import { plainLine } from "../plain-text";

/** The summary or the folding of older messages, now instead of when the window is nearly full. */
export const compact = (host: HostServices): Promise<void> => submitHere(host, "compact");

export const undoCompaction = (host: HostServices): Promise<void> => submitHere(host, "undo_compaction");

export async function searchConversations(host: HostServices): Promise<void> {
  (await host.panels.reveal()).view("search");
}

/** From the palette the conversation of the panel, from the history the one that was pressed. */
export async function exportHere(host: HostServices): Promise<void> {
  const session = await (await host.panels.reveal()).ready();
  const problem = session ? await exportConversation(host, session) : null;
  if (problem) throw new Error([problem.message, problem.next].filter(Boolean).join(" "));
}

const formats: Record<string, ExportFormat> = { md: "markdown", html: "html", json: "json" };

export async function exportConversation(host: HostServices, session: string): Promise<Problem | null> {
  const title = host.conversations.statuses.get(session)?.title ?? "";
  const name =
    plainLine(title, 60)
      .replace(/[^\p{L}\p{N} _-]+/gu, "")
      .trim() || "conversation";
  const target = await vscode.window.showSaveDialog({
    title: "Stride: Export conversation",
    defaultUri: vscode.Uri.file(join(host.workspace().cwd, `${name}.md`)),
    filters: { Markdown: ["md"], "Web page": ["html"], JSON: ["json"] },
    saveLabel: "Export",
  });
  if (!target) return null;
  const format = formats[target.path.split(".").at(-1)?.toLowerCase() ?? ""] ?? "markdown";
  const problem = await (await host.conversations.engine()).exportSession(session, format, target.fsPath);
  if (problem) return problem;
  const open = "Open";
  void vscode.window
    .showInformationMessage(`Stride: the conversation is in ${basename(target.fsPath)}.`, open)
    .then((chosen) => chosen === open && vscode.commands.executeCommand("vscode.open", target));
  return null;
}

interface ForeignItem extends vscode.QuickPickItem {
  found: ForeignConversation;
}

/** Lists what other agents left on this machine. Their files are read, never changed. */
export async function importConversations(host: HostServices): Promise<void> {
  const engine = await host.conversations.engine();
  const found = await engine.foreignSessions();
  if (found.length === 0)
    return void vscode.window.showInformationMessage(
      "Stride: no conversations of Claude Code, Codex, Cline, Roo or Continue were found on this machine.",
    );
  const chosen = await vscode.window.showQuickPick<ForeignItem>(
    found.map((one) => ({ label: one.source, description: plainLine(one.path, 300), found: one })),
    {
      title: `Stride: Import conversations (${found.length} found)`,
      placeHolder: "Choose the ones to copy; their files are only read",
      canPickMany: true,
      matchOnDescription: true,
    },
  );
  if (!chosen || chosen.length === 0) return;
  const outcomes = await vscode.window.withProgress(
    { location: vscode.ProgressLocation.Notification, title: `Stride: importing ${chosen.length} conversations` },
    async () =>
      engine.importSessions(
        chosen.map((one) => one.found),
        host.workspace().cwd,
      ),
  );
  const done = outcomes.filter(({ session }) => session !== undefined);
  for (const { path, why, skipped } of outcomes) {
    if (why !== undefined) host.log.warn(`not imported: ${path}: ${why}`);
    else if (Object.keys(skipped).length > 0) host.log.info(`imported ${path}, left out: ${JSON.stringify(skipped)}`);
  }
  const failed = outcomes.length - done.length;
  const show = "Show Conversations";
  const text = `Stride: ${done.length} imported${failed > 0 ? `, ${failed} not (the log says why)` : ""}.`;
  if ((await vscode.window.showInformationMessage(text, show)) === show) (await host.panels.reveal()).view("sessions");
}

async function submitHere(host: HostServices, op: "compact" | "undo_compaction"): Promise<void> {
  const session = await (await host.panels.reveal()).ready();
  if (!session) return;
  const problem = await host.conversations.submit({ op, session } satisfies Op);
  if (problem) throw new Error([problem.message, problem.next].filter(Boolean).join(" "));
}
