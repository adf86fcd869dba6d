import { lstatSync, mkdirSync, readFileSync, rmdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { codeOf } from "../shared/errors";

/**
 * Names whose readers are at work while a command runs (the editor, git, other agents), so that finding them
 * afterwards would be too late. The kernel blocks only what exists: an empty folder stands there meanwhile.
 */
const WATCHED = [".git", ".vscode", ".idea", ".mcp.json", ".claude", ".stride", ".cursor", ".devcontainer", ".husky", ".envrc"];

const LIST = "placeholders.json";

/** What a process that was killed has left, and the folder it kept. */
export function removeLeftovers(folder: string): void {
  for (const path of readList(join(folder, LIST))) removeEmpty(path);
  rmSync(folder, { recursive: true, force: true });
}

/** Empty folders in place of guarded names that do not exist; only folders that are still empty are ever removed. */
export class Placeholders {
  readonly #held = new Map<string, number>();
  readonly #listPath: string;

  constructor(folder: string) {
    this.#listPath = join(folder, LIST);
  }

  /** Returns what stands there now for the caller, to be let go by `release`. */
  hold(roots: readonly string[], names: readonly string[] = WATCHED): string[] {
    const wanted = roots
      .flatMap((root) => names.map((name) => join(root, name)))
      .filter((path) => this.#held.has(path) || isMissing(path));
    // Written down first: a crash leaves nothing behind that the next start does not know.
    if (wanted.some((path) => !this.#held.has(path)))
      writeFileSync(this.#listPath, JSON.stringify([...new Set([...this.#held.keys(), ...wanted])]), { mode: 0o600 });
    return wanted.filter((path) => {
      if (!this.#held.has(path) && !makeFolder(path)) return false;
      this.#held.set(path, (this.#held.get(path) ?? 0) + 1);
      return true;
    });
  }

  release(paths: readonly string[]): void {
    for (const path of paths) {
      const left = (this.#held.get(path) ?? 1) - 1;
      if (left > 0) this.#held.set(path, left);
      else {
        this.#held.delete(path);
        removeEmpty(path);
      }
    }
  }

  has(path: string): boolean {
    return this.#held.has(path);
  }
}

function isMissing(path: string): boolean {
  try {
    lstatSync(path);
    return false;
  } catch (error) {
    return codeOf(error) === "ENOENT";
  }
}

function makeFolder(path: string): boolean {
  try {
    mkdirSync(path);
    return true;
  } catch {
    return false; // someone made it this moment; the survey sees it
  }
}

function removeEmpty(path: string): void {
  try {
    rmdirSync(path);
  } catch {
    // gone, or someone put something into it and it is theirs now
  }
}

function readList(path: string): string[] {
  try {
    const list: unknown = JSON.parse(readFileSync(path, "utf8"));
    return Array.isArray(list) ? list.filter((entry) => typeof entry === "string") : [];
  } catch {
    return [];
  }
}
