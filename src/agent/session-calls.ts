import { createWriteStream } from "node:fs";
import { rm } from "node:fs/promises";
import { finished } from "node:stream/promises";
import { messageOf, problem, StrideError } from "../shared/errors";
import type { Problem } from "../shared/protocol/agent";
import type { SessionCalls } from "../shared/protocol/host";
import type { LiveSession } from "./live-session";
import type { SessionStore } from "./sessions/store";

export interface SessionCallsPorts {
  store(): SessionStore;
  /** The conversation, where it is open in this engine. */
  live(session: string): Promise<LiveSession | undefined>;
  /** Ends it here, so that its folder can move; a running one is left alone and the problem says so. */
  close(session: string): Promise<Problem | null>;
}

/** What a person does to conversations from the history. Refusals are answers, never exceptions. */
export function sessionCalls({ store, live, close }: SessionCallsPorts): SessionCalls {
  return {
    renameSession: (session, title) =>
      answered(async () => {
        store().rename(session, title);
        const open = await live(session);
        // The panel reads titles from events; a conversation that is not open shows its new one when it is opened.
        if (title.trim() === "") return;
        if (open) open.rename(title.trim());
        else await noteTitle(store(), session, title.trim());
      }),
    archiveSession: (session, archived) => answered(async () => store().archive(session, archived ? "archived" : "active")),
    async deleteSession(session) {
      const refused = await close(session);
      return refused ?? answered(async () => store().remove(session));
    },
    undoDelete: (session) => answered(async () => store().restore(session)),
    async forkSession(session, seq) {
      await (await live(session))?.flushed();
      return store().fork(session, seq === undefined ? undefined : { seq });
    },
    exportSession: (session, format, file) =>
      answered(async () => {
        await (await live(session))?.flushed();
        await writeDocument(store(), session, format, file);
      }),
    searchSessions: ({ query, ...options }) => store().search(query, options),
    foreignSessions: async () => store().foreign(),
    async importSessions(found, cwd) {
      const known = new Set(store().foreign().map(keyOf));
      const outcomes = [];
      // Only what was found here is read: a path from elsewhere is nobody's history.
      for (const one of found) if (known.has(keyOf(one))) outcomes.push(await store().import(one, cwd));
      return outcomes;
    },
  };
}

const keyOf = ({ source, path }: { source: string; path: string }): string => `${source} ${path}`;

/** Another window may be writing it; then the list has the new title and the log keeps the old one. */
async function noteTitle(store: SessionStore, session: string, title: string): Promise<void> {
  const opened = await store.open(session);
  try {
    if (!opened.readOnly) await opened.log.appendDurable({ type: "session_titled", title });
  } finally {
    await opened.close();
  }
}

async function writeDocument(
  store: SessionStore,
  session: string,
  format: Parameters<SessionStore["export"]>[1],
  file: string,
): Promise<void> {
  const stream = createWriteStream(file, { mode: 0o600 });
  // Without a listener a full disk would end the process.
  const failed = new Promise<never>((_, reject) => stream.once("error", reject));
  try {
    await Promise.race([store.export(session, format, (text) => void stream.write(text)), failed]);
    stream.end();
    await finished(stream);
  } catch (error) {
    stream.destroy();
    await rm(file, { force: true });
    throw error;
  }
}

async function answered(work: () => Promise<void>): Promise<Problem | null> {
  try {
    await work();
    return null;
  } catch (error) {
    return error instanceof StrideError ? error.problem : problem("failed", messageOf(error));
  }
}
