import { randomBytes } from "node:crypto";
import { appendFileSync, readFileSync, readdirSync, statSync, unlinkSync } from "node:fs";
import { join } from "node:path";
import { endTrees } from "./kill-tree";
import { readProcess, straysOf, type ProcessTree } from "./process-table";

type Line =
  | { broker: number; started: string; boot: string; born?: string }
  | { root: number; started: string; marker: string; pipe?: string };

const LOG_AGE_MS = 7 * 24 * 3600 * 1000;

/** What this broker started, on disk, so that the next one can end what a killed one left. */
export class Registry {
  readonly #path: string;

  constructor(folder: string, born: string | undefined) {
    this.#path = join(folder, `broker-${process.pid}-${randomBytes(4).toString("hex")}.jsonl`);
    this.#add({ broker: process.pid, started: readProcess(process.pid)?.started ?? "", boot: bootId(), ...(born && { born }) });
  }

  add(tree: ProcessTree): void {
    const { root, started, marker, pipe } = tree;
    this.#add({ root, started, marker, ...(pipe && { pipe }) });
  }

  remove(): void {
    forget(this.#path);
  }

  #add(line: Line): void {
    try {
      appendFileSync(this.#path, `${JSON.stringify(line)}\n`, { mode: 0o600 });
    } catch {
      // a full disk costs the clean-up after a crash, not the command
    }
  }
}

/** Ends what brokers that are no more have left, and drops logs nobody will read again. */
export async function sweepLeftovers(folder: string): Promise<number> {
  let left = 0;
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    if (name.startsWith("broker-")) left += await sweepOne(path);
    else if (/^(pipe-|.*\.log$)/.test(name) && ageOf(path) > LOG_AGE_MS) forget(path);
  }
  return left;
}

async function sweepOne(path: string): Promise<number> {
  const lines = readLines(path);
  const owner = lines.find((line) => "broker" in line);
  if (!owner || owner.boot !== bootId()) return forget(path);
  if (readProcess(owner.broker)?.started === owner.started) return 0;
  const trees = lines.flatMap((line) => ("root" in line ? [leftover(line)] : straysOf(line.born, line.started)));
  const left = await endTrees(trees, 300);
  if (left === 0) forget(path);
  return left;
}

/** The number of an ended shell may belong to someone else by now; then only the marker counts. */
function leftover({ root, ...line }: Extract<Line, { root: number }>): ProcessTree {
  const same = readProcess(root)?.started === line.started;
  return { ...line, root: same ? root : -1, known: new Map() };
}

function readLines(path: string): Line[] {
  try {
    const rows = readFileSync(path, "utf8").split("\n");
    return rows.filter((row) => row.endsWith("}")).map((row) => JSON.parse(row) as Line);
  } catch {
    return [];
  }
}

function bootId(): string {
  try {
    return readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
  } catch {
    return "";
  }
}

function ageOf(path: string): number {
  try {
    return Date.now() - statSync(path).mtimeMs;
  } catch {
    return 0;
  }
}

function forget(path: string): 0 {
  try {
    unlinkSync(path);
  } catch {
    // someone else did
  }
  return 0;
}
