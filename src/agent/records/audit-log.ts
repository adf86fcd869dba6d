import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { AuditLine } from "../../shared/protocol/explain";
import type { Access, Decision } from "../../shared/protocol/permission";
import { redactSecrets } from "../../shared/redact";
import { DayFile } from "./day-file";

export interface AuditEntry {
  session: string;
  call: string;
  tool: string;
  title: string;
  decision: Decision;
  outcome: string;
  answer?: string;
  exitCode?: number | null;
  /** What it touched; with it a decision can be made again under other rules. */
  access?: readonly Access[];
}

/** A record as it is read back. */
export interface AuditRecord extends AuditLine {
  access?: Access[];
}

/** Longer ones (a script in a command) are of no use to a rule. */
const MOST_ACCESS = 4_000;
const MOST_DAYS = 90;

/**
 * One line per action that was decided, for the user to read later: what, which gate, which rule, where
 * paths really led, how it ended. Append-only, one file a day, and never a secret in it.
 */
export class AuditLog {
  readonly #dir: string;
  readonly #now: () => number;
  readonly #onTrouble: (message: string) => void;
  readonly #lines: DayFile;
  readonly #waiting: { at: string; entry: AuditEntry }[] = [];

  constructor(options: { stateDir: string; now(): number; onTrouble(message: string): void }) {
    this.#dir = join(options.stateDir, "audit");
    this.#now = options.now;
    this.#onTrouble = options.onTrouble;
    this.#lines = new DayFile(this.#dir, options.now);
  }

  /** Written a moment later: the next request does not wait for it. */
  write(entry: AuditEntry): void {
    if (this.#waiting.push({ at: new Date(this.#now()).toISOString(), entry }) === 1) setImmediate(() => this.#flush());
  }

  #flush(): void {
    for (const { at, entry } of this.#waiting.splice(0)) {
      try {
        this.#lines.append(lineOf(at, entry));
      } catch (error) {
        // A full disk must not stop the turn, but must be said.
        this.#onTrouble(`The audit log could not be written: ${String(error)}`);
      }
    }
  }

  close(): void {
    this.#flush();
    this.#lines.close();
  }

  /** Newest first. A line that cannot be read is left out: it is a log, not a promise. */
  async recent(limit: number): Promise<AuditRecord[]> {
    this.#flush();
    const days = (await readdir(this.#dir).catch(() => [])).filter((name) => /^[\d-]+\.jsonl$/.test(name)).sort();
    const records: AuditRecord[] = [];
    for (const day of days.reverse().slice(0, MOST_DAYS)) {
      if (records.length >= limit) break;
      const text = await readFile(join(this.#dir, day), "utf8").catch(() => "");
      records.push(...text.split("\n").reverse().flatMap(parsed));
    }
    return records.slice(0, limit);
  }
}

function lineOf(at: string, { decision, access, ...rest }: AuditEntry): string {
  const kept = access && JSON.stringify(access).length <= MOST_ACCESS ? { access } : {};
  const { verdict, gate, reason, rule, targets } = decision;
  return redactSecrets(
    JSON.stringify({
      at,
      ...rest,
      verdict,
      gate,
      reason,
      ...(rule && { rule }),
      ...kept,
      ...(targets && { targets: targets.map(({ op, resolved }) => ({ op, resolved })) }),
    }),
  );
}

function parsed(line: string): AuditRecord[] {
  try {
    const record = JSON.parse(line) as AuditRecord;
    return typeof record.tool === "string" && typeof record.verdict === "string" ? [record] : [];
  } catch {
    return [];
  }
}
