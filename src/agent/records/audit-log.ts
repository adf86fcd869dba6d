import { mkdirSync } from "node:fs";
import { appendFile } from "node:fs/promises";
import { join } from "node:path";
import type { Decision } from "../../shared/protocol/permission";
import { redactSecrets } from "../../shared/redact";

export interface AuditEntry {
  session: string;
  call: string;
  tool: string;
  title: string;
  decision: Decision;
  outcome: string;
  answer?: string;
  exitCode?: number | null;
}

/**
 * One line per action that was decided, for the user to read later: what, which gate, which rule, where
 * paths really led, how it ended. Append-only, one file a day, and never a secret in it.
 */
export class AuditLog {
  readonly #dir: string;
  readonly #now: () => number;
  readonly #onTrouble: (message: string) => void;
  #tail: Promise<void> = Promise.resolve();

  constructor(options: { stateDir: string; now(): number; onTrouble(message: string): void }) {
    this.#dir = join(options.stateDir, "audit");
    this.#now = options.now;
    this.#onTrouble = options.onTrouble;
  }

  write(entry: AuditEntry): void {
    const { decision, ...rest } = entry;
    const line = redactSecrets(
      JSON.stringify({
        at: new Date(this.#now()).toISOString(),
        ...rest,
        verdict: decision.verdict,
        gate: decision.gate,
        reason: decision.reason,
        ...(decision.rule && { rule: decision.rule }),
        ...(decision.targets && { targets: decision.targets.map(({ op, resolved }) => ({ op, resolved })) }),
      }),
    );
    const file = join(this.#dir, `${new Date(this.#now()).toISOString().slice(0, 10)}.jsonl`);
    // Appends keep their order; a full disk must not stop the turn, but must be said.
    this.#tail = this.#tail.then(async () => {
      try {
        mkdirSync(this.#dir, { recursive: true, mode: 0o700 });
        await appendFile(file, `${line}\n`, { mode: 0o600 });
      } catch (error) {
        this.#onTrouble(`The audit log could not be written: ${String(error)}`);
      }
    });
  }

  flush(): Promise<void> {
    return this.#tail;
  }
}
