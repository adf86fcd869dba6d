import { homedir } from "node:os";
import { join } from "node:path";
import { messageOf } from "../../../shared/errors";
import type { SessionChanges } from "../changes";
import { claudeCode } from "./claude-code";
import { cline, roo } from "./cline";
import { codex } from "./codex";
import { continueDev } from "./continue";
import { eventsOf, type ForeignHistory, type Places } from "./foreign";

/** All histories we can read. */
const histories: readonly ForeignHistory[] = [claudeCode, codex, cline, roo, continueDev];

export interface ForeignFile {
  source: string;
  path: string;
}

export interface ImportReport extends ForeignFile {
  /** The new session; absent: nothing was imported, and `why` says why. */
  session?: string;
  why?: string;
  messages: number;
  /** What was left out, by kind. */
  skipped: Record<string, number>;
}

export const findForeign = (places: Places = usualPlaces()): ForeignFile[] =>
  histories.flatMap((history) => history.find(places).map((path) => ({ source: history.source, path })));

/** Reads another agent's file into a new session of ours; the file itself is only read. Never throws. */
export async function importForeign(
  file: ForeignFile,
  adopt: SessionChanges["adopt"],
  version: string,
  cwd: string,
): Promise<ImportReport> {
  const nothing = { ...file, messages: 0, skipped: {} };
  const history = histories.find(({ source }) => source === file.source);
  try {
    const session = await history?.read(file.path);
    if (!session) return { ...nothing, why: "There is no conversation in this file." };
    session.cwd ||= cwd;
    session.model ||= "unknown";
    const id = await adopt(session.cwd, eventsOf(session, version), { importedFrom: file });
    return { ...file, session: id, messages: session.messages.length, skipped: session.skipped };
  } catch (error) {
    return { ...nothing, why: messageOf(error) };
  }
}

export function usualPlaces(home = homedir(), environment: NodeJS.ProcessEnv = process.env): Places {
  const users = [
    join(environment.APPDATA ?? join(home, "AppData", "Roaming"), "Code", "User"),
    join(home, "Library", "Application Support", "Code", "User"),
    join(home, ".config", "Code", "User"),
    join(home, ".vscode-server", "data", "User"),
    join(home, ".local", "share", "code-server", "User"),
  ];
  return { home, globalStorage: users.map((user) => join(user, "globalStorage")) };
}
