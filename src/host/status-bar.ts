import * as vscode from "vscode";
import type { EngineHealth } from "../shared/protocol/view";
import { plainLine } from "./plain-text";
import type { SessionStatus } from "./session-status";

export interface StatusBar extends vscode.Disposable {
  show(statuses: Iterable<SessionStatus>, health: EngineHealth): void;
}

export function createStatusBar(): StatusBar {
  const item = vscode.window.createStatusBarItem("stride.status", vscode.StatusBarAlignment.Right, 10);
  item.name = "Stride";
  item.command = "stride.open";
  return {
    show: (statuses, health) => {
      const { text, tooltip, warn } = describe([...statuses], health);
      item.text = text;
      item.tooltip = tooltip;
      item.accessibilityInformation = { label: tooltip, role: "button" };
      item.backgroundColor = warn ? new vscode.ThemeColor("statusBarItem.warningBackground") : undefined;
      item.show();
    },
    dispose: () => item.dispose(),
  };
}

function describe(statuses: SessionStatus[], health: EngineHealth): { text: string; tooltip: string; warn: boolean } {
  if (health.state === "down")
    return { text: "$(error) Stride", tooltip: `Stride has stopped. ${plainLine(health.why)}`, warn: true };
  if (health.state === "restarting") return { text: "$(sync~spin) Stride", tooltip: "Stride restarts its engine", warn: false };
  const waiting = statuses.flatMap((status) => status.waiting);
  if (waiting.length > 0)
    return {
      text: `$(bell-dot) Stride: ${waiting.length} waiting`,
      tooltip: `Stride waits for you: ${plainLine(waiting[0]!.title)}`,
      warn: true,
    };
  if (statuses.some(({ running }) => running))
    return { text: "$(loading~spin) Stride", tooltip: "Stride is working", warn: false };
  return { text: "$(comment-discussion) Stride", tooltip: "Open Stride", warn: false };
}
