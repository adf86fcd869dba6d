import { closeSync, fsyncSync, openSync, readFileSync, renameSync, rmSync, writeSync } from "node:fs";
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { syncFolder } from "./open-log";

/** What people do to a session from the list, also while another window writes its log. */
export interface SessionMeta {
  /** Chosen by a person; wins over titles in the log. */
  title?: string;
  archived?: boolean;
  forkedFrom?: { session: string; seq: number };
  importedFrom?: { source: string; path: string };
  /** In the trash: where it was, and since when. */
  deleted?: { project: string; at: number };
}

const file = "meta.json";

/** A file that cannot be read counts as empty: it holds nothing that is not worth less than the conversation. */
export function readMeta(dir: string): SessionMeta {
  try {
    const value: unknown = JSON.parse(readFileSync(join(dir, file), "utf8"));
    return value !== null && typeof value === "object" ? (value as SessionMeta) : {};
  } catch {
    return {};
  }
}

export function writeMeta(dir: string, change: (meta: SessionMeta) => SessionMeta): void {
  const temporary = join(dir, `.meta-${randomBytes(6).toString("hex")}`);
  const fd = openSync(temporary, "wx", 0o600);
  try {
    writeSync(fd, JSON.stringify(change(readMeta(dir))));
    fsyncSync(fd);
    renameSync(temporary, join(dir, file));
    syncFolder(dir);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  } finally {
    closeSync(fd);
  }
}
