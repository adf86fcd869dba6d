import * as vscode from "vscode";
import type { Disposable } from "../../shared/lifecycle";
import { plainText } from "../plain-text";

const integrationMs = 3_000;
const maxOutput = 500_000;

/** Runs commands in a terminal the person sees and owns, as long as its shell reports what it does. */
export class IntegratedTerminal implements Disposable {
  #terminal: vscode.Terminal | undefined;
  #busy = false;

  /** null: no shell integration, or the terminal is in use; the caller runs the command itself. */
  async run(command: string, cwd: string, timeoutMs: number): Promise<{ exitCode: number | null; output: string } | null> {
    if (this.#busy) return null;
    this.#busy = true;
    try {
      const terminal = this.#open(cwd);
      const integration = terminal.shellIntegration ?? (await integrationOf(terminal));
      return integration ? await execute(integration, command, timeoutMs) : null;
    } finally {
      this.#busy = false;
    }
  }

  /** Ctrl+C. */
  interrupt(): void {
    if (this.#busy) this.#terminal?.sendText("\u0003", false);
  }

  dispose(): void {
    this.#terminal?.dispose();
    this.#terminal = undefined;
  }

  #open(cwd: string): vscode.Terminal {
    const here = this.#terminal?.shellIntegration?.cwd?.fsPath;
    if (this.#terminal && (this.#terminal.exitStatus || here !== cwd)) this.dispose();
    this.#terminal ??= vscode.window.createTerminal({ name: "Stride", cwd, isTransient: true });
    this.#terminal.show(true);
    return this.#terminal;
  }
}

function integrationOf(terminal: vscode.Terminal): Promise<vscode.TerminalShellIntegration | undefined> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => done(undefined), integrationMs);
    const listener = vscode.window.onDidChangeTerminalShellIntegration((event) => {
      if (event.terminal === terminal) done(event.shellIntegration);
    });
    const done = (integration: vscode.TerminalShellIntegration | undefined): void => {
      clearTimeout(timer);
      listener.dispose();
      resolve(integration);
    };
  });
}

async function execute(
  integration: vscode.TerminalShellIntegration,
  command: string,
  timeoutMs: number,
): Promise<{ exitCode: number | null; output: string }> {
  let execution: vscode.TerminalShellExecution | undefined;
  let listener: vscode.Disposable | undefined;
  let timer: NodeJS.Timeout | undefined;
  const ended = new Promise<number | null>((resolve) => {
    listener = vscode.window.onDidEndTerminalShellExecution((event) => {
      if (event.execution === execution) resolve(event.exitCode ?? null);
    });
    timer = setTimeout(() => resolve(null), timeoutMs);
  });
  execution = integration.executeCommand(command);
  let output = "";
  const reading = (async () => {
    for await (const chunk of execution.read()) if (output.length < maxOutput) output += chunk;
  })();
  const exitCode = await ended;
  // The last chunks may come after the exit code; a command that goes on is not waited for.
  await Promise.race([reading, new Promise((resolve) => setTimeout(resolve, 500))]);
  clearTimeout(timer);
  listener?.dispose();
  return { exitCode, output: plainText(output).replace(/\r\n/g, "\n") };
}
