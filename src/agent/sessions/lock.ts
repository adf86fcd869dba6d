import { randomBytes } from "node:crypto";
import { closeSync, openSync, readFileSync, readlinkSync, rmSync, statSync, writeSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { codeOf } from "../../shared/errors";

/** Who writes a session. */
export interface LockHolder {
  pid: number;
  /** Tells a process from a later one with the same number; "" where the system does not say. */
  started: string;
  host: string;
  nonce: string;
  at: number;
}

export interface Lock {
  /** False once another process has taken over; looks at the disk only after a pause (sleep, SIGSTOP). */
  stillOurs(): boolean;
  release(): void;
}

export type LockOutcome = { ok: true; lock: Lock } | { ok: false; holder: LockHolder | null };

const heartbeatMs = 5_000;
/** With the heartbeat this keeps take-over under 15 s after death. */
const staleMs = 12_000;
const file = "writer.lock";
const guardFile = "writer.lock.takeover";

/**
 * One writer per session folder. A holder that died on this machine is replaced at once; one on another machine (a
 * shared home) when its heartbeat has stopped. Heartbeats are file times, both sides of the comparison made by
 * the file system: clocks of machines do not matter. Throws file system errors.
 */
export function acquireLock(dir: string): LockOutcome {
  const path = join(dir, file);
  const me: LockHolder = { ...self(), nonce: randomBytes(12).toString("hex"), at: Date.now() };
  if (create(path, me)) return { ok: true, lock: hold(path, me) };
  if (!isStale(dir, readHolder(path))) return { ok: false, holder: readHolder(path) };
  return takeOver(dir, path, me) ? { ok: true, lock: hold(path, me) } : { ok: false, holder: readHolder(path) };
}

export const lockHolder = (dir: string): LockHolder | null => {
  const holder = readHolder(join(dir, file));
  return holder && !isStale(dir, holder) ? holder : null;
};

/** Only who holds the guard may remove a lock, so that two that find it stale do not remove each other's. */
function takeOver(dir: string, path: string, me: LockHolder): boolean {
  const guard = join(dir, guardFile);
  if (!create(guard, me)) {
    if (ageOf(dir, guard) > staleMs) rmSync(guard, { force: true });
    return false;
  }
  try {
    if (!isStale(dir, readHolder(path))) return false;
    rmSync(path, { force: true });
    return create(path, me);
  } finally {
    rmSync(guard, { force: true });
  }
}

function hold(path: string, me: LockHolder): Lock {
  let ours = true;
  let beatAt = performance.now();
  const beat = (): void => {
    beatAt = performance.now();
    const found = readHolder(path);
    ours &&= found?.nonce === me.nonce;
    if (ours) touch(path, me);
    else clearInterval(timer);
  };
  const timer = setInterval(beat, heartbeatMs).unref();
  return {
    stillOurs() {
      if (performance.now() - beatAt > staleMs - 2_000) beat();
      return ours;
    },
    release() {
      clearInterval(timer);
      if (ours && readHolder(path)?.nonce === me.nonce) rmSync(path, { force: true });
      ours = false;
    },
  };
}

function isStale(dir: string, holder: LockHolder | null): boolean {
  const here = self();
  if (holder?.host === here.host) {
    const started = startOf(holder.pid);
    if (started === null) return true;
    if (started !== "" && holder.started !== "") return started !== holder.started;
  }
  return ageOf(dir, join(dir, file)) > staleMs;
}

/** Milliseconds since the last heartbeat by the file system's own clock. */
function ageOf(dir: string, path: string): number {
  const probe = join(dir, `.clock-${randomBytes(6).toString("hex")}`);
  try {
    closeSync(openSync(probe, "wx", 0o600));
    return statSync(probe).mtimeMs - statSync(path).mtimeMs;
  } catch (error) {
    return codeOf(error) === "ENOENT" ? Number.POSITIVE_INFINITY : 0;
  } finally {
    rmSync(probe, { force: true });
  }
}

function create(path: string, holder: LockHolder): boolean {
  let fd: number;
  try {
    fd = openSync(path, "wx", 0o600);
  } catch (error) {
    if (codeOf(error) === "EEXIST") return false;
    throw error;
  }
  try {
    writeSync(fd, JSON.stringify(holder));
  } finally {
    closeSync(fd);
  }
  return true;
}

function touch(path: string, holder: LockHolder): void {
  try {
    const fd = openSync(path, "r+");
    writeSync(fd, JSON.stringify(holder), 0);
    closeSync(fd);
  } catch {
    // The next beat tries again; a folder that is gone is noticed by the log.
  }
}

function readHolder(path: string): LockHolder | null {
  try {
    const value = JSON.parse(readFileSync(path, "utf8")) as Partial<LockHolder>;
    if (typeof value.pid !== "number" || typeof value.nonce !== "string") return null;
    return {
      pid: value.pid,
      started: value.started ?? "",
      host: value.host ?? "",
      nonce: value.nonce,
      at: value.at ?? 0,
    };
  } catch {
    return null;
  }
}

let known: Pick<LockHolder, "pid" | "started" | "host"> | undefined;

function self(): Pick<LockHolder, "pid" | "started" | "host"> {
  known ??= { pid: process.pid, started: startOf(process.pid) ?? "", host: hostId() };
  return known;
}

/** Containers share names and process numbers: the boot and the process namespace tell them apart. */
function hostId(): string {
  const boot = quietly(() => readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim());
  return [hostname(), boot, quietly(() => readlinkSync("/proc/self/ns/pid"))].filter(Boolean).join(" ");
}

/** Null: no such process. "": alive, start unknown. */
function startOf(pid: number): string | null {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (codeOf(error) !== "EPERM") return null;
  }
  if (process.platform !== "linux") return "";
  const stat = quietly(() => readFileSync(`/proc/${pid}/stat`, "utf8"));
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return fields[0] === "Z" ? null : (fields[19] ?? "");
}

function quietly(read: () => string): string {
  try {
    return read();
  } catch {
    return "";
  }
}
