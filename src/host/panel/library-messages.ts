import type { Problem } from "../../shared/protocol/agent";
import type { FromPanel } from "../../shared/protocol/view";
import { exportConversation } from "../commands/library";
import type { HostServices } from "../host-services";
import type { PanelBridge } from "./panel-bridge";

const handled = [
  "list_sessions",
  "rename_session",
  "archive_session",
  "delete_session",
  "undo_delete",
  "export_session",
  "fork",
  "search",
  "open_hit",
  "get_permissions",
  "explain_call",
  "get_instructions",
] as const;

export type LibraryMessage = Extract<FromPanel, { type: (typeof handled)[number] }>;

export const isLibraryMessage = (message: FromPanel): message is LibraryMessage =>
  (handled as readonly string[]).includes(message.type);

const mostHits = 60;

/** What the panel asks about conversations and rules, beside the one that runs in it. A problem comes back to be shown. */
export async function answerLibrary(host: HostServices, message: LibraryMessage, bridge: PanelBridge): Promise<Problem | null> {
  const engine = await host.conversations.engine();
  const { cwd } = host.workspace();
  const place = { ...host.workspace(), ...(bridge.session ? { session: bridge.session } : {}) };
  const changed = async (problem: Problem | null): Promise<Problem | null> => {
    bridge.post({ type: "sessions", sessions: await engine.listSessions(cwd) });
    return problem;
  };
  switch (message.type) {
    case "list_sessions":
      return changed(null);
    case "rename_session":
      return changed(await engine.renameSession(message.session, message.title));
    case "archive_session":
      return changed(await engine.archiveSession(message.session, message.archived));
    case "delete_session":
      return changed(await remove(host, message.session));
    case "undo_delete":
      return changed(await engine.undoDelete(message.session));
    case "export_session":
      return exportConversation(host, message.session);
    case "fork":
      return fork(host, message, bridge);
    case "search": {
      const scope = message.scope === "session" && bridge.session ? { session: bridge.session } : { cwd };
      const found = await engine.searchSessions({ query: message.query, limit: mostHits, ...scope });
      bridge.post({ type: "search_results", id: message.id, ...found });
      return null;
    }
    case "open_hit":
      if (message.session !== bridge.session) await bridge.show(message.session);
      bridge.post({ type: "jump", seq: message.seq });
      return null;
    case "get_permissions":
      bridge.post({ type: "permissions", report: await engine.explainPermissions(place) });
      return null;
    case "explain_call":
      bridge.post({ type: "explained", id: message.id, explanation: await engine.explainCall(place, message.call) });
      return null;
    case "get_instructions": {
      const session = await bridge.ready();
      bridge.post({ type: "instructions", report: await engine.instructionFiles(session ?? "") });
      return null;
    }
  }
}

async function remove(host: HostServices, session: string): Promise<Problem | null> {
  const problem = await (await host.conversations.engine()).deleteSession(session);
  if (problem) return problem;
  for (const bridge of host.panels.all()) if (bridge.session === session) await bridge.show(undefined);
  return null;
}

async function fork(host: HostServices, { seq, text }: { seq: number; text: string }, bridge: PanelBridge): Promise<null> {
  if (!bridge.session) return null;
  const copy = await (await host.conversations.engine()).forkSession(bridge.session, seq);
  await bridge.show(copy);
  bridge.insert(text, true);
  return null;
}
