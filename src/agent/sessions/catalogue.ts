import type { SessionSummary } from "../../shared/protocol/host";
import type { SearchAnswer, SessionHit, SessionSearch } from "../../shared/protocol/session-search";
import type { SessionFolders } from "./folders";
import { byNewest, createKnownSessions, quietly, type KnownSession, type KnownSessions } from "./known-sessions";
import { openLog } from "./open-log";
import { searchableText, searchTerms, snippetOf, type SearchTerm } from "./searchable";

export type SearchOptions = Omit<SessionSearch, "query"> & { signal?: AbortSignal };

export interface Catalogue {
  /** Newest first, archived ones too. Reads what changed since it last looked; nothing is remembered but in caches. */
  list(cwd?: string): Promise<SessionSummary[]>;
  search(query: string, options?: SearchOptions): Promise<SearchAnswer>;
  /** Resolves when all there is can be searched. */
  indexed(signal?: AbortSignal): Promise<void>;
  close(): void;
}

const searchPatienceMs = 150;

/** The list and the search over all sessions. Disk is the truth: each answer starts from what is in the folders. */
export function createCatalogue(folders: SessionFolders, options: { sqlite?: "use" | "avoid" } = {}): Catalogue {
  const known = createKnownSessions(folders, options.sqlite ?? "use");
  let indexing: Promise<void> | undefined;

  const catchUp = async (): Promise<void> => {
    await known.lookAtAll();
    await known.index();
  };
  const startIndexing = (): Promise<void> => {
    indexing ??= catchUp()
      .catch(() => undefined)
      .finally(() => (indexing = undefined));
    return indexing;
  };

  return {
    async list(cwd) {
      const sessions = await known.look(folders.all(cwd));
      return sessions.sort(byNewest).map(({ summary }) => summary);
    },
    async search(query, { limit = 20, cwd, session, signal } = {}) {
      const terms = searchTerms(query);
      if (terms.length === 0) return { hits: [], complete: true };
      if (!known.fresh() || indexing) await within(searchPatienceMs, startIndexing());
      const narrow = cwd !== undefined || session !== undefined;
      const wanted = known
        .newestFirst()
        .filter(({ id, summary }) => (cwd === undefined || summary.cwd === cwd) && (session === undefined || id === session));
      const rows = quietly(() => known.database()?.search(terms, limit, narrow ? wanted.map(({ id }) => id) : undefined));
      if (!rows) return { hits: await scan(wanted, terms, limit, signal), complete: signal?.aborted !== true };
      return { hits: await hitsOf(rows, known, terms), complete: indexing === undefined };
    },
    async indexed(signal) {
      await indexing;
      await known.lookAtAll("now");
      await known.index(signal);
    },
    close: known.close,
  };
}

async function hitsOf(
  rows: { id: string; seq: number }[],
  known: KnownSessions,
  terms: readonly SearchTerm[],
): Promise<SessionHit[]> {
  const hits: SessionHit[] = [];
  for (const id of new Set(rows.map((row) => row.id))) {
    const session = known.get(id);
    if (!session?.dir) continue;
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
async function scan(
  sessions: readonly KnownSession[],
  terms: readonly SearchTerm[],
  limit: number,
  signal?: AbortSignal,
): Promise<SessionHit[]> {
  const hits: SessionHit[] = [];
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

const hit = ({ id, summary }: KnownSession, seq: number, at: number, snippet: string): SessionHit => ({
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
