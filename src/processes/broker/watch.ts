import { readdirSync } from "node:fs";
import type { Child } from "./child";
import { findMembers } from "./process-table";

export interface WatchActions {
  kill(child: Child, problem: string): void;
  pressure(on: boolean, bytes: number): void;
  /** Its shell ended and nothing it started lives any more. */
  empty(child: Child): void;
}

const COUNT_MS = 40;
const FULL_MS = 500;
/** So many new processes on the machine since the last full look are a reason to look now. */
const SURGE = 100;

/** Looks at what commands use, only while there are any. */
export class Watch {
  #timer: NodeJS.Timeout | null = null;
  #lastFull = 0;
  #fullMs = FULL_MS;
  #lastCount = 0;
  #pressed = false;

  constructor(
    private readonly totalMemoryBytes: number,
    private readonly children: ReadonlyMap<number, Child>,
    private readonly actions: WatchActions,
  ) {}

  /** Something new runs: it is looked at soon, so that what leaves it early is known, then less often. */
  begin(gently: boolean): void {
    if (!gently) this.#fullMs = COUNT_MS;
    if (this.#timer) return;
    this.#lastFull = performance.now();
    this.#lastCount = countProcesses();
    this.#timer = setInterval(() => this.#tick(), COUNT_MS);
  }

  #tick(): void {
    if (this.children.size === 0) return this.#end();
    const count = countProcesses();
    if (count - this.#lastCount < SURGE && performance.now() - this.#lastFull < this.#fullMs) return;
    this.#fullMs = Math.min(this.#fullMs * 2, FULL_MS);
    this.#look();
    this.#lastFull = performance.now();
    this.#lastCount = count;
  }

  #look(): void {
    const children = [...this.children.values()].filter((child) => child.tree !== null);
    const trees = children.flatMap((child) => child.tree ?? []);
    let total = 0;
    for (const [at, members] of findMembers(trees).entries()) {
      const child = children[at] as Child;
      const bytes = members.reduce((sum, entry) => sum + entry.rssBytes, 0);
      total += bytes;
      if (members.length === 0 && child.ended) this.actions.empty(child);
      else if (members.length > child.limits.processes) this.actions.kill(child, tooMany(members.length, child));
      else if (bytes > child.limits.memoryBytes) this.actions.kill(child, tooMuch(bytes, child));
    }
    this.#setPressure(total);
  }

  #setPressure(total: number): void {
    const pressed = total > this.totalMemoryBytes;
    if (pressed !== this.#pressed) this.actions.pressure(pressed, total);
    this.#pressed = pressed;
  }

  #end(): void {
    if (this.#timer) clearInterval(this.#timer);
    this.#timer = null;
    this.#setPressure(0);
  }
}

function tooMany(count: number, child: Child): string {
  return `Stopped: it had started ${count} processes, the limit is ${child.limits.processes}.`;
}

function tooMuch(bytes: number, child: Child): string {
  return `Stopped: it used ${megabytes(bytes)} MB of memory, the limit is ${megabytes(child.limits.memoryBytes)} MB.`;
}

const megabytes = (bytes: number) => Math.round(bytes / 1024 / 1024);

/** Only the names: cheap enough for twenty times a second. Elsewhere the full look has to do. */
function countProcesses(): number {
  return process.platform === "linux" ? readdirSync("/proc").length : 0;
}
