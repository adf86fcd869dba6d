import { shellLimits } from "./limits";
import type { ShellWord } from "./part";

/** Folders the shell may be in; null = cannot be told. */
export type Folders = string[] | null;

/** After success and after failure of a command, so that `cd x && y` is known exactly and `cd x; y` is both. */
export interface FolderFlow {
  success: Folders;
  failure: Folders;
}

export const stay = (folders: Folders): FolderFlow => ({ success: folders, failure: folders });

export function eitherOf(a: Folders, b: Folders): Folders {
  if (a === null || b === null) return null;
  const all = [...new Set([...a, ...b])];
  return all.length > shellLimits.cwdCandidates ? null : all;
}

export const afterwards = (flow: FolderFlow): Folders => eitherOf(flow.success, flow.failure);

const movers = new Set(["cd", "pushd", "popd", "chdir"]);

/** Where a simple command leaves the shell; `change` tells where `cd X` leads from a folder. */
export function folderAfter(
  words: ShellWord[],
  folders: Folders,
  home: string,
  change: (from: string, to: ShellWord) => string[],
): FolderFlow {
  const name = words[0]?.value ?? "";
  if (!movers.has(name)) return stay(folders);
  const operands = words.slice(1).filter((word) => !["-P", "-L", "--"].includes(word.value));
  const to = operands[0];
  const plain = name === "cd" && operands.length === 1 && to?.fixed && !to.glob && !to.value.startsWith("-");
  // `cd` alone leads home; it asks anyway, but what comes behind it is refused where it must be.
  if (name === "cd" && words.length === 1) return { success: [home], failure: folders };
  if (folders === null || !to || !plain) return { success: null, failure: folders };
  const next = [...new Set(folders.flatMap((from) => change(from, to)))];
  return { success: next.length === 0 || next.length > shellLimits.cwdCandidates ? null : next, failure: folders };
}
