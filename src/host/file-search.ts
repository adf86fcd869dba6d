import * as vscode from "vscode";
import { rankPaths } from "./rank-paths";

const maxFiles = 50_000;
const keptMs = 30_000;
const results = 50;

/** Files for `@` in the composer. The list is fetched when it is asked for and forgotten soon after. */
export class FileSearch implements vscode.Disposable {
  #paths: Promise<string[]> | undefined;
  #timer: NodeJS.Timeout | undefined;

  async find(query: string): Promise<string[]> {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.dispose(), keptMs);
    this.#timer.unref();
    this.#paths ??= listFiles();
    return rankPaths(query, await this.#paths, results);
  }

  dispose(): void {
    clearTimeout(this.#timer);
    this.#paths = undefined;
  }
}

async function listFiles(): Promise<string[]> {
  const found = await vscode.workspace.findFiles("**/*", undefined, maxFiles);
  return found.map((uri) => vscode.workspace.asRelativePath(uri));
}
