import { mkdirSync } from "node:fs";
import { basename, join } from "node:path";
import { problem } from "../../shared/errors";
import type { Problem, Recorded } from "../../shared/protocol/agent";
import type { SessionSummary } from "../../shared/protocol/host";
import type { PermissionMode } from "../../shared/protocol/permission";
import { createCatalogue, type Catalogue } from "./catalogue";
import { changeSessions, type SessionChanges } from "./changes";
import type { EventLog } from "./event-log";
import { exporter, type ExportFormat } from "./export";
import { newSessionId, sessionFolders } from "./folders";
import type { Places } from "./import/foreign";
import { findForeign, importForeign, type ForeignFile, type ImportReport } from "./import/histories";
import { acquireLock, type Lock, type LockHolder } from "./lock";
import { folderProblem, heldProblem } from "./log-problems";
import { beginLog, openLog, settleLog } from "./open-log";
import { createProjection, type Projection } from "./projection";
import { readSummary } from "./summary";

export interface NewSession {
  cwd: string;
  roots: string[];
  model: string;
  mode: PermissionMode;
}

/** A session as opened: its newest records at once, its history when asked for. */
export interface OpenSession {
  readonly id: string;
  readonly dir: string;
  readonly log: EventLog;
  /** Why nothing can be added, for a person; null when it can. */
  readonly readOnly: Problem | null;
  /** Who writes it instead. */
  readonly heldBy: LockHolder | null;
  /** Reads the whole log; damage found on the way makes the log read only, and `readOnly` says so. */
  project(signal?: AbortSignal): Promise<Projection>;
  /** For a session that someone else held: tries to become its writer; null when that worked. */
  retry(): Promise<LockHolder | null>;
  close(): Promise<void>;
}

/** All sessions under a state folder. Calls throw a StrideError where a caller can only give up. */
export interface SessionStore extends Catalogue, SessionChanges {
  create(session: NewSession): Promise<OpenSession>;
  open(id: string): Promise<OpenSession>;
  /** The document piece by piece; what a damaged session still has is in it. */
  export(id: string, format: ExportFormat, write: (text: string) => void, signal?: AbortSignal): Promise<void>;
  /** Conversations of other agents on this machine. */
  foreign(places?: Places): ForeignFile[];
  /** `cwd`: for histories that do not say where they were. */
  import(file: ForeignFile, cwd: string): Promise<ImportReport>;
  /** The session of this folder that was used last, archived ones aside. */
  latest(cwd: string): Promise<SessionSummary | null>;
}

export interface SessionStoreOptions {
  stateDir: string;
  /** Of Stride; written into new sessions. */
  version: string;
  now?: () => number;
  /** "avoid": list and search without a database. */
  sqlite?: "use" | "avoid";
}

export function createSessionStore({ stateDir, version, now = Date.now, sqlite = "use" }: SessionStoreOptions): SessionStore {
  const folders = sessionFolders(stateDir);
  const catalogue = createCatalogue(folders, { sqlite });
  const changes = changeSessions(folders, version, now);
  return {
    ...catalogue,
    ...changes,
    foreign: findForeign,
    import: (file, cwd) => importForeign(file, changes.adopt, version, cwd),
    async export(id, format, write, signal) {
      const dir = folders.get(id);
      const { title } = await readSummary(dir);
      const log = await openLog(dir, { access: "read" });
      const document = exporter(format);
      try {
        write(document.start(title));
        await log.readAll((recorded) => write(document.record(recorded)), signal);
        write(document.end());
      } finally {
        await log.close();
      }
    },
    async create(session) {
      const dir = join(folders.projectOf(session.cwd), newSessionId(now()));
      mkdirSync(stateDir, { recursive: true, mode: 0o700 });
      beginLog(dir, now);
      // Not waited for: the first flush does, and no request has to.
      const settled = settleLog(dir);
      settled.catch(() => undefined);
      const opened = await openSession(dir, now, settled);
      opened.log.append({ type: "session_started", ...session, version });
      return opened;
    },
    open: async (id) => openSession(folders.get(id), now),
    async latest(cwd) {
      return (await catalogue.list(cwd)).find((session) => !session.archived && !session.problem) ?? null;
    },
  };
}

async function openSession(dir: string, now: () => number, settled?: Promise<void>): Promise<OpenSession> {
  let { lock, heldBy, refused } = lockOrHolder(dir);
  let log = await openWith(dir, now, lock, settled);
  return {
    id: basename(dir),
    dir,
    get log() {
      return log;
    },
    get readOnly() {
      if (heldBy) return heldProblem(heldBy);
      if (refused) return refused;
      const { mode, problem: why } = log.health;
      return mode === "writable" ? null : (why ?? problem("read_only", "This conversation is read only."));
    },
    get heldBy() {
      return heldBy;
    },
    async project(signal) {
      const projection = createProjection();
      await log.readAll((recorded: Recorded) => projection.apply(recorded), signal);
      return projection;
    },
    async retry() {
      if (!heldBy) return null;
      ({ lock, heldBy, refused } = lockOrHolder(dir));
      if (!lock) return heldBy;
      await log.close();
      log = await openWith(dir, now, lock);
      return null;
    },
    async close() {
      try {
        await log.close();
      } finally {
        lock?.release();
      }
    },
  };
}

interface Locked {
  lock: Lock | null;
  heldBy: LockHolder | null;
  refused: Problem | null;
}

function lockOrHolder(dir: string): Locked {
  try {
    const outcome = acquireLock(dir);
    if (outcome.ok) return { lock: outcome.lock, heldBy: null, refused: null };
    return { lock: null, heldBy: outcome.holder ?? unknownHolder, refused: null };
  } catch (error) {
    return { lock: null, heldBy: null, refused: folderProblem(dir, error) };
  }
}

async function openWith(dir: string, now: () => number, lock: Lock | null, settled?: Promise<void>): Promise<EventLog> {
  try {
    const waits = settled && { settled };
    return await openLog(dir, lock ? { now, access: "write", stillOurs: lock.stillOurs, ...waits } : { now, access: "read" });
  } catch (error) {
    lock?.release();
    throw error;
  }
}

const unknownHolder: LockHolder = { pid: 0, started: "", host: "", nonce: "", at: 0 };
