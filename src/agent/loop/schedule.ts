import { DROPPED, type CallResult, type Footprint, type PreparedCall } from "./ports";

export interface ScheduleOptions {
  signal: AbortSignal;
  maxParallel?: number;
}

type SkipReason = "interrupted" | "steered";

interface Entry {
  call: PreparedCall;
  state: "waiting" | "running" | "done" | "dropped";
  began: boolean;
  result?: CallResult;
  abort: AbortController;
}

/**
 * Runs calls as soon as they are known, while the reply still streams. Calls that cannot disturb each
 * other overlap, all others keep the model's order; results come back in that order too.
 */
export class Schedule {
  readonly #entries: Entry[] = [];
  readonly #options: ScheduleOptions;
  #skip: SkipReason | undefined;
  #wake: (() => void) | undefined;

  constructor(options: ScheduleOptions) {
    this.#options = options;
  }

  add(call: PreparedCall): void {
    this.#entries.push({ call, state: "waiting", began: false, abort: new AbortController() });
    this.#pump();
  }

  /** All but the dropped ones, in request order. */
  get calls(): PreparedCall[] {
    return this.#entries.filter((entry) => entry.state !== "dropped").map((entry) => entry.call);
  }

  /** The stream was lost: what has not begun never was. */
  dropUnstarted(): void {
    for (const entry of this.#entries) {
      if (entry.began || entry.state === "done") continue;
      entry.abort.abort(DROPPED);
      entry.state = "dropped";
    }
    this.#notify();
  }

  /** Let what runs finish, start nothing more. */
  skipUnstarted(why: SkipReason): void {
    this.#skip = why;
    this.#pump();
  }

  /** No more calls will come; resolves with all results in request order. */
  async finish(): Promise<CallResult[]> {
    this.#pump();
    while (this.#entries.some((entry) => entry.state === "waiting" || entry.state === "running")) {
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
    return this.#entries.flatMap((entry) => (entry.state === "done" && entry.result ? [entry.result] : []));
  }

  #pump(): void {
    const max = this.#options.maxParallel ?? 10;
    let running = this.#entries.filter((entry) => entry.state === "running").length;
    for (const [index, entry] of this.#entries.entries()) {
      if (entry.state !== "waiting") continue;
      const why = this.#options.signal.aborted ? "interrupted" : this.#skip;
      if (why) {
        entry.state = "done";
        entry.result = entry.call.skip(why);
        continue;
      }
      if (running >= max || this.#blocked(index)) continue;
      running++;
      entry.state = "running";
      void this.#run(entry);
    }
    this.#notify();
  }

  #blocked(index: number): boolean {
    const footprint = this.#entries[index]?.call.footprint;
    if (!footprint) return true;
    return this.#entries
      .slice(0, index)
      .some(
        (earlier) => (earlier.state === "waiting" || earlier.state === "running") && disturbs(earlier.call.footprint, footprint),
      );
  }

  async #run(entry: Entry): Promise<void> {
    const signal = AbortSignal.any([this.#options.signal, entry.abort.signal]);
    const result = await entry.call.run(signal, () => (entry.began = true));
    if (entry.state === "dropped") return;
    entry.result = result;
    entry.state = "done";
    this.#pump();
  }

  #notify(): void {
    this.#wake?.();
    this.#wake = undefined;
  }
}

/** True when the two must keep their order. */
export function disturbs(a: Footprint, b: Footprint): boolean {
  if (a.kind === "opaque" || b.kind === "opaque") return true;
  if (a.kind === "read" && b.kind === "read") return false;
  return a.paths.some((left) => b.paths.some((right) => overlaps(left, right)));
}

function overlaps(a: string, b: string): boolean {
  return a === b || a.startsWith(withSlash(b)) || b.startsWith(withSlash(a));
}

const withSlash = (path: string): string => (path.endsWith("/") ? path : `${path}/`);
