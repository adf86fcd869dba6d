import {
  chmodSync,
  closeSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readSync,
  readdirSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { open } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { codeOf, problem, StrideError } from "../../shared/errors";
import type { Problem } from "../../shared/protocol/agent";
import { EventLog, type LogHealth } from "./event-log";
import { openIndex } from "./index-file";
import { folderProblem, quarantined } from "./log-problems";
import { encodeHeader, logVersion } from "./record";
import { recover, type Recovery } from "./recover";

export interface OpenLogOptions {
  now?: () => number;
  access?: "write" | "read";
  /** Asked before each write; see lock.ts. */
  stillOurs?: () => boolean;
  /** The log's own place on the disk is being made sure of; nothing in it counts as safe before. */
  settled?: Promise<void>;
}

export const eventsFile = "events.jsonl";
export const indexFile = "events.idx";

/** Makes the folder and an empty log in it; both are on the disk when this returns. */
export function createLog(dir: string, now: () => number = Date.now): void {
  beginLog(dir, now);
  try {
    syncPath(join(dir, eventsFile));
    syncFolder(dir);
    syncFolder(dirname(dir));
  } catch (error) {
    throw new StrideError(folderProblem(dir, error));
  }
}

/** The same, but not yet for good: `settleLog` sees to that while the log is used already. */
export function beginLog(dir: string, now: () => number): void {
  try {
    mkdirSync(dir, { recursive: true, mode: 0o700 });
    const fd = openSync(join(dir, eventsFile), "wx", 0o600);
    try {
      writeSync(fd, encodeHeader({ format: "stride-session", version: logVersion, session: basename(dir), at: now() }));
    } finally {
      closeSync(fd);
    }
  } catch (error) {
    throw new StrideError(folderProblem(dir, error));
  }
}

export async function settleLog(dir: string): Promise<void> {
  if (process.platform === "win32") return;
  for (const folder of [dir, dirname(dir)]) {
    const handle = await open(folder, "r");
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  }
}

/**
 * Opens a log in time that does not depend on its length. A torn end is cut, kept beside it and reported; damage in
 * the middle never makes it fail: the log is then read only. Throws a StrideError when there is nothing to read.
 */
export async function openLog(dir: string, options: OpenLogOptions = {}): Promise<EventLog> {
  const wanted = options.access ?? "write";
  const { fd, refused } = openEvents(dir, wanted);
  const session = basename(dir);
  const index = openIndex(join(dir, indexFile), { writable: wanted === "write" && !refused });
  try {
    const found = await recover(fd, session, index, true);
    let health = healthOf(found, wanted, refused);
    if (health.mode === "writable") health = repair(dir, fd, found, health);
    const size = health.mode === "writable" ? fstatSync(fd).size : found.end;
    return new EventLog({
      dir,
      session,
      fd,
      size,
      index,
      health,
      now: options.now ?? Date.now,
      stillOurs: options.stillOurs ?? (() => true),
      ...(options.settled && { settled: options.settled }),
    });
  } catch (error) {
    index.close();
    closeSync(fd);
    throw error instanceof StrideError ? error : new StrideError(folderProblem(dir, error));
  }
}

export function syncFolder(dir: string): void {
  if (process.platform !== "win32") syncPath(dir);
}

function syncPath(path: string): void {
  const fd = openSync(path, process.platform === "win32" ? "r+" : "r");
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

function openEvents(dir: string, access: "write" | "read"): { fd: number; refused?: Problem } {
  const path = join(dir, eventsFile);
  if (access === "write") {
    try {
      const fd = openSync(path, "r+");
      if (process.platform !== "win32" && (fstatSync(fd).mode & 0o077) !== 0) chmodSync(path, 0o600);
      return { fd };
    } catch (error) {
      if (!["EACCES", "EPERM", "EROFS"].includes(codeOf(error) ?? "")) throw new StrideError(folderProblem(dir, error));
    }
  }
  try {
    const fd = openSync(path, "r");
    return access === "read"
      ? { fd }
      : {
          fd,
          refused: problem(
            "read_only",
            `${path} may not be written.`,
            "Correct its permissions, then open the conversation again.",
          ),
        };
  } catch (error) {
    throw new StrideError(folderProblem(dir, error));
  }
}

function healthOf(found: Recovery, access: "write" | "read", refused: Problem | undefined): LogHealth {
  const { header, damage, lost, end } = found;
  if (header && header.version > logVersion) {
    const what = `This conversation was written by a newer Stride (format ${header.version}, this one knows ${logVersion}).`;
    return {
      mode: "read_only",
      problem: problem("newer_format", what, "Update Stride to go on; until then it can be read and exported."),
    };
  }
  if (damage.length || (!header && (lost > 0 || end > 0)))
    return quarantined({ mode: "quarantined" }, Math.max(1, damage.length), lost);
  if (refused) return { mode: "read_only", problem: refused };
  if (access === "read") return { mode: "read_only" };
  if (lost > 0) return { mode: "writable", repaired: `${lost} record${lost === 1 ? " is" : "s are"} missing at the end.` };
  return { mode: "writable" };
}

/** Cuts what follows the last whole record, after keeping a copy of it. */
function repair(dir: string, fd: number, found: Recovery, health: LogHealth): LogHealth {
  const size = fstatSync(fd).size;
  const torn = size - found.end;
  if (torn === 0) return health;
  const copy = freeName(dir);
  const bytes = Buffer.alloc(torn);
  readSync(fd, bytes, 0, torn, found.end);
  writeFileSync(join(dir, copy), bytes, { flag: "wx", mode: 0o600, flush: true });
  ftruncateSync(fd, found.end);
  if (found.end === 0)
    writeSync(
      fd,
      encodeHeader({ format: "stride-session", version: logVersion, session: basename(dir), at: Date.now() }),
      null,
      null,
      0,
    );
  fsyncSync(fd);
  const cut = `${torn} bytes of an unfinished record were cut off the end and kept in ${copy}.`;
  return { ...health, repaired: health.repaired ? `${health.repaired} ${cut}` : cut };
}

function freeName(dir: string): string {
  const taken = new Set(readdirSync(dir));
  for (let n = 1; ; n++) if (!taken.has(`repaired-${n}.bin`)) return `repaired-${n}.bin`;
}
