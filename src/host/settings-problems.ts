import * as vscode from "vscode";
import type { SettingsWarning } from "../shared/protocol/host";
import type { Log } from "./log";
import { plainLine } from "./plain-text";

export interface SettingsProblems {
  /** A value of a `stride.*` setting that cannot be used. */
  setting(message: string): void;
  /** Entries of settings files that were skipped. */
  files(warnings: readonly SettingsWarning[]): void;
}

/** Says once what cannot be used, where to correct it, and that the rest works. */
export function settingsProblems(log: Log): SettingsProblems {
  const said = new Set<string>();
  const news = (message: string): boolean => {
    if (said.has(message)) return false;
    said.add(message);
    log.warn(message);
    return true;
  };
  return {
    setting(message) {
      if (news(message)) void offer(`Stride: ${message}`, "Open Settings", () => openSettings(message));
    },
    files(warnings) {
      for (const { file, line, message } of warnings) {
        const text = `${file}${line === undefined ? "" : `:${line}`}: ${message}`;
        if (news(text)) void offer(`Stride: ${plainLine(text, 300)}`, "Open File", () => openAt(file, line));
      }
    },
  };
}

async function offer(message: string, button: string, act: () => unknown): Promise<void> {
  if ((await vscode.window.showWarningMessage(message, button)) === button) await act();
}

const openSettings = (message: string): Thenable<unknown> =>
  vscode.commands.executeCommand("workbench.action.openSettings", /stride\.[\w.]*\w/.exec(message)?.[0] ?? "stride");

function openAt(file: string, line = 1): Thenable<unknown> {
  const place = new vscode.Position(Math.max(0, line - 1), 0);
  return vscode.window.showTextDocument(vscode.Uri.file(file), { selection: new vscode.Range(place, place) });
}
