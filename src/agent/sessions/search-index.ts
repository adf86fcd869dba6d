import { closeSync, mkdirSync, openSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import type { SearchTerm } from "./searchable";

/** What is remembered of a session between starts. */
export interface IndexedSession {
  id: string;
  stamp: string;
  /** JSON of a SessionSummary. */
  summary: string;
  /** Records up to here are searchable. */
  indexed: number;
}

export interface IndexedText {
  seq: number;
  text: string;
}

/** A cache beside the logs: delete it and it is made again. Shared by all processes. */
export interface SearchIndex {
  sessions(): IndexedSession[];
  remember(session: Omit<IndexedSession, "indexed">): void;
  forget(id: string): void;
  /** Adds texts of records `from` to `to`, unless another process did; returns up to where it is now searchable. */
  add(id: string, from: number, to: number, texts: readonly IndexedText[]): number;
  /** Newest first; with `only`, in these sessions, in their order. */
  search(terms: readonly SearchTerm[], limit: number, only?: readonly string[]): { id: string; seq: number }[];
  close(): void;
}

const version = 1;
/** Row ids are `session number * span + seq`: no second table, and a session's rows are one range. */
const span = 2 ** 24;

/** Null where Node has no SQLite, or the file cannot be used: the caller then scans. */
export function openSearchIndex(path: string): SearchIndex | null {
  const Database = loadSqlite();
  if (!Database) return null;
  for (const attempt of ["open", "make again"]) {
    let database: DatabaseSync | undefined;
    try {
      if (attempt === "make again") for (const suffix of ["", "-wal", "-shm"]) rmSync(path + suffix, { force: true });
      mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
      // SQLite would make it readable for all; its side files get the same mode.
      closeSync(openSync(path, "a", 0o600));
      database = new Database(path);
      prepare(database);
      return searchIndex(database);
    } catch (error) {
      database?.close();
      // Busy or not allowed: another process may be using it.
      if (!isUnusable(error)) return null;
    }
  }
  return null;
}

const corrupt = 11;
const notADatabase = 26;

const isUnusable = (error: unknown): boolean => [corrupt, notADatabase].includes((error as { errcode?: number }).errcode ?? 0);

/** Loading it prints that it is experimental, on every start of the command line. */
function loadSqlite(): typeof DatabaseSync | null {
  const warn = process.emitWarning;
  try {
    process.emitWarning = () => undefined;
    const sqlite = process.getBuiltinModule("node:sqlite") as typeof import("node:sqlite") | undefined;
    return sqlite?.DatabaseSync ?? null;
  } catch {
    return null;
  } finally {
    process.emitWarning = warn;
  }
}

function prepare(database: DatabaseSync): void {
  database.exec("PRAGMA busy_timeout = 2000; PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF;");
  const found = (database.prepare("PRAGMA user_version").get() as { user_version: number }).user_version;
  if (found !== 0 && found !== version) throw Object.assign(new Error("another format"), { errcode: notADatabase });
  database.exec(`
    CREATE TABLE IF NOT EXISTS sessions (no INTEGER PRIMARY KEY, id TEXT UNIQUE NOT NULL, stamp TEXT, summary TEXT, indexed INTEGER NOT NULL DEFAULT 0);
    CREATE VIRTUAL TABLE IF NOT EXISTS texts USING fts5(text, content='', contentless_delete=1, tokenize='unicode61 remove_diacritics 2');
    PRAGMA user_version = ${version};
  `);
}

function searchIndex(database: DatabaseSync): SearchIndex {
  const all = database.prepare("SELECT id, stamp, summary, indexed FROM sessions WHERE stamp IS NOT NULL");
  const put = database.prepare(
    "INSERT INTO sessions (id, stamp, summary) VALUES (?, ?, ?) ON CONFLICT (id) DO UPDATE SET stamp = excluded.stamp, summary = excluded.summary",
  );
  const number = database.prepare("SELECT no, indexed FROM sessions WHERE id = ?");
  const drop = database.prepare("DELETE FROM sessions WHERE id = ?");
  const dropTexts = database.prepare("DELETE FROM texts WHERE rowid BETWEEN ? AND ?");
  const addText = database.prepare("INSERT INTO texts (rowid, text) VALUES (?, ?)");
  const setIndexed = database.prepare("UPDATE sessions SET indexed = ? WHERE no = ?");
  const find = database.prepare(
    "SELECT rowid FROM texts WHERE texts MATCH ? AND rowid BETWEEN ? AND ? ORDER BY rowid DESC LIMIT ?",
  );
  const name = database.prepare("SELECT id FROM sessions WHERE no = ?");
  const transaction = <T>(work: () => T): T => {
    database.exec("BEGIN IMMEDIATE");
    try {
      const done = work();
      database.exec("COMMIT");
      return done;
    } catch (error) {
      database.exec("ROLLBACK");
      throw error;
    }
  };
  return {
    sessions: () => all.all() as unknown as IndexedSession[],
    remember: ({ id, stamp, summary }) => void put.run(id, stamp, summary),
    forget: (id) =>
      transaction(() => {
        const row = number.get(id) as { no: number } | undefined;
        if (!row) return;
        dropTexts.run(row.no * span, (row.no + 1) * span - 1);
        drop.run(id);
      }),
    add: (id, from, to, texts) =>
      transaction(() => {
        const row = number.get(id) as { no: number; indexed: number } | undefined;
        if (row?.indexed !== from - 1) return row?.indexed ?? to;
        for (const { seq, text } of texts) addText.run(row.no * span + seq, foldText(text));
        setIndexed.run(to, row.no);
        return to;
      }),
    search(terms, limit, only) {
      const query = terms.map(matchTerm).join(" ");
      const rows = (from: number, to: number, most: number) => find.all(query, from, to, most) as { rowid: number }[];
      if (!only) {
        return rows(0, Number.MAX_SAFE_INTEGER, limit).map(({ rowid }) => ({
          id: (name.get(Math.floor(rowid / span)) as { id: string } | undefined)?.id ?? "",
          seq: rowid % span,
        }));
      }
      const found: { id: string; seq: number }[] = [];
      for (const id of only) {
        const session = number.get(id) as { no: number } | undefined;
        if (!session || found.length >= limit) continue;
        const here = rows(session.no * span, (session.no + 1) * span - 1, limit - found.length);
        found.push(...here.map(({ rowid }) => ({ id, seq: rowid % span })));
      }
      return found;
    },
    close: () => database.close(),
  };
}

const matchTerm = ({ text, prefix }: SearchTerm): string =>
  `"${foldText(text).trim().replaceAll('"', '""')}"${prefix ? "*" : ""}`;

const unspaced = /[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff]/;
const unspacedAll = new RegExp(unspaced, "g");

/** Scripts written without spaces become one word a sign: a search for a part of a sentence then finds it. */
const foldText = (text: string): string => (unspaced.test(text) ? text.replace(unspacedAll, " $& ") : text);
