import { readFileSync, statSync } from "node:fs";
import { dirname, isAbsolute, join, resolve } from "node:path";

/**
 * The main checkout around a folder, found by reading files only: git itself must not run in a folder that
 * nobody trusts yet. A worktree leads to its main checkout only if that one knows it (a spoofed
 * `commondir` must not borrow another folder's settings).
 */
export function gitRoot(from: string): string | null {
  for (let folder = resolve(from); ; folder = dirname(folder)) {
    const entry = join(folder, ".git");
    const stats = statSync(entry, { throwIfNoEntry: false });
    if (stats?.isDirectory()) return folder;
    if (stats?.isFile()) return mainCheckout(entry) ?? folder;
    if (dirname(folder) === folder) return null;
  }
}

function mainCheckout(gitFile: string): string | null {
  const gitDir = /^gitdir:\s*(.+?)\s*$/m.exec(read(gitFile))?.[1];
  if (!gitDir) return null;
  const own = isAbsolute(gitDir) ? gitDir : resolve(dirname(gitFile), gitDir);
  const common = read(join(own, "commondir")).trim();
  if (common === "") return null;
  const main = resolve(own, common);
  const knowsUs = dirname(own) === join(main, "worktrees") && resolve(read(join(own, "gitdir")).trim()) === resolve(gitFile);
  return knowsUs && main.endsWith(".git") ? dirname(main) : null;
}

function read(file: string): string {
  try {
    return readFileSync(file, "utf8").slice(0, 4_096);
  } catch {
    return "";
  }
}
