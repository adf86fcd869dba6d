import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync, constants, openSync, unlinkSync } from "node:fs";
import { basename, join } from "node:path";

export interface PipePair {
  read: number;
  write: number;
  /** How /proc names what holds it. */
  name: string;
}

const AHEAD = 8;

/**
 * Real pipes, made ahead. A program gets one as stdout and stderr together, so the order of the two is
 * kept. Node's own "pipe" is a socket, on which `> /dev/stderr` fails; on a plain file it would
 * truncate what was printed before.
 */
export class PipePool {
  #ready: PipePair[] = [];
  #filling: Promise<void> | null = null;
  #usable = process.platform !== "win32";

  constructor(private readonly folder: string) {}

  /** Null where there is no mkfifo; the caller then falls back to two sockets. */
  async take(): Promise<PipePair | null> {
    if (this.#ready.length === 0 && this.#usable) await this.fill();
    const pair = this.#ready.shift() ?? null;
    if (this.#ready.length < AHEAD / 2 && this.#usable) void this.fill();
    return pair;
  }

  fill(): Promise<void> {
    this.#filling ??= this.#make().finally(() => (this.#filling = null));
    return this.#filling;
  }

  async #make(): Promise<void> {
    const paths = Array.from({ length: AHEAD }, () => join(this.folder, `pipe-${randomBytes(8).toString("hex")}`));
    const made =
      MKFIFO !== undefined &&
      (await new Promise<boolean>((resolve) => execFile(MKFIFO, ["-m", "600", ...paths], (error) => resolve(error === null))));
    this.#usable = made;
    for (const path of paths) if (made) this.#ready.push(openBothEnds(path));
  }
}

/** By its place in the system: PATH may lead into the workspace. */
const MKFIFO = ["/usr/bin/mkfifo", "/bin/mkfifo", "/run/current-system/sw/bin/mkfifo"].find((path) => existsSync(path));

function openBothEnds(path: string): PipePair {
  const read = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const write = openSync(path, constants.O_WRONLY);
  unlinkSync(path);
  return { read, write, name: `/${basename(path)}` };
}
