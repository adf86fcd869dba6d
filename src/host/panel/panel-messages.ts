import * as vscode from "vscode";
import { messageOf } from "../../shared/errors";
import type { Op, Problem } from "../../shared/protocol/agent";
import type { FromPanel } from "../../shared/protocol/view";
import type { HostServices } from "../host-services";
import { answerLibrary, isLibraryMessage, type LibraryMessage } from "./library-messages";
import { openFile, openLink, showDiff } from "./open-things";
import type { PanelBridge } from "./panel-bridge";

export type PanelMessage = Exclude<FromPanel, { type: "ready" | "next_frame" }>;

const pageSize = 300;
/** Of a jump; what lies further back takes several. */
const longestPage = 5_000;
const commandIds = {
  setKey: "stride.setApiKey",
  showLogs: "stride.showLogs",
  restartEngine: "stride.restartEngine",
  manageTrust: "workbench.trust.manage",
  showAudit: "stride.showAuditLog",
  importSessions: "stride.importConversations",
  openSettings: "stride.openSettings",
} as const;

/** What the panel may ask for. A failure is shown in the conversation, where the person looks. */
export async function onPanelMessage(host: HostServices, message: PanelMessage, bridge: PanelBridge): Promise<void> {
  try {
    const op = toOp(message, bridge.session ?? "");
    if (op) await submit(host, op, bridge);
    else if (isLibraryMessage(message)) {
      const problem = vscode.workspace.isTrusted ? await answerLibrary(host, message, bridge) : null;
      if (problem) notice(bridge, problem);
    } else await answer(host, message, bridge);
  } catch (error) {
    host.log.error(`${message.type}: ${messageOf(error)}`);
    notice(bridge, { kind: "failed", message: messageOf(error), next: "The log says more." });
  }
}

function toOp(message: PanelMessage, session: string): Op | undefined {
  switch (message.type) {
    case "send":
      return { op: "user_turn", session, id: message.id, content: message.content, delivery: message.delivery };
    case "edit_queued":
      return { op: "edit_queued", session, id: message.id, content: message.content };
    case "stop":
      return { op: "interrupt", session };
    case "answer_approval":
      return { op: "answer_approval", session, id: message.id, answer: message.answer };
    case "answer_question":
      return { op: "answer_question", session, id: message.id, answers: message.answers };
    case "set_mode":
      return { op: "set_mode", session, mode: message.mode };
    case "raise_limit":
      return { op: "raise_limit", session, limit: message.limit, by: message.by };
    case "stop_command":
      return { op: "stop_command", session, id: message.id };
    case "compact":
      return { op: "compact", session };
    case "undo_compaction":
      return { op: "undo_compaction", session };
    case "keep":
      return { op: "keep", session, target: message.target, kept: message.kept };
    default:
      return undefined;
  }
}

async function submit(host: HostServices, op: Op, bridge: PanelBridge): Promise<void> {
  if (!vscode.workspace.isTrusted) {
    return notice(bridge, {
      kind: "untrusted",
      message: "This folder is not trusted, so Stride does nothing in it.",
      next: "Trust the folder to go on.",
    });
  }
  const session = op.session || (await bridge.ready());
  if (!session)
    return notice(bridge, {
      kind: "engine",
      message: "The engine is not running; your message was not sent.",
      next: "Choose “Restart engine”, then send it again.",
    });
  const problem = await host.conversations.submit({ ...op, session });
  if (problem) notice(bridge, problem);
}

async function answer(host: HostServices, message: Exclude<PanelMessage, LibraryMessage>, bridge: PanelBridge): Promise<void> {
  switch (message.type) {
    case "pick_model":
      return void (await vscode.commands.executeCommand("stride.selectModel"));
    case "new_session":
      return bridge.show(undefined);
    case "open_session":
      return bridge.show(message.session);
    case "load_before":
      return loadBefore(host, message, bridge);
    case "open_file":
      return openFile(message.path, message.line, host.workspace().cwd);
    case "show_diff":
      return showDiff(host.diffs, message);
    case "copy":
      return void (await vscode.env.clipboard.writeText(message.text));
    case "open_link":
      return openLink(message.url);
    case "run_command":
      return void (await vscode.commands.executeCommand(commandIds[message.command]));
    case "show_command":
      if (!host.terminals.show(message.id))
        notice(bridge, { kind: "gone", message: "The terminal of this command is gone; its output is in the conversation." });
      return;
    case "typing":
      if (vscode.workspace.isTrusted) await (await host.conversations.engine()).warm();
      return;
    case "draft":
      return host.drafts.keep(message.text);
    case "search_files":
      return bridge.post({ type: "files", id: message.id, paths: await host.fileSearch.find(message.query) });
  }
}

async function loadBefore(host: HostServices, wanted: { seq: number; from?: number }, bridge: PanelBridge): Promise<void> {
  const { seq } = wanted;
  if (!bridge.session || seq <= 1) return bridge.post({ type: "earlier", events: [], from: 1 });
  const from = Math.max(1, seq - longestPage, Math.min(seq - pageSize, wanted.from ?? seq));
  const events = await (await host.conversations.engine()).readEvents(bridge.session, from, seq - 1);
  bridge.post({ type: "earlier", events, from });
}

function notice(bridge: PanelBridge, { message, next }: Problem): void {
  const event = { type: "notice", level: "error", message, ...(next === undefined ? {} : { next }) } as const;
  bridge.onEvents([{ seq: 0, at: Date.now(), event }]);
}
