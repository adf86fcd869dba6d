import { basename, join } from "node:path";
import type { SessionSummary } from "../../shared/protocol/host";
import type { SessionFolders } from "./folders";
import { openLog } from "./open-log";
import { openSearchIndex, type IndexedSession, type IndexedText, type SearchIndex } from "./search-index";
import { searchableText, searchableTypes, searchTerms, snippetOf, type SearchTerm } from "./searchable";
import { readSummary, stampOf } from "./summary";

export interface SearchHit {
  session: string;
  title: string;
  cwd: string;
  /** Of the record that matched. */
  seq: number;
  at: number;
  snippet: string;
}

export interface SearchResult {
  hits: SearchHit[];
  /** False: older sessions are still being read; the same search finds more later. */
  complete: boolean;
}

export interface SearchOptions {
  limit?: number;
  /** Only sessions of this folder. */
  cwd?: string;
  /** Only this session. */
  session?: string;
  signal?: AbortSignal;
}

export interface Catalogue {
  /** Newest first, archived ones too. Reads what changed since it last looked; nothing is remembered but in caches. */
  list(cwd?: string): Promise<SessionSummary[]>;
  search(query: string, options?: SearchOptions): Promise<SearchResult>;
  /** Resolves when all there is can be searched. */
  indexed(signal?: AbortSignal): Promise<void>;
  close(): void;
}

interface Known extends Omit<IndexedSession, "summary"> {
  dir: string;
  summary: SessionSummary;
}

const freshMs = 2_000;
const searchPatienceMs = 150;
/** Text put into the index in one go: a few milliseconds, then others run. */
const batchChars = 32 << 10;

/** The list and the search over all sessions. Disk is the truth: each answer starts from what is in the folders. */
export function createCatalogue(folders: SessionFolders, options: { sqlite?: "use" | "avoid" } = {}): Catalogue {
  const known = new Map<string, Known>();
  let index: SearchIndex | null | undefined;
  let lookedAt = Number.NEGATIVE_INFINITY;
  let indexing: Promise<void> | undefined;
  let closed = false;

  const database = (): SearchIndex | null => {
    if (index !== undefined || closed) return index ?? null;
    index = options.sqlite === "avoid" ? null : openSearchIndex(join(folders.root, "catalogue.db"));
    for (const { id, stamp, summary, indexed } of quietly(() => index?.sessions()) ?? []) {
      known.set(id, { id, stamp, indexed, dir: "", summary: JSON.parse(summary) as SessionSummary });
    }
    return index;
  };

  const look = async (dirs: string[]): Promise<Known[]> => {
    const found: Known[] = [];
    for (const dir of dirs) {
      const id = basename(dir);
      const stamp = stampOf(dir) ?? "";
      let session = known.get(id);
      if (session?.stamp !== stamp) {
        session = { id, stamp, dir, indexed: session?.indexed ?? 0, summary: await readSummary(dir) };
        known.set(id, session);
        const summary = JSON.stringify(session.summary);
        quietly(() => database()?.remember({ id, stamp, summary }));
      }
      session.dir = dir;
      found.push(session);
    }
    return found;
  };

  const lookAtAll = async (): Promise<void> => {
    database();
    const found = new Set((await look(folders.all())).map(({ id }) => id));
    for (const id of known.keys()) {
      if (found.has(id)) continue;
      known.delete(id);
      quietly(() => database()?.forget(id));
    }
    lookedAt = performance.now();
  };

  const indexAll = async (signal?: AbortSignal): Promise<void> => {
    if (performance.now() - lookedAt > freshMs) await lookAtAll();
    const db = database();
    if (!db) return;
    for (const session of [...known.values()].sort(byNewest)) {
      if (closed || signal?.aborted) return;
      await indexSession(db, session, () => closed || signal?.aborted === true);
    }
  };

  const startIndexing = (): Promise<void> =>
    (indexing ??= indexAll()
      .catch(() => undefined)
      .finally(() => (indexing = undefined)));

  return {
    async list(cwd) {
      database();
      const sessions = await look(folders.all(cwd));
      return sessions.sort(byNewest).map(({ summary }) => summary);
    },
    async search(query, { limit = 20, ...only } = {}) {
      const terms = searchTerms(query);
      if (terms.length === 0) return { hits: [], complete: true };
      if (performance.now() - lookedAt > freshMs || indexing) await within(searchPatienceMs, startIndexing());
      const db = database();
      const wanted = (session: Known): boolean =>
        (only.cwd === undefined || session.summary.cwd === only.cwd) &&
        (only.session === undefined || session.id === only.session);
      if (!db)
        return { hits: await scan([...known.values()].filter(wanted).sort(byNewest), terms, limit, only.signal), complete: true };
      const narrow = only.cwd !== undefined || only.session !== undefined;
      const rows = quietly(() => db.search(terms, narrow ? limit * 50 : limit)) ?? [];
      const found = rows.filter(({ id }) => known.has(id) && wanted(known.get(id)!)).slice(0, limit);
      return { hits: await hitsOf(found, known, terms), complete: indexing === undefined };
    },
    async indexed(signal) {
      await indexing;
      lookedAt = Number.NEGATIVE_INFINITY;
      await indexAll(signal);
    },
    close() {
      closed = true;
      quietly(() => index?.close());
      index = null;
    },
  };
}

const byNewest = (a: Known, b: Known): number => b.summary.updatedAt - a.summary.updatedAt;

async function indexSession(db: SearchIndex, session: Known, stop: () => boolean): Promise<void> {
  let log;
  try {
    log = await openLog(session.dir, { access: "read" });
  } catch {
    // It is in the list with what is wrong with it.
    return;
  }
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
  } finally {
    await log.close();
  }
}

async function hitsOf(
  rows: { id: string; seq: number }[],
  known: ReadonlyMap<string, Known>,
  terms: readonly SearchTerm[],
): Promise<SearchHit[]> {
  const hits: SearchHit[] = [];
  for (const id of new Set(rows.map((row) => row.id))) {
    const session = known.get(id)!;
    const log = await openLog(session.dir, { access: "read" }).catch(() => null);
    for (const { seq } of log ? rows.filter((row) => row.id === id) : []) {
      const [recorded] = await log!.read(seq, seq);
      if (recorded) hits.push(hit(session, seq, recorded.at, snippetOf(searchableText(recorded.event), terms)));
    }
    await log?.close();
  }
  return hits;
}

/** Without an index: newest sessions first, until there are enough. */
async function scan(sessions: Known[], terms: readonly SearchTerm[], limit: number, signal?: AbortSignal): Promise<SearchHit[]> {
  const hits: SearchHit[] = [];
  const words = terms.map(({ text }) => text.toLowerCase());
  for (const session of sessions) {
    if (hits.length >= limit || signal?.aborted) break;
    const log = await openLog(session.dir, { access: "read" }).catch(() => null);
    await log?.readAll(({ event, seq, at }) => {
      const text = searchableText(event);
      const folded = text.toLowerCase();
      if (words.every((word) => folded.includes(word))) hits.push(hit(session, seq, at, snippetOf(text, terms)));
    }, signal);
    await log?.close();
  }
  return hits.slice(0, limit);
}

const hit = ({ id, summary }: Known, seq: number, at: number, snippet: string): SearchHit => ({
  session: id,
  title: summary.title,
  cwd: summary.cwd,
  seq,
  at,
  snippet,
});

/** The search goes on without what takes longer. */
async function within(ms: number, work: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  await Promise.race([work, new Promise((resolve) => (timer = setTimeout(resolve, ms)))]);
  clearTimeout(timer);
}

/** The index is a cache: when it fails, answers come from the logs. */
function quietly<T>(action: () => T): T | undefined {
  try {
    return action();
  } catch {
    return undefined;
  }
}
