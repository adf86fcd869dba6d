import * as vscode from "vscode";
import { plainText } from "./plain-text";
import { redactSecrets } from "../shared/redact";

export interface Log extends vscode.Disposable {
  info(message: string): void;
  warn(message: string): void;
  error(message: string): void;
  show(): void;
  /** A value that must never be written, whatever it looks like. */
  hide(secret: string): void;
}

export function createLog(): Log {
  const channel = vscode.window.createOutputChannel("Stride", { log: true });
  const hidden = new Set<string>();
  const clean = (message: string): string => redactSecrets(plainText(message), hidden);
  return {
    info: (message) => channel.info(clean(message)),
    warn: (message) => channel.warn(clean(message)),
    error: (message) => channel.error(clean(message)),
    show: () => channel.show(),
    hide: (secret) => void hidden.add(secret),
    dispose: () => channel.dispose(),
  };
}
