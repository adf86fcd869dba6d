import { basename, join } from "node:path";
import type { SessionSummary } from "../../shared/protocol/host";
import type { SessionFolders } from "./folders";
import { openLog } from "./open-log";
import { openSearchIndex, type IndexedText, type SearchIndex } from "./search-index";
import { searchableText, searchableTypes } from "./searchable";
import { readSummary, stampOf } from "./summary";

export interface KnownSession {
  id: string;
  dir: string;
  stamp: string;
  summary: SessionSummary;
  /** Records up to here are in the search index. */
  indexed: number;
  /** The stamp it had when all of it was in the index. */
  indexedStamp: string;
}

/** What the folders say, remembered by stamp; the database only saves reading it again after a start. */
export interface KnownSessions {
  database(): SearchIndex | null;
  get(id: string): KnownSession | undefined;
  newestFirst(): KnownSession[];
  /** Reads again what changed in these folders. */
  look(dirs: readonly string[]): Promise<KnownSession[]>;
  /** Looks at everything, when that is not just done; forgets what is gone. */
  lookAtAll(how?: "when stale" | "now"): Promise<void>;
  /** Puts everything new into the search index, in short slices. */
  index(signal?: AbortSignal): Promise<void>;
  fresh(): boolean;
  close(): void;
}

const freshMs = 2_000;
/** Text put into the index in one go: a few milliseconds, then others run. */
const batchChars = 32 << 10;

export const byNewest = (a: KnownSession, b: KnownSession): number => b.summary.updatedAt - a.summary.updatedAt;

export function createKnownSessions(folders: SessionFolders, sqlite: "use" | "avoid"): KnownSessions {
  const known = new Map<string, KnownSession>();
  let index: SearchIndex | null | undefined;
  let lookedAt = Number.NEGATIVE_INFINITY;
  let closed = false;

  const database = (): SearchIndex | null => {
    if (index !== undefined || closed) return index ?? null;
    index = sqlite === "avoid" ? null : openSearchIndex(join(folders.root, "catalogue.db"));
    for (const { id, stamp, summary, indexed } of quietly(() => index?.sessions()) ?? []) {
      const session = { id, stamp, indexed, dir: "", indexedStamp: "" };
      quietly(() => known.set(id, { ...session, summary: JSON.parse(summary) as SessionSummary }));
    }
    return index;
  };
  const look = async (dir: string): Promise<KnownSession> => {
    const id = basename(dir);
    const stamp = stampOf(dir) ?? "";
    const before = known.get(id);
    if (before?.stamp === stamp) return Object.assign(before, { dir });
    const summary = await readSummary(dir);
    const session = { id, stamp, dir, summary, indexed: before?.indexed ?? 0, indexedStamp: "" };
    known.set(id, session);
    quietly(() => database()?.remember({ id, stamp, summary: JSON.stringify(summary) }));
    return session;
  };
  const lookAtThese = async (dirs: readonly string[]): Promise<KnownSession[]> => {
    database();
    const found: KnownSession[] = [];
    for (const dir of dirs) found.push(await look(dir));
    return found;
  };
  const fresh = (): boolean => performance.now() - lookedAt <= freshMs;
  const newestFirst = (): KnownSession[] => [...known.values()].filter(({ dir }) => dir !== "").sort(byNewest);
  const lookAtAll = async (how: "when stale" | "now" = "when stale"): Promise<void> => {
    if (how === "when stale" && fresh()) return;
    const found = new Set((await lookAtThese(folders.all())).map(({ id }) => id));
    for (const id of [...known.keys()].filter((each) => !found.has(each))) {
      known.delete(id);
      quietly(() => database()?.forget(id));
    }
    lookedAt = performance.now();
  };

  return {
    database,
    get: (id) => known.get(id),
    newestFirst,
    look: lookAtThese,
    lookAtAll,
    fresh,
    async index(signal) {
      const stop = (): boolean => closed || signal?.aborted === true;
      const db = database();
      if (!db) return;
      for (const session of newestFirst()) {
        if (stop()) return;
        if (session.indexedStamp !== session.stamp) await indexSession(db, session, stop);
      }
    },
    close() {
      closed = true;
      quietly(() => index?.close());
      index = null;
    },
  };
}

/** The database is a cache: what fails there is read from the logs. */
export function quietly<T>(action: () => T): T | undefined {
  try {
    return action();
  } catch {
    return undefined;
  }
}

async function indexSession(db: SearchIndex, session: KnownSession, stop: () => boolean): Promise<void> {
  const { stamp } = session;
  const log = await openLog(session.dir, { access: "read" }).catch(() => null);
  // It is in the list with what is wrong with it.
  if (!log) return;
  try {
    const wanted = log.find(...searchableTypes);
    let next = 0;
    while (session.indexed < log.lastSeq && !stop()) {
      const texts: IndexedText[] = [];
      let to = log.lastSeq;
      for (let chars = 0; next < wanted.length; next++) {
        const seq = wanted[next]!;
        if (seq <= session.indexed) continue;
        if (chars > batchChars) {
          to = seq - 1;
          break;
        }
        const [recorded] = await log.read(seq, seq);
        const text = recorded ? searchableText(recorded.event) : "";
        chars += text.length;
        if (text) texts.push({ seq, text });
      }
      session.indexed = db.add(session.id, session.indexed + 1, to, texts);
      await new Promise(setImmediate);
    }
    if (session.indexed >= log.lastSeq) session.indexedStamp = stamp;
  } finally {
    await log.close();
  }
}
