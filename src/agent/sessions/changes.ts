import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { problem, StrideError } from "../../shared/errors";
import type { AgentEvent, Recorded } from "../../shared/protocol/agent";
import { noUsage } from "../../shared/protocol/model";
import { newSessionId, type SessionFolders } from "./folders";
import { lockHolder } from "./lock";
import { folderProblem, heldProblem } from "./log-problems";
import { readMeta, writeMeta, type SessionMeta } from "./meta";
import { createLog, openLog } from "./open-log";
import { createProjection } from "./projection";

/** What a person does to sessions from the list. All throw a StrideError that says why not. */
export interface SessionChanges {
  /** Works while another window writes the session. An empty title goes back to the automatic one. */
  rename(id: string, title: string): void;
  archive(id: string, archived: "archived" | "active"): void;
  /**
   * A new session with the conversation up to this message (its tool results included) or record, or all of it. Works on damaged
   * sessions: what can be read goes into a sound one. Returns the new id.
   */
  fork(id: string, upTo?: { message: string } | { seq: number }): Promise<string>;
  /** Into the trash; `restore` brings it back as it was. */
  remove(id: string): void;
  restore(id: string): void;
  /** Deletes for good what was removed before this time; returns the ids. */
  emptyTrash(before: number): string[];
  /** A new session from events made elsewhere, each with its own time. */
  adopt(cwd: string, events: Iterable<{ at: number; event: AgentEvent }>, meta: SessionMeta): Promise<string>;
}

export function changeSessions(folders: SessionFolders, version: string, now: () => number): SessionChanges {
  const change = (id: string, make: (meta: SessionMeta) => SessionMeta): void => {
    const dir = folders.get(id);
    try {
      writeMeta(dir, make);
    } catch (error) {
      throw new StrideError(folderProblem(dir, error));
    }
  };
  const adopt: SessionChanges["adopt"] = async (cwd, events, meta) => {
    const dir = join(folders.projectOf(cwd), newSessionId(now()));
    let at = now();
    createLog(dir, now);
    const log = await openLog(dir, { now: () => at });
    try {
      for (const entry of events) {
        at = entry.at;
        log.append(entry.event);
      }
      await log.flush();
    } finally {
      await log.close();
    }
    writeMeta(dir, () => meta);
    return basename(dir);
  };
  return {
    adopt,
    rename: (id, title) => change(id, (meta) => ({ ...meta, title: title.trim().slice(0, 200) })),
    archive: (id, archived) => change(id, (meta) => ({ ...meta, archived: archived === "archived" })),
    async fork(id, upTo) {
      const events = await eventsUpTo(folders.get(id), upTo);
      const started = events[0]?.event;
      const cwd = started?.type === "session_started" ? started.cwd : "/";
      const { title, ...meta } = readMeta(folders.get(id));
      const forked = { session: id, seq: events.at(-1)?.seq ?? 0 };
      return adopt(cwd, closed(events, version, now), {
        ...(title && { title: `${title} (fork)` }),
        ...(meta.importedFrom && { importedFrom: meta.importedFrom }),
        forkedFrom: forked,
      });
    },
    remove(id) {
      const dir = folders.get(id);
      const holder = lockHolder(dir);
      if (holder) throw new StrideError(heldProblem(holder));
      const project = basename(dirname(dir));
      mkdirSync(folders.trash, { recursive: true, mode: 0o700 });
      change(id, (meta) => ({ ...meta, deleted: { project, at: now() } }));
      move(dir, join(folders.trash, id));
    },
    restore(id) {
      const from = join(folders.trash, basename(id));
      if (basename(id).startsWith(".") || !existsSync(from))
        throw new StrideError(problem("missing", `There is no conversation ${id} in the trash.`));
      const { deleted, ...meta } = readMeta(from);
      const project = join(folders.root, basename(deleted?.project ?? "restored"));
      mkdirSync(project, { recursive: true, mode: 0o700 });
      move(from, join(project, basename(id)));
      writeMeta(join(project, basename(id)), () => meta);
    },
    emptyTrash(before) {
      if (!existsSync(folders.trash)) return [];
      const old = readdirSync(folders.trash).filter(
        (id) => (readMeta(join(folders.trash, id)).deleted?.at ?? Number.POSITIVE_INFINITY) < before,
      );
      for (const id of old) rmSync(join(folders.trash, id), { recursive: true, force: true });
      return old;
    },
  };
}

async function eventsUpTo(dir: string, upTo: { message: string } | { seq: number } | undefined): Promise<Recorded[]> {
  const message = upTo && "message" in upTo ? upTo.message : undefined;
  // A session without its first record would belong to no folder.
  const last = upTo && "seq" in upTo ? Math.max(1, upTo.seq) : Number.POSITIVE_INFINITY;
  const log = await openLog(dir, { access: "read" });
  const events: Recorded[] = [];
  let state: "before" | "at" | "after" = "before";
  try {
    await log.readAll((recorded) => {
      if (state === "at" && startsNext(recorded.event)) state = "after";
      if (state === "after" || recorded.seq > last) return;
      events.push(recorded);
      if (message !== undefined && messageId(recorded.event) === message) state = "at";
    });
  } finally {
    await log.close();
  }
  if (message === undefined || state !== "before") return events;
  throw new StrideError(
    problem("missing", `There is no message ${message} in this conversation.`, "Reload the conversation and try again."),
  );
}

const startsNext = ({ type }: AgentEvent): boolean =>
  type === "user_message" || type === "request_started" || type === "assistant_message" || type === "turn_started";

const messageId = (event: AgentEvent): string | undefined =>
  event.type === "user_message" || event.type === "assistant_message" || event.type === "attachment"
    ? event.message.id
    : undefined;

/** The copy has no turn that is still open: it was cut by choice. What waits in the queue is said in the original only. */
function* closed(events: readonly Recorded[], version: string, now: () => number): Iterable<{ at: number; event: AgentEvent }> {
  const projection = createProjection();
  for (const recorded of events) {
    const { event, at } = recorded;
    projection.apply(recorded);
    yield { at, event: event.type === "session_started" ? { ...event, version } : event };
  }
  const { openTurn, queued } = projection.state();
  if (queued.length > 0) yield { at: now(), event: { type: "queue_changed", queued: [] } };
  if (openTurn === null) return;
  yield {
    at: now(),
    event: { type: "turn_ended", turn: openTurn, reason: "interrupted", usage: noUsage(), usd: 0, steps: 0, ms: 0 },
  };
}

function move(from: string, to: string): void {
  try {
    renameSync(from, to);
  } catch (error) {
    throw new StrideError(folderProblem(from, error));
  }
}
