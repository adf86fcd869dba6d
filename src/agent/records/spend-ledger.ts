import { appendFileSync, mkdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";

/** What was spent today by all windows together, so that a day's cap is a day's cap. */
export class SpendLedger {
  readonly #dir: string;
  readonly #now: () => number;
  #file = "";
  #size = -1;
  #usd = 0;

  constructor(options: { stateDir: string; now(): number }) {
    this.#dir = join(options.stateDir, "spend");
    this.#now = options.now;
  }

  add(session: string, model: string, usd: number): void {
    if (usd <= 0) return;
    mkdirSync(this.#dir, { recursive: true, mode: 0o700 });
    appendFileSync(this.#today(), `${JSON.stringify({ at: this.#now(), session, model, usd })}\n`, { mode: 0o600 });
  }

  today(): number {
    const file = this.#today();
    const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
    if (file === this.#file && size === this.#size) return this.#usd;
    this.#file = file;
    this.#size = size;
    this.#usd =
      size === 0
        ? 0
        : readFileSync(file, "utf8")
            .split("\n")
            .reduce((sum, line) => sum + usdOf(line), 0);
    return this.#usd;
  }

  #today(): string {
    return join(this.#dir, `${new Date(this.#now()).toISOString().slice(0, 10)}.jsonl`);
  }
}

/** A torn last line of a killed writer counts nothing. */
function usdOf(line: string): number {
  try {
    const usd: unknown = (JSON.parse(line) as { usd?: unknown }).usd;
    return typeof usd === "number" ? usd : 0;
  } catch {
    return 0;
  }
}
