import type { CallResult, PreparedCall } from "./ports";

/** Notices the same failing call made over and over: the most common way an agent burns money for nothing. */
export class Repeats {
  readonly #failures = new Map<string, number>();

  constructor(readonly limit = 3) {}

  /** The call that has now failed `limit` times, if there is one. */
  note(calls: readonly PreparedCall[], results: readonly CallResult[]): PreparedCall | null {
    for (const [index, call] of calls.entries()) {
      const result = results[index];
      if (!result || result.declined) continue;
      if (!result.failed) {
        this.#failures.delete(call.signature);
        continue;
      }
      const count = (this.#failures.get(call.signature) ?? 0) + 1;
      this.#failures.set(call.signature, count);
      if (count >= this.limit) {
        this.#failures.delete(call.signature);
        return call;
      }
    }
    return null;
  }
}
