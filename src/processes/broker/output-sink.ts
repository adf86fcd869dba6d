import { closeSync, openSync, readSync, writeSync } from "node:fs";

const KEPT = 64 * 1024;

/**
 * Everything a command prints: on disk up to a cap, the last 64 KB in memory. Past the cap the log
 * ends with a note and the last bytes, and the command goes on unhindered.
 */
export class OutputSink {
  #fd: number | null;
  #logged = 0;
  #total = 0;
  #ring = Buffer.alloc(0);
  #problem: string | undefined;
  readonly #capBytes: number;

  constructor(path: string, capBytes: number) {
    this.#fd = openSync(path, "wx+", 0o600);
    this.#capBytes = Math.max(capBytes - KEPT - 200, KEPT);
  }

  get totalBytes(): number {
    return this.#total;
  }

  get problem(): string | undefined {
    return this.#problem;
  }

  write(chunk: Buffer): void {
    const room = this.#capBytes - this.#logged;
    if (room > 0) this.#log(chunk.length <= room ? chunk : chunk.subarray(0, room));
    this.#remember(chunk);
    this.#total += chunk.length;
  }

  /** The bytes from `from` on, as far as they are still in memory; `skipped` are not. */
  since(from: number, most = KEPT): { bytes: Buffer; skipped: number } {
    const wanted = Math.max(0, this.#total - from);
    const size = Math.min(wanted, most, KEPT, this.#total);
    return { bytes: this.#last(size), skipped: wanted - size };
  }

  /** The first and the last bytes; the first part is empty when the last part is everything. */
  ends(): { head: Buffer; tail: Buffer } {
    if (this.#total <= KEPT || this.#fd === null) return { head: Buffer.alloc(0), tail: this.#last(Math.min(this.#total, KEPT)) };
    const tail = this.#last(Math.min(KEPT, this.#total - KEPT));
    const head = Buffer.alloc(Math.min(KEPT, this.#logged));
    return { head: head.subarray(0, readSync(this.#fd, head, 0, head.length, 0)), tail };
  }

  end(): void {
    if (this.#fd === null) return;
    if (this.#total > this.#logged) {
      const tail = this.#last(Math.min(KEPT, this.#total - this.#logged));
      this.#append(Buffer.from(`\n[${this.#total - this.#logged - tail.length} bytes were not kept: the log is capped]\n`));
      this.#append(tail);
    }
    closeSync(this.#fd);
    this.#fd = null;
  }

  #log(bytes: Buffer): void {
    if (this.#append(bytes)) this.#logged += bytes.length;
  }

  /** A full disk must not stop the command: the log ends there and the outcome says so. */
  #append(bytes: Buffer): boolean {
    if (this.#fd === null || this.#problem !== undefined) return false;
    try {
      let at = 0;
      while (at < bytes.length) at += writeSync(this.#fd, bytes, at);
      return true;
    } catch (error) {
      this.#problem = `The output could not be written to disk: ${String((error as Error).message)}`;
      return false;
    }
  }

  #remember(chunk: Buffer): void {
    if (this.#ring.length < KEPT) this.#grow(this.#total + chunk.length);
    const part = chunk.length > this.#ring.length ? chunk.subarray(chunk.length - this.#ring.length) : chunk;
    const at = (this.#total + chunk.length - part.length) % this.#ring.length;
    const first = Math.min(part.length, this.#ring.length - at);
    part.copy(this.#ring, at, 0, first);
    part.copy(this.#ring, 0, first);
  }

  /** Small until it is needed: most commands print a few lines. Never wrapped before it is full-size. */
  #grow(needed: number): void {
    if (needed <= this.#ring.length) return;
    let size = Math.max(1024, this.#ring.length);
    while (size < needed && size < KEPT) size *= 2;
    const bigger = Buffer.alloc(size);
    this.#ring.copy(bigger, 0, 0, Math.min(this.#total, this.#ring.length));
    this.#ring = bigger;
  }

  #last(size: number): Buffer {
    const result = Buffer.alloc(size);
    if (size === 0) return result;
    const from = (this.#total - size) % this.#ring.length;
    const first = Math.min(size, this.#ring.length - from);
    this.#ring.copy(result, 0, from, from + first);
    this.#ring.copy(result, first, 0, size - first);
    return result;
  }
}
