import type { LimitName } from "../../shared/protocol/agent";
import type { Usage } from "../../shared/protocol/model";

export interface Caps {
  turn: Partial<Record<LimitName, number>>;
  session: Partial<Record<"usd" | "tokens", number>>;
  day: Partial<Record<"usd", number>>;
}

export interface Spent {
  usd: number;
  tokens: number;
}

export interface LimitHit {
  limit: LimitName;
  used: number;
  cap: number;
}

/** Counts what a turn uses against its caps. Warns once per cap at 70 %, stops at 100 %; a raise lets it go on. */
export class Limits {
  #steps = 0;
  #usd = 0;
  #tokens = 0;
  readonly #start: number;
  readonly #warned = new Set<LimitName>();

  constructor(
    readonly caps: Caps,
    readonly now: () => number,
    readonly session: Readonly<Spent>,
    readonly today: () => number,
  ) {
    this.#start = now();
  }

  step(): void {
    this.#steps++;
  }

  spend(usage: Usage, usd: number | null): void {
    this.#tokens += totalTokens(usage);
    this.#usd += usd ?? 0;
  }

  get steps(): number {
    return this.#steps;
  }
  get tokens(): number {
    return this.#tokens;
  }
  get usd(): number {
    return this.#usd;
  }

  raise(limit: LimitName, by: number): void {
    const current = this.#measures().find((measure) => measure.limit === limit);
    if (!current) return;
    this.caps.turn[limit] = Math.max(this.caps.turn[limit] ?? 0, current.used) + by;
    if (limit === "usd") {
      if (this.caps.session.usd !== undefined)
        this.caps.session.usd = Math.max(this.caps.session.usd, this.session.usd + this.#usd) + by;
      if (this.caps.day.usd !== undefined) this.caps.day.usd = Math.max(this.caps.day.usd, this.today()) + by;
    }
    this.#warned.delete(limit);
  }

  reached(): LimitHit | null {
    return this.#measures().find((measure) => measure.used >= measure.cap) ?? null;
  }

  /** Caps that crossed 70 % since the last call. */
  warnings(): LimitHit[] {
    const crossed = this.#measures().filter(
      (measure) => measure.used >= 0.7 * measure.cap && measure.used < measure.cap && !this.#warned.has(measure.limit),
    );
    for (const measure of crossed) this.#warned.add(measure.limit);
    return crossed;
  }

  #measures(): LimitHit[] {
    const { turn, session, day } = this.caps;
    // What a whole day cost is asked only where there is a cap on it: it is read from a file.
    const today = day.usd === undefined ? 0 : this.today();
    const measures: { limit: LimitName; used: number; cap: number | undefined }[] = [
      { limit: "steps", used: this.#steps, cap: turn.steps },
      { limit: "usd", used: this.#usd, cap: turn.usd },
      { limit: "usd", used: this.session.usd + this.#usd, cap: session.usd },
      { limit: "usd", used: today, cap: day.usd },
      { limit: "tokens", used: this.#tokens, cap: turn.tokens },
      { limit: "tokens", used: this.session.tokens + this.#tokens, cap: session.tokens },
      { limit: "wallMs", used: this.now() - this.#start, cap: turn.wallMs },
    ];
    return measures.filter((measure): measure is LimitHit => measure.cap !== undefined);
  }
}

export const totalTokens = (usage: Usage): number =>
  usage.inputTokens + usage.outputTokens + usage.cacheReadTokens + usage.cacheWriteTokens;

/** "+500k" at the start or end of a message: keep working until about that many tokens were used. */
export function tokenTarget(text: string): number | null {
  const match = /(?:^|\s)\+(\d+(?:\.\d+)?)([kKmM])(?=\s|$)/.exec(text);
  if (!match?.[1] || !match[2]) return null;
  return Number(match[1]) * (match[2].toLowerCase() === "k" ? 1_000 : 1_000_000);
}
