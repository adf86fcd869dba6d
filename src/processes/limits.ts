import { totalmem } from "node:os";

export interface Limits {
  /** Commands at the same time; more wait their turn. */
  concurrent: number;
  /** Waiting ones; more are refused. */
  waiting: number;
  memoryBytesPerCommand: number;
  /** Over this no further command starts until it is less again. */
  memoryBytesTotal: number;
  processesPerCommand: number;
  openFiles: number;
  /** Log on disk of one command. */
  outputBytes: number;
  /** Commands yield the processor to the editor. 0 = equal. */
  nice: number;
}

const GIGABYTE = 1024 ** 3;

export function defaultLimits(memory = totalmem()): Limits {
  return {
    concurrent: 16,
    waiting: 64,
    memoryBytesPerCommand: Math.max(2 * GIGABYTE, memory * 0.6),
    memoryBytesTotal: Math.max(3 * GIGABYTE, memory * 0.75),
    processesPerCommand: 1000,
    openFiles: 16_384,
    outputBytes: 100 * 1024 * 1024,
    nice: 5,
  };
}

export type Admission = { kind: "admitted"; release(): void } | { kind: "refused"; problem: string } | { kind: "aborted" };

interface Waiting {
  admit(): void;
}

/** First come, first served; nobody is ever pushed out. */
export class Slots {
  #running = 0;
  #waiting: Waiting[] = [];
  #pressed = false;

  constructor(private readonly limits: Pick<Limits, "concurrent" | "waiting">) {}

  /** Free memory is short: those that run go on, further ones wait. */
  setPressure(on: boolean): void {
    this.#pressed = on;
    this.#admitNext();
  }

  enter(signal: AbortSignal): Promise<Admission> {
    if (signal.aborted) return Promise.resolve({ kind: "aborted" });
    if (this.#hasRoom() && this.#waiting.length === 0) return Promise.resolve(this.#admit());
    if (this.#waiting.length >= this.limits.waiting) return Promise.resolve({ kind: "refused", problem: this.#whyRefused() });
    return new Promise((resolve) => {
      const waiting = { admit: () => resolve(this.#admit()) };
      this.#waiting.push(waiting);
      const onAbort = () => {
        this.#waiting = this.#waiting.filter((other) => other !== waiting);
        resolve({ kind: "aborted" });
      };
      signal.addEventListener("abort", onAbort, { once: true });
    });
  }

  /** For people, while one waits. */
  why(): string {
    return this.#pressed
      ? "It waits: the commands that run now use nearly all the memory they may."
      : `It waits: ${this.#running} commands run already, which is the limit. End one that is no longer needed.`;
  }

  #whyRefused(): string {
    return `Refused: ${this.#running} commands run and ${this.#waiting.length} wait already. End some of them first.`;
  }

  #hasRoom(): boolean {
    return this.#running < this.limits.concurrent && (!this.#pressed || this.#running === 0);
  }

  #admit(): Admission {
    this.#running++;
    let held = true;
    const release = () => {
      if (!held) return;
      held = false;
      this.#running--;
      this.#admitNext();
    };
    return { kind: "admitted", release };
  }

  #admitNext(): void {
    while (this.#waiting.length > 0 && this.#hasRoom()) this.#waiting.shift()?.admit();
  }
}
