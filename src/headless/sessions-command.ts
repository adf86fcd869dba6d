import type { ExportFormat, SessionSummary } from "../shared/protocol/host";
import type { SearchAnswer } from "../shared/protocol/session-search";
import { messageOf, StrideError } from "../shared/errors";

/** What the entry hands over; this room does not import the agent. */
export interface SessionFunctions {
  /** Of one folder, or all of them; newest first. */
  list(cwd: string | undefined): Promise<SessionSummary[]>;
  search(query: string, cwd: string | undefined): Promise<SearchAnswer>;
  export(session: string, format: ExportFormat, write: (text: string) => void): Promise<void>;
}

export interface SessionsIo {
  cwd: string;
  write(text: string): void;
  fail(line: string): void;
}

const usage = `stride sessions list [--all] [--json]
stride sessions search WORDS… [--all] [--json]
stride sessions export ID [--format md|html|json]`;

const formats: Record<string, ExportFormat> = { md: "markdown", markdown: "markdown", html: "html", json: "json" };

/** `stride sessions …`; the result is the exit code. Text for people, or with --json a line for each entry. */
export async function runSessions(args: readonly string[], functions: SessionFunctions, io: SessionsIo): Promise<number> {
  const parsed = parse(args);
  if (!parsed) return wrong(io);
  const { verb, words, all, json, format } = parsed;
  const cwd = all ? undefined : io.cwd;
  try {
    if (verb === "list" && words.length === 0) return await list(functions, cwd, json, io);
    if (verb === "search" && words.length > 0) return await search(functions, words.join(" "), cwd, json, io);
    const known = formats[format];
    if (verb !== "export" || words.length !== 1 || !known) return wrong(io);
    await functions.export(words[0] as string, known, io.write);
    return 0;
  } catch (error) {
    const { message, next } = error instanceof StrideError ? error.problem : { message: messageOf(error), next: undefined };
    io.fail([message, next].filter(Boolean).join(" "));
    return 1;
  }
}

interface Parsed {
  verb: string;
  words: string[];
  all: boolean;
  json: boolean;
  format: string;
}

function parse([verb = "", ...rest]: readonly string[]): Parsed | null {
  const parsed: Parsed = { verb, words: [], all: false, json: false, format: "md" };
  for (let i = 0; i < rest.length; i++) {
    const word = rest[i] ?? "";
    if (word === "--all") parsed.all = true;
    else if (word === "--json") parsed.json = true;
    else if (word === "--format") parsed.format = rest[++i] ?? "";
    else if (word.startsWith("--format=")) parsed.format = word.slice("--format=".length);
    else if (word.startsWith("--")) return null;
    else parsed.words.push(word);
  }
  return parsed;
}

async function list(functions: SessionFunctions, cwd: string | undefined, json: boolean, io: SessionsIo): Promise<number> {
  const sessions = (await functions.list(cwd)).filter((one) => one.messages > 0 || one.problem !== undefined);
  if (json) for (const one of sessions) io.write(`${JSON.stringify(one)}\n`);
  else if (sessions.length === 0)
    io.write(
      cwd === undefined ? "There are no conversations.\n" : "There are no conversations in this folder (--all: in all).\n",
    );
  else for (const one of sessions) io.write(`${line(one)}\n`);
  return 0;
}

function line({ id, title, updatedAt, messages, archived, problem }: SessionSummary): string {
  const marks = [archived ? "archived" : "", problem ?? ""].filter(Boolean).join(", ");
  return `${id}  ${dayOf(updatedAt)}  ${plain(title)}  (${messages} messages${marks && `, ${plain(marks)}`})`;
}

async function search(
  functions: SessionFunctions,
  query: string,
  cwd: string | undefined,
  json: boolean,
  io: SessionsIo,
): Promise<number> {
  const { hits, complete } = await functions.search(query, cwd);
  for (const hit of hits)
    io.write(
      json ? `${JSON.stringify(hit)}\n` : `${hit.session}  ${dayOf(hit.at)}  ${plain(hit.title)}\n    ${plain(hit.snippet)}\n`,
    );
  if (!json && hits.length === 0) io.write(`Nothing has the words ${JSON.stringify(query)}.\n`);
  if (!complete) io.fail("Older conversations could not all be read yet; search again for more.");
  return hits.length > 0 ? 0 : 1;
}

function wrong(io: SessionsIo): number {
  io.fail(usage);
  return 2;
}

const dayOf = (at: number): string => new Date(at).toISOString().slice(0, 16).replace("T", " ");

/** Titles come from models and files: they do not steer a terminal. */
const plain = (text: string): string =>
  text.replace(/[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2060-\u2069]+/g, " ");
