import { appendFileSync, closeSync, fstatSync, mkdirSync, openSync, readSync } from "node:fs";
import { join } from "node:path";

/**
 * Lines of text, one file a day, appended to by all windows at once. Today's stays open: to open it for each line
 * would cost ten times the line.
 */
export class DayFile {
  readonly #dir: string;
  readonly #now: () => number;
  #fd: number | null = null;
  #day = "";

  constructor(dir: string, now: () => number) {
    this.#dir = dir;
    this.#now = now;
  }

  /** The whole line, or it throws. */
  append(line: string): void {
    appendFileSync(this.#today(), `${line}\n`);
  }

  /** Names the file in hand, so that a reader knows when another one took its place. */
  size(): { file: number; bytes: number } {
    const { ino, size } = fstatSync(this.#today());
    return { file: ino, bytes: size };
  }

  read(from: number, bytes: number): Buffer {
    const buffer = Buffer.allocUnsafe(bytes);
    return buffer.subarray(0, readSync(this.#today(), buffer, 0, bytes, from));
  }

  close(): void {
    if (this.#fd !== null) closeSync(this.#fd);
    this.#fd = null;
  }

  #today(): number {
    const day = new Date(this.#now()).toISOString().slice(0, 10);
    // The user may delete a log while it is open: what is written to it then would be lost.
    if (this.#fd !== null && (this.#day !== day || fstatSync(this.#fd).nlink === 0)) this.close();
    if (this.#fd === null) {
      mkdirSync(this.#dir, { recursive: true, mode: 0o700 });
      this.#fd = openSync(join(this.#dir, `${day}.jsonl`), "a+", 0o600);
      this.#day = day;
    }
    return this.#fd;
  }
}
