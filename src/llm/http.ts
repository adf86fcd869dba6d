import type { IncomingMessage } from "node:http";
import { request as startRequest } from "./node-http";
import type { Readable } from "node:stream";
import type { Connection } from "./connection";

/** Silence that is acted on. */
export interface StallLimits {
  /** From sending the request to the first byte of the body. */
  firstByteMs: number;
  /** Between two bytes of the body. */
  idleMs: number;
}

export const stallLimits: StallLimits = { firstByteMs: 120_000, idleMs: 90_000 };

export interface HttpRequest {
  method: "GET" | "POST";
  url: string;
  headers: Record<string, string>;
  body?: string | (string | Buffer)[];
  limits: StallLimits;
}

export interface HttpReply {
  status: number;
  headers: Record<string, string>;
  /** Decoded bytes; throws when the connection is lost or silent for too long. Leaving the loop closes the socket. */
  body: AsyncIterable<Uint8Array>;
  /** Lets bytes gather in the kernel: waking up for each of a thousand small packets a second costs more than reading them. */
  rest(ms: number): Promise<void>;
  /** The rest does not matter: lets the socket be used again if the end is near, else closes it. Resolves within a moment. */
  done(): Promise<void>;
  close(): void;
}

class Stalled extends Error {
  readonly code = "STRIDE_STALLED";
}

/**
 * node:http and not fetch: its start is 60 ms shorter, a proxy and a CA can be given on Node 22 and 24 alike,
 * no redirect is ever followed and closing the socket is one call.
 */
export function send(connection: Connection, request: HttpRequest, signal: AbortSignal): Promise<HttpReply> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(new Error("aborted"));
    const url = new URL(request.url);
    const body = inFewPieces(typeof request.body === "string" ? [request.body] : (request.body ?? []));
    const target = connection.target(url);
    const outgoing = startRequest({
      ...target.options,
      method: request.method,
      headers: {
        ...target.headers,
        "accept-encoding": "identity",
        ...request.headers,
        ...(request.method === "POST" ? { "content-length": String(body.reduce((sum, piece) => sum + piece.length, 0)) } : {}),
      },
      agent: target.agent,
    });
    let incoming: IncomingMessage | undefined;
    // The reader of the body learns why it ended only from the body itself.
    const destroy = (error: Error): void => void (incoming ?? outgoing).destroy(error);
    const stall = stallTimer(destroy);
    const abort = (): void => destroy(new Error("aborted"));
    signal.addEventListener("abort", abort, { once: true });
    outgoing.once("close", () => {
      stall.stop();
      signal.removeEventListener("abort", abort);
      // A switch of protocols, for one, closes without any error.
      if (!incoming) reject(Object.assign(new Error("closed without an answer"), { code: "ECONNRESET" }));
    });
    outgoing.on("error", (error) => {
      stall.stop();
      if (outgoing.reusedSocket && !incoming) Object.assign(error, { reusedSocket: true });
      reject(error);
    });
    outgoing.once("response", (response) => {
      incoming = response;
      // Whoever reads gets the error from the iterator; when nobody does it is of no interest.
      response.on("error", () => undefined);
      // Once the reply is whole it is nobody's any more: whoever takes the signal back then must not take the socket along.
      const letGo = (): void => signal.removeEventListener("abort", abort);
      decode(response).then((body) => resolve(replyOf(response, body, { stall, letGo, limits: request.limits })), reject);
    });
    stall.start(request.limits.firstByteMs, `did not begin to answer within ${seconds(request.limits.firstByteMs)}`);
    outgoing.cork();
    for (const piece of body) outgoing.write(piece);
    outgoing.end();
  });
}

/** From here on a piece is not worth copying. */
const largePiece = 32 * 2 ** 10;

/** Large ones are sent from where they lie; many small ones would be handed to the socket one by one. */
function inFewPieces(parts: readonly (string | Buffer)[]): Buffer[] {
  const pieces: Buffer[] = [];
  let small: Buffer[] = [];
  const join = (): void => {
    if (small.length > 0) pieces.push(Buffer.concat(small));
    small = [];
  };
  for (const part of parts) {
    const bytes = typeof part === "string" ? Buffer.from(part) : part;
    if (bytes.length < largePiece) small.push(bytes);
    else {
      join();
      pieces.push(bytes);
    }
  }
  join();
  return pieces;
}

interface Held {
  stall: StallTimer;
  letGo(): void;
  limits: StallLimits;
}

function replyOf(incoming: IncomingMessage, decoded: Readable, { stall, letGo, limits }: Held): HttpReply {
  return {
    status: incoming.statusCode ?? 0,
    headers: Object.fromEntries(Object.entries(incoming.headers).map(([name, value]) => [name, String(value)])),
    body: watched(incoming, decoded, stall, limits),
    rest: (ms) => rest(incoming, ms),
    done() {
      stall.stop();
      letGo();
      return drain(incoming);
    },
    close: () => {
      stall.stop();
      incoming.destroy();
    },
  };
}

function rest(incoming: IncomingMessage, ms: number): Promise<void> {
  const { socket } = incoming;
  if (incoming.complete) return Promise.resolve();
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      incoming.off("close", end);
      if (!socket.destroyed) socket.resume();
      resolve();
    };
    const timer = setTimeout(end, ms);
    incoming.once("close", end);
    // The stream starts reading again by itself when it has given out a chunk; after that it can be stopped.
    setImmediate(() => {
      if (!incoming.closed && !incoming.complete) socket.pause();
    });
  });
}

const drainMs = 500;

function drain(incoming: IncomingMessage): Promise<void> {
  if (incoming.closed) return Promise.resolve();
  incoming.resume();
  const timer = setTimeout(() => incoming.destroy(), drainMs);
  timer.unref();
  return new Promise((resolve) => {
    // Mostly the end is here already; a server that is late with it is not waited for.
    const late = setTimeout(resolve, 1);
    incoming.once("close", () => {
      clearTimeout(timer);
      clearTimeout(late);
      setImmediate(resolve);
    });
  });
}

async function* watched(
  incoming: IncomingMessage,
  body: Readable,
  stall: StallTimer,
  limits: StallLimits,
): AsyncGenerator<Uint8Array> {
  const idle = `sent nothing for ${seconds(limits.idleMs)}`;
  try {
    for await (const chunk of chunksOf(body)) {
      // Only waiting counts as silence: while the reader is busy the timer rests.
      stall.stop();
      yield chunk;
      stall.start(limits.idleMs, idle);
    }
    if (!incoming.complete) throw Object.assign(new Error("the body was cut"), { code: "ECONNRESET" });
  } finally {
    stall.stop();
  }
}

/** What `body.iterator()` does, without its watch over every way a stream may end: a third of a millisecond a reply. */
async function* chunksOf(body: Readable): AsyncGenerator<Buffer> {
  let wake: (() => void) | undefined;
  const onChange = (): void => wake?.();
  const events = ["readable", "end", "error", "close"];
  for (const event of events) body.on(event, onChange);
  try {
    for (;;) {
      const chunk = body.read() as Buffer | null;
      if (chunk) yield chunk;
      else if (body.errored) throw body.errored;
      else if (body.readableEnded || body.destroyed) return;
      else await new Promise<void>((resolve) => (wake = resolve));
    }
  } finally {
    for (const event of events) body.off(event, onChange);
  }
}

interface StallTimer {
  start(ms: number, what: string): void;
  stop(): void;
}

function stallTimer(onStall: (error: Error) => void): StallTimer {
  let timer: NodeJS.Timeout | undefined;
  let deadline = 0;
  let wall = 0;
  const arm = (what: string): void => {
    wall = Date.now();
    timer = setTimeout(() => tick(what), Math.min(tickMs, deadline - performance.now()));
  };
  const tick = (what: string): void => {
    // The monotonic clock stood still while the machine slept, and the connection is most likely gone.
    const slept = Date.now() - wall > sleptMs;
    if (slept) deadline = Math.min(deadline, performance.now() + afterSleepMs);
    if (performance.now() >= deadline) onStall(new Stalled(what));
    else arm(slept ? "did not go on after the computer woke up" : what);
  };
  return {
    start(ms, what) {
      clearTimeout(timer);
      deadline = performance.now() + ms;
      arm(what);
    },
    stop: () => clearTimeout(timer),
  };
}

const tickMs = 1_000;
const sleptMs = 15_000;
const afterSleepMs = 3_000;

/** Loaded when a server compresses although it was asked not to. */
async function decode(incoming: IncomingMessage): Promise<Readable> {
  const encoding = incoming.headers["content-encoding"]?.trim().toLowerCase() ?? "identity";
  if (!["gzip", "x-gzip", "deflate", "br"].includes(encoding)) return incoming;
  const zlib = await import("node:zlib");
  const decoder =
    encoding === "br" ? zlib.createBrotliDecompress() : encoding === "deflate" ? zlib.createInflate() : zlib.createGunzip();
  incoming.on("error", (error) => decoder.destroy(error));
  decoder.on("error", () => undefined);
  if (incoming.errored) decoder.destroy(incoming.errored);
  return incoming.pipe(decoder);
}

const seconds = (ms: number): string => `${Math.round(ms / 100) / 10} s`;
