import type { HostServices } from "../host-services";
import { askAbout, addSelection } from "./code";
import { focusToggle, newConversation, open, openInEditor, showHistory, stop } from "./conversation";
import { restartEngine, showLogs } from "./engine";
import { explainPermissions, openSettings, showAuditLog, showInstructions } from "./explain";
import { clearKey, setKey } from "./keys";
import { compact, exportHere, importConversations, searchConversations, undoCompaction } from "./library";
import { selectModel } from "./select-model";

export type CommandHandler = (host: HostServices, ...args: unknown[]) => unknown;

/** Every command; package.json has exactly these ids. */
export const commands: Record<string, CommandHandler> = {
  "stride.open": open,
  "stride.toggleFocus": focusToggle,
  "stride.newConversation": newConversation,
  "stride.stop": stop,
  "stride.openInEditor": openInEditor,
  "stride.history": showHistory,
  "stride.addSelection": addSelection,
  "stride.explain": askAbout("explain"),
  "stride.fix": askAbout("fix"),
  "stride.improve": askAbout("improve"),
  "stride.writeTest": askAbout("test"),
  "stride.selectModel": selectModel,
  "stride.setApiKey": setKey,
  "stride.clearApiKey": clearKey,
  "stride.showLogs": showLogs,
  "stride.restartEngine": restartEngine,
  "stride.compact": compact,
  "stride.undoCompaction": undoCompaction,
  "stride.searchConversations": searchConversations,
  "stride.exportConversation": exportHere,
  "stride.importConversations": importConversations,
  "stride.explainPermissions": explainPermissions,
  "stride.showAuditLog": showAuditLog,
  "stride.showInstructions": showInstructions,
  "stride.openSettings": openSettings,
};
