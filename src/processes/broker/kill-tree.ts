import { execFile } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { findMembers, type ProcessEntry, type ProcessTree } from "./process-table";

const ROUNDS = 40;

/**
 * Ends all trees together: SIGTERM at once, SIGKILL when the grace is over, again until nothing is
 * left. A group is killed in one call, which no fork can outrun; members that left it, one by one.
 * Answers how many processes are left (0 but for what the system refuses to end).
 */
export async function endTrees(trees: readonly ProcessTree[], graceMs: number): Promise<number> {
  if (trees.length === 0) return 0;
  if (process.platform === "win32") return endOnWindows(trees);
  signalAll(trees, findMembers(trees), graceMs > 0 ? "SIGTERM" : "SIGKILL");
  const deadline = performance.now() + graceMs;
  for (let pause = 5; performance.now() < deadline; pause = Math.min(pause * 2, 50)) {
    await sleep(pause);
    if (findMembers(trees).every((members) => members.length === 0)) return 0;
  }
  let left: ProcessEntry[][] = findMembers(trees);
  for (let round = 0; round < ROUNDS && left.some((members) => members.length > 0); round++) {
    signalAll(trees, left, "SIGKILL");
    await sleep(10);
    left = findMembers(trees);
  }
  return left.flat().length;
}

/** A stopped process cannot react to SIGTERM before it goes on. */
function signalAll(trees: readonly ProcessTree[], members: ProcessEntry[][], signal: NodeJS.Signals): void {
  for (const [at, tree] of trees.entries()) {
    const inTree = members[at] ?? [];
    if (inTree.some((entry) => entry.group === tree.root)) send(-tree.root, signal);
    for (const entry of inTree) if (entry.group !== tree.root) send(entry.pid, signal);
    if (signal === "SIGTERM") for (const entry of inTree) send(entry.pid, "SIGCONT");
  }
}

function send(target: number, signal: NodeJS.Signals): void {
  try {
    process.kill(target, signal);
  } catch {
    // gone meanwhile
  }
}

/** Windows has no groups and no SIGTERM for consoles: the whole tree at once. */
async function endOnWindows(trees: readonly ProcessTree[]): Promise<number> {
  const ended = trees.map(
    (tree) =>
      new Promise<number>((resolve) => {
        const args = ["/pid", String(tree.root), "/T", "/F"];
        execFile("taskkill", args, { windowsHide: true, timeout: 5000 }, (error) => resolve(error && isAlive(tree.root) ? 1 : 0));
      }),
  );
  return (await Promise.all(ended)).reduce((sum, left) => sum + left, 0);
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
