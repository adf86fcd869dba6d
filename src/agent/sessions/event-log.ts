import { closeSync, fdatasync, ftruncateSync } from "node:fs";
import { promisify } from "node:util";
import { problem, StrideError } from "../../shared/errors";
import type { AgentEvent, Problem, Recorded } from "../../shared/protocol/agent";
import { lostEntry, memoryIndex, typeCode, type IndexFile } from "./index-file";
import { encodeRecord } from "./record";
import { diskProblem, quarantined, takenOver } from "./log-problems";
import { readIndexed, recover, tokensOf, type Recovery } from "./recover";
import { rewrite, writeWhole } from "./rewrite";

/**
 * writable: ours. read_only: someone else writes, or the file may not be written, or a newer Stride wrote it.
 * quarantined: records in the middle are damaged; the rest can be read and exported, nothing is added or removed.
 */
export interface LogHealth {
  mode: "writable" | "read_only" | "quarantined";
  /** Why it is not writable. */
  problem?: Problem;
  /** What was cut off the end when it was opened, and where the bytes are now. */
  repaired?: string;
}

export interface OpenedLog {
  dir: string;
  session: string;
  fd: number;
  size: number;
  index: IndexFile;
  health: LogHealth;
  now: () => number;
  /** False: another process took the session over. */
  stillOurs: () => boolean;
  /** Of a new log: its name is on the disk. */
  settled?: Promise<void>;
}

const sync = promisify(fdatasync);
const autoFlushMs = 1000;
const maxWaitingBytes = 64 << 20;
const maxReadBytes = 16 << 20;

/**
 * The append-only log of one session. An event is written when `append` returns (it survives the process) and
 * acknowledged when `flush` resolves (it survives the machine). When the disk refuses, events wait in memory, in order,
 * `flush` rejects, and the next call tries again: nothing has to be restarted after space was made.
 */
export class EventLog {
  readonly session: string;
  readonly dir: string;
  #log: OpenedLog;
  #lastSeq: number;
  #writtenSeq: number;
  #durableSeq: number;
  #durableSize: number;
  #turn: number;
  /** A sync failed: the kernel may have dropped pages it told us were written. */
  #suspect = false;
  #scratch = Buffer.allocUnsafe(64 << 10);
  #waiting: { line: Buffer; recorded: Recorded }[] = [];
  #waitingBytes = 0;
  #trouble: Problem | null = null;
  #syncing: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #listeners = new Set<(trouble: Problem | null) => void>();
  #closed = false;

  constructor(log: OpenedLog) {
    this.#log = log;
    this.session = log.session;
    this.dir = log.dir;
    this.#lastSeq = this.#writtenSeq = this.#durableSeq = log.index.count;
    this.#durableSize = log.size;
    this.#turn = log.index.get(log.index.count)?.turn ?? 0;
  }

  get lastSeq(): number {
    return this.#lastSeq;
  }

  /** Everything up to here is on the disk. */
  get durableSeq(): number {
    return this.#durableSeq;
  }

  get health(): LogHealth {
    return this.#log.health;
  }

  /** Told when writing starts to fail, and with null when it works again. */
  onError(listener: (trouble: Problem | null) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Numbers the event at once. Throws a StrideError only when the log is not writable at all. */
  append(event: AgentEvent): Recorded {
    this.#mustBeWritable();
    const recorded: Recorded = { session: this.session, seq: this.#lastSeq + 1, at: this.#log.now(), event };
    const line = encodeRecord(recorded, this.#scratch);
    this.#lastSeq++;
    if (this.#waiting.length > 0) this.#drain();
    if (this.#waiting.length > 0 || !this.#write(line, recorded)) {
      this.#waiting.push({ line: Buffer.from(line), recorded });
      this.#waitingBytes += line.length;
    }
    this.#timer ??= setTimeout(() => this.#autoFlush(), autoFlushMs).unref();
    return recorded;
  }

  async appendDurable(event: AgentEvent): Promise<Recorded> {
    const recorded = this.append(event);
    await this.flush();
    return recorded;
  }

  /** Resolves when all that was appended before the call is on the disk; rejects with a StrideError. */
  async flush(): Promise<void> {
    const target = this.#lastSeq;
    while (this.#durableSeq < target) {
      this.#syncing ??= this.#sync().finally(() => (this.#syncing = undefined));
      await this.#syncing;
    }
  }

  /** Records `from` to `to`, inclusive; lost ones are left out, and long answers end early. */
  async read(from: number, to: number): Promise<Recorded[]> {
    const first = Math.max(1, from);
    const last = Math.min(to, this.#writtenSeq);
    if (first > last) return [];
    const records = this.#readRange(first, last);
    if (records) return records;
    await this.#rebuildIndex();
    return this.#readRange(first, Math.min(last, this.#writtenSeq), "skip") ?? [];
  }

  /** Numbers of the written records of these types; reads the side index only. */
  find(...types: AgentEvent["type"][]): number[] {
    return this.#log.index.find(types);
  }

  /** The newest records, at most `count` and about `maxBytes`. */
  async tail(count: number, maxBytes = 1 << 20): Promise<Recorded[]> {
    let from = this.#writtenSeq;
    for (let bytes = 0; from > 1 && this.#writtenSeq - from + 1 < count; from--) {
      bytes += this.#log.index.get(from - 1)?.length ?? 0;
      if (bytes > maxBytes) break;
    }
    return this.read(from, this.#writtenSeq);
  }

  /** Every readable record in order; what is found damaged on the way quarantines the log. */
  async readAll(onRecord: (recorded: Recorded) => void, signal?: AbortSignal): Promise<void> {
    const expected = this.#writtenSeq;
    const index = memoryIndex();
    const found = await recover(this.#log.fd, this.session, index, false, onRecord, signal);
    if (found.damage.length || index.count < expected) this.#adopt(index, found);
  }

  /** Reads on where another process has written. */
  async refresh(): Promise<void> {
    if (this.#log.health.mode === "writable") return;
    await recover(this.#log.fd, this.session, this.#log.index, true);
    this.#lastSeq = this.#writtenSeq = this.#durableSeq = this.#log.index.count;
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    clearTimeout(this.#timer);
    try {
      await this.flush();
    } finally {
      this.#closed = true;
      if (this.#waiting.length) attempt(() => ftruncateSync(this.#log.fd, this.#log.size));
      if (this.#log.health.mode === "writable") attempt(() => this.#log.index.flush());
      this.#log.index.close();
      closeSync(this.#log.fd);
    }
  }

  #mustBeWritable(): void {
    const { health, stillOurs } = this.#log;
    if (this.#closed) throw new StrideError(problem("closed", "This conversation was closed.", "Open it again."));
    if (health.mode !== "writable")
      throw new StrideError(health.problem ?? problem("read_only", "This conversation is read only."));
    if (!stillOurs()) {
      this.#log.health = { mode: "read_only", problem: takenOver };
      throw new StrideError(takenOver);
    }
    if (this.#waitingBytes > maxWaitingBytes) throw new StrideError(this.#trouble ?? diskProblem(undefined));
  }

  #drain(): void {
    let done = 0;
    for (const { line, recorded } of this.#waiting) {
      if (!this.#write(line, recorded)) break;
      this.#waitingBytes -= line.length;
      done++;
    }
    this.#waiting.splice(0, done);
  }

  /** At the known end: what a failed write left behind is overwritten by the next try. */
  #write(line: Buffer, recorded: Recorded): boolean {
    try {
      writeWhole(this.#log.fd, line, this.#log.size);
    } catch (error) {
      this.#setTrouble(diskProblem(error));
      return false;
    }
    this.#index(recorded, line.length);
    return true;
  }

  #index(recorded: Recorded, length: number): void {
    const { index, size } = this.#log;
    if (recorded.event.type === "turn_started") this.#turn++;
    const tokens = tokensOf(recorded, length);
    index.add({ offset: size, length, type: typeCode(recorded.event.type), turn: this.#turn, tokens });
    this.#log.size += length;
    this.#writtenSeq = recorded.seq;
  }

  async #sync(): Promise<void> {
    if (this.#closed) throw new StrideError(problem("closed", "This conversation was closed.", "Open it again."));
    this.#drain();
    if (this.#waiting.length) throw new StrideError(this.#trouble ?? diskProblem(undefined));
    const { fd, size, index } = this.#log;
    const seq = this.#writtenSeq;
    try {
      if (this.#suspect) rewrite(fd, this.#durableSize, size);
      await Promise.all([sync(fd), this.#log.settled]);
    } catch (error) {
      this.#suspect = true;
      this.#setTrouble(diskProblem(error));
      throw new StrideError(diskProblem(error));
    }
    this.#suspect = false;
    this.#durableSeq = seq;
    this.#durableSize = size;
    this.#setTrouble(null);
    attempt(() => index.flush());
  }

  #autoFlush(): void {
    this.#timer = undefined;
    this.flush().catch(() => {
      if (!this.#closed) this.#timer ??= setTimeout(() => this.#autoFlush(), autoFlushMs).unref();
    });
  }

  #setTrouble(trouble: Problem | null): void {
    if (trouble?.message === this.#trouble?.message) return;
    this.#trouble = trouble;
    for (const listener of this.#listeners) listener(trouble);
  }

  #readRange(first: number, last: number, lost: "skip" | "fail" = "fail"): Recorded[] | null {
    const { fd, index, session } = this.#log;
    const records: Recorded[] = [];
    let bytes = 0;
    for (let seq = first; seq <= last && bytes < maxReadBytes; seq++) {
      const entry = index.get(seq);
      const recorded = entry && readIndexed(fd, session, index, seq);
      if (recorded) records.push(recorded);
      else if (lost === "fail" && entry?.length !== 0) return null;
      bytes += entry?.length ?? 0;
    }
    return records;
  }

  async #rebuildIndex(): Promise<void> {
    const index = memoryIndex();
    this.#adopt(index, await recover(this.#log.fd, this.session, index, false));
  }

  /** Takes over an index read from the log itself; events appended meanwhile are only in the old one. */
  #adopt(fresh: IndexFile, found: Recovery): void {
    const { index } = this.#log;
    const lost = found.lost + Math.max(0, this.#writtenSeq - fresh.count);
    for (let seq = fresh.count + 1; seq <= this.#writtenSeq; seq++) fresh.add(index.get(seq) ?? lostEntry(this.#turn));
    index.truncate(0);
    for (let seq = 1; seq <= fresh.count; seq++) index.add(fresh.get(seq)!);
    if (found.damage.length || lost > 0) this.#log.health = quarantined(this.#log.health, Math.max(1, found.damage.length), lost);
  }
}

function attempt(action: () => void): void {
  try {
    action();
  } catch {
    // The side file is a cache and the torn end is cut on the next open.
  }
}
