import { join } from "node:path";
import { DayFile } from "./day-file";

/** What was spent today by all windows together, so that a day's cap is a day's cap. */
export class SpendLedger {
  readonly #lines: DayFile;
  readonly #now: () => number;
  /** Of this file so many bytes are in the sum. */
  #counted = { file: -1, bytes: 0 };
  #usd = 0;

  constructor(options: { stateDir: string; now(): number }) {
    this.#now = options.now;
    this.#lines = new DayFile(join(options.stateDir, "spend"), options.now);
  }

  add(session: string, model: string, usd: number): void {
    if (usd > 0) this.#lines.append(JSON.stringify({ at: this.#now(), session, model, usd }));
  }

  today(): number {
    try {
      this.#readOn();
    } catch {
      // The disk refuses: what is known stands.
    }
    return this.#usd;
  }

  #readOn(): void {
    const { file, bytes } = this.#lines.size();
    if (file !== this.#counted.file || bytes < this.#counted.bytes) {
      this.#counted = { file, bytes: 0 };
      this.#usd = 0;
    }
    const fresh = this.#lines.read(this.#counted.bytes, bytes - this.#counted.bytes);
    const whole = fresh.subarray(0, fresh.lastIndexOf(10) + 1);
    for (const line of whole.toString().split("\n")) this.#usd += usdOf(line);
    this.#counted.bytes += whole.length;
  }

  close(): void {
    this.#lines.close();
  }
}

/** A torn line of a killed writer counts nothing. */
function usdOf(line: string): number {
  if (line === "") return 0;
  try {
    const usd: unknown = (JSON.parse(line) as { usd?: unknown }).usd;
    return typeof usd === "number" ? usd : 0;
  } catch {
    return 0;
  }
}
