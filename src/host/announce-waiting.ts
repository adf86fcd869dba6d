import * as vscode from "vscode";
import type { HostServices } from "./host-services";
import { plainLine } from "./plain-text";
import type { SessionStatus } from "./session-status";

/**
 * Something waits for the person and they may not see it. The notification only leads there: what would be
 * allowed is shown in full in the panel and nowhere else.
 */
export function announceWaiting(
  host: HostServices,
  session: string,
  status: SessionStatus,
  before: SessionStatus | undefined,
): void {
  const count = [...host.conversations.statuses.values()].reduce((sum, { waiting }) => sum + waiting.length, 0);
  host.panels.badge(count, `${count} waiting for you`);
  const known = new Set(before?.waiting.map(({ id }) => id));
  const fresh = status.waiting.find(({ id }) => !known.has(id));
  if (!fresh || host.conversations.isVisible(session) || !host.settings().notifyWhenWaiting) return;
  const review = "Review";
  void vscode.window
    .showInformationMessage(`Stride needs your answer: ${plainLine(fresh.title)}`, review)
    .then(async (chosen) => {
      if (chosen !== review) return;
      const bridge = await host.panels.reveal();
      if (bridge.session !== session) await bridge.show(session);
    });
}
