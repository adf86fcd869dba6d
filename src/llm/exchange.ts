import type { Message } from "../shared/protocol/messages";
import type { StreamEvent } from "../shared/protocol/model";
import type { Connection } from "./connection";
import { modelError, networkError, statusError, toldError, type FailureSite } from "./failures";
import { send, type HttpReply, type StallLimits } from "./http";
import { createReply, type Reply } from "./reply";
import { createLineSplitter, createSseDecoder, LineTooLong, type SseEvent } from "./sse";

/** How one provider's replies are read; a new one for every reply, for it holds state. */
export interface Dialect {
  event(event: SseEvent, reply: Reply): void;
  /** A server that ignored `stream: true` answered in one piece. */
  whole(json: Record<string, unknown>, reply: Reply): void;
  /** May an event be believed although the bytes ended before its blank line? */
  isTerminal?(event: SseEvent): boolean;
  /** The bytes ended; last chance before `reply.end()`. */
  ended?(reply: Reply): void;
  /** The reply is stopped, but a word about it (usage) usually follows: wait a moment for it. */
  wantsMore?(): boolean;
  /** "lines": every line is a JSON text of its own (NDJSON). */
  framing?: "events" | "lines";
}

export interface Exchange {
  connection: Connection;
  site: FailureSite;
  url: string;
  headers: Record<string, string>;
  body: string | (string | Buffer)[];
  limits: StallLimits;
  dialect: Dialect;
  /** The messages that the body holds. */
  history: readonly Message[];
}

/** How long a closed tool call waits for the word that the reply was cut right behind it. */
const holdMs = 2;
/** How long a stopped reply waits for its last words. */
const lastWordsMs = 1_000;
/** Small chunks that come closer together than this on average are a rapid reply: its text is read in frames. */
const rapidMs = 5;
const longestGapMs = 50;
const smallChunk = 16 * 2 ** 10;
const frameMs = 16;
const wholeBodyLimit = 32 * 2 ** 20;
const errorBodyLimit = 64 * 2 ** 10;
/** The status says most of it: the words are not waited for as long as an answer. */
const errorBodyMs = 2_000;

/** One request and its reply as events. No retry here: see retry.ts. */
export async function* exchange(job: Exchange, signal: AbortSignal): AsyncGenerator<StreamEvent> {
  const { site } = job;
  let http: HttpReply | undefined;
  let finished = false;
  try {
    http = await send(
      job.connection,
      { method: "POST", url: job.url, headers: job.headers, body: job.body, limits: job.limits },
      signal,
    );
    if (http.status < 200 || http.status > 299) {
      yield { type: "error", error: statusError(site, http.status, http.headers, await errorText(http)) };
      return;
    }
    const chunks = http.body[Symbol.asyncIterator]();
    for await (const event of read(job, http, chunks)) {
      if (event.type === "message_end") {
        finished = true;
        // The socket is free again before anybody hears of the end: the next request uses it.
        await chunks.return?.();
        await http.done();
      }
      yield event;
    }
  } catch (error) {
    if (signal.aborted) yield { type: "error", error: modelError(site, "aborted", "Stopped.") };
    else if (error instanceof LineTooLong)
      yield { type: "error", error: modelError(site, "unavailable", `${site.provider}: ${error.message}`) };
    else yield { type: "error", error: networkError(site, error) };
  } finally {
    if (!finished) http?.close();
  }
}

async function* read(job: Exchange, http: HttpReply, chunks: AsyncIterator<Uint8Array>): AsyncGenerator<StreamEvent> {
  const reply = createReply(job.site, job.history);
  let next = chunks.next();
  const first = await next;
  const kind = kindOf(http.headers["content-type"], first.done ? "" : firstCharacter(first.value));
  if (kind === "html") {
    yield { type: "error", error: modelError(job.site, "denied", portalMessage(job.site.provider)) };
    return;
  }
  if (kind === "json" && job.dialect.framing !== "lines") {
    readWhole(job, await readText(resume(first, chunks), wholeBodyLimit), reply);
    yield* reply.take();
    return;
  }
  const decoder = job.dialect.framing === "lines" ? lineEvents() : createSseDecoder();
  next = Promise.resolve(first);
  let averageGap = longestGapMs;
  for (;;) {
    const asked = performance.now();
    if (reply.stopped && !(await settlesWithin(lastWordsMs, next))) {
      // Else whoever ends the body would wait for the chunk that is asked for already.
      http.close();
      break;
    }
    const chunk = await next.catch((error: unknown) => {
      // What was lost behind the end of the reply is no loss.
      if (reply.stopped) return null;
      throw error;
    });
    if (chunk === null || chunk.done) break;
    for (const event of decoder.push(chunk.value)) {
      if (!reply.over) job.dialect.event(event, reply);
      // After each, not after all: how the bytes were cut into chunks must not decide what belongs to the reply.
      if (!job.dialect.wantsMore?.()) reply.settle();
    }
    yield* reply.take();
    if (reply.over) return;
    averageGap += (Math.min(performance.now() - asked, longestGapMs) - averageGap) / 8;
    // Only in text: a tool call must not start later than it could.
    if (averageGap < rapidMs && chunk.value.length < smallChunk && reply.inText()) await http.rest(frameMs);
    next = chunks.next();
    if (reply.holds() && !(await settlesWithin(holdMs, next))) {
      reply.release();
      yield* reply.take();
    }
  }
  const tail = decoder.end();
  if (tail && job.dialect.isTerminal?.(tail)) job.dialect.event(tail, reply);
  job.dialect.ended?.(reply);
  reply.end();
  yield* reply.take();
}

function readWhole(job: Exchange, text: string, reply: Reply): void {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return reply.fail(modelError(job.site, "unavailable", `${job.site.provider} sent broken JSON instead of a reply`));
  }
  if (typeof json !== "object" || json === null) return reply.fail(toldError(job.site, text));
  const error = (json as { error?: unknown }).error;
  if (error !== undefined && error !== null) return reply.fail(toldError(job.site, error));
  job.dialect.whole(json as Record<string, unknown>, reply);
  reply.end();
}

/** Parses the data of an event; a broken one ends the reply, for a delta that is skipped is a hole in it. Keep-alives have no data. */
export function parseData(event: SseEvent, reply: Reply, site: FailureSite): Record<string, unknown> | null {
  if (event.event === "" && event.data.trim() === "") return null;
  try {
    const json: unknown = JSON.parse(event.data);
    if (typeof json === "object" && json !== null && !Array.isArray(json)) return json as Record<string, unknown>;
  } catch {
    // Told below.
  }
  reply.fail(modelError(site, "unavailable", `${site.provider} sent a broken event`));
  return null;
}

export async function readText(body: AsyncIterable<Uint8Array>, limit: number): Promise<string> {
  const parts: Uint8Array[] = [];
  await collectParts(body, limit, parts);
  return Buffer.concat(parts).toString("utf8").slice(0, limit);
}

/** As much of it as comes. */
async function errorText(http: HttpReply): Promise<string> {
  const parts: Uint8Array[] = [];
  const timer = setTimeout(() => http.close(), errorBodyMs);
  await collectParts(http.body, errorBodyLimit, parts).catch(() => undefined);
  clearTimeout(timer);
  return Buffer.concat(parts).toString("utf8").slice(0, errorBodyLimit);
}

async function collectParts(body: AsyncIterable<Uint8Array>, limit: number, parts: Uint8Array[]): Promise<void> {
  let size = 0;
  for await (const part of body) {
    parts.push(part);
    size += part.length;
    if (size > limit) break;
  }
}

async function* resume(first: IteratorResult<Uint8Array>, rest: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  for (let result = first; !result.done; result = await rest.next()) yield result.value;
}

function lineEvents(): { push(chunk: Uint8Array): SseEvent[]; end(): SseEvent | null } {
  const lines = createLineSplitter();
  return {
    push: (chunk) =>
      lines
        .push(chunk)
        .filter((line) => line.trim() !== "")
        .map((data) => ({ event: "", data })),
    end: () => {
      const data = lines.end();
      return data.trim() === "" ? null : { event: "", data };
    },
  };
}

type BodyKind = "events" | "json" | "html";

/** The content type decides unless the first character belies it; where a server gives none or a vague one, that decides. */
function kindOf(contentType: string | undefined, first: string): BodyKind {
  const type = contentType?.toLowerCase() ?? "";
  if (type.includes("event-stream")) return first === "{" ? "json" : "events";
  if (type.includes("json") && !type.includes("ndjson")) return /[:a-z]/.test(first) ? "events" : "json";
  if (type.includes("html")) return "html";
  return first === "{" ? "json" : first === "<" ? "html" : "events";
}

const firstCharacter = (chunk: Uint8Array): string =>
  Buffer.from(chunk.subarray(0, 64))
    .toString("utf8")
    .replace(/^\ufeff/, "")
    .trimStart()
    .slice(0, 1);

const portalMessage = (provider: string): string =>
  `A web page came back instead of an answer of ${provider}: a login page of the network or a wrong base URL. Open a browser to sign in, or check the base URL.`;

const settlesWithin = (ms: number, promise: Promise<unknown>): Promise<boolean> =>
  new Promise((resolve) => {
    const timer = setTimeout(() => resolve(false), ms);
    const settled = (): void => {
      clearTimeout(timer);
      resolve(true);
    };
    promise.then(settled, settled);
  });
