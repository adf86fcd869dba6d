import { statSync } from "node:fs";
import { basename } from "node:path";
import { messageOf, StrideError } from "../../shared/errors";
import { textOf } from "../../shared/protocol/messages";
import type { SessionSummary } from "../../shared/protocol/host";
import { eventsPath } from "./folders";
import type { EventLog } from "./event-log";
import { readMeta } from "./meta";
import { openLog } from "./open-log";

const titleLength = 80;

/** Changes when the log grew, was touched, or something in its folder was renamed. Null: there is no log. */
export function stampOf(dir: string): string | null {
  const log = statSync(eventsPath(dir), { throwIfNoEntry: false });
  const folder = log && statSync(dir, { throwIfNoEntry: false });
  return log && folder ? `${log.size} ${log.mtimeMs} ${folder.mtimeMs}` : null;
}

/** A session's line in the list; one that cannot be read is listed with what is wrong. */
export async function readSummary(dir: string): Promise<SessionSummary> {
  const meta = readMeta(dir);
  const summary: SessionSummary = { id: basename(dir), title: meta.title ?? "", cwd: "", updatedAt: 0, messages: 0 };
  if (meta.archived) summary.archived = true;
  try {
    const log = await openLog(dir, { access: "read" });
    try {
      await fill(summary, log);
    } finally {
      await log.close();
    }
  } catch (error) {
    summary.problem =
      error instanceof StrideError ? `${error.problem.message} ${error.problem.next ?? ""}`.trim() : messageOf(error);
  }
  summary.updatedAt ||= statSync(dir, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  summary.title ||= summary.problem ? "Damaged conversation" : "New conversation";
  return summary;
}

async function fill(summary: SessionSummary, log: EventLog): Promise<void> {
  const asked = log.find("user_message");
  const [first] = await log.read(1, 1);
  if (first?.event.type === "session_started") summary.cwd = first.event.cwd;
  summary.messages = asked.length + log.find("assistant_message").length;
  summary.updatedAt = (await log.tail(1))[0]?.at ?? 0;
  summary.title ||= (await lastTitle(log)) || (await firstWords(log, asked[0]));
  const { health } = log;
  if (health.mode === "quarantined" || health.problem) summary.problem = health.problem?.message ?? "damaged";
}

async function lastTitle(log: EventLog): Promise<string> {
  const seq = log.find("session_titled").at(-1);
  const event = seq === undefined ? undefined : (await log.read(seq, seq))[0]?.event;
  return event?.type === "session_titled" ? event.title : "";
}

async function firstWords(log: EventLog, seq: number | undefined): Promise<string> {
  const event = seq === undefined ? undefined : (await log.read(seq, seq))[0]?.event;
  if (event?.type !== "user_message") return "";
  const line = textOf(event.message.content).replace(/\s+/g, " ").trim();
  return line.length > titleLength ? `${line.slice(0, titleLength - 1)}…` : line;
}
