import type { ServerResponse } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { constants, createGzip } from "node:zlib";
import { faultIndex } from "./frame.ts";
import type { Dialect, Frame, ReplyContext } from "./frame.ts";
import type { Fault, Reply } from "./reply.ts";

export interface Playing {
  about: ReplyContext;
  stream: boolean;
  onFirstByte(): void;
}

/** Writes a reply as slowly and as wrongly as it says; ends early when the client has gone. */
export async function play(
  response: ServerResponse,
  reply: Reply,
  dialect: Dialect,
  { about, stream, onFirstByte }: Playing,
): Promise<void> {
  const gone = new AbortController();
  response.once("close", () => gone.abort());
  const pause = (ms?: number) => (ms ? sleep(ms, undefined, { signal: gone.signal }) : undefined);
  const forever = () => new Promise<never>((_, reject) => gone.signal.addEventListener("abort", () => reject(new Error("gone"))));
  try {
    await pause(reply.firstByteMs);
    if (reply.raw) return await playRaw(response, reply, { pause, forever, onFirstByte });
    const frames = stream ? dialect.frames(reply, about) : [wholeFrame(dialect.whole(reply, about))];
    const { fault } = reply;
    const breaksAt = fault ? faultIndex(frames, fault) : -1;
    if (fault?.at === "status") {
      if (fault.how !== "silence") return void response.socket?.resetAndDestroy();
      await (fault.ms === undefined ? forever() : pause(fault.ms));
    }
    const write = open(response, {
      ...reply,
      headers: { "content-type": stream ? "text/event-stream" : "application/json", ...reply.headers },
    });
    response.flushHeaders();
    for (const [i, frame] of frames.entries()) {
      if (fault && fault.at !== "status" && i === breaksAt && (await strike(fault)) === "over") return;
      await pause(frame.delayMs);
      onFirstByte();
      await write(frame.data);
    }
    if (fault && fault.at !== "status" && breaksAt === frames.length && (await strike(fault)) === "over") return;
    await write(undefined);

    async function strike(how: Fault): Promise<"over" | "goes_on"> {
      // What was written before the fault has to be on its way, or a reset would swallow it too.
      await pause(5);
      if (how.how === "silence") return (await (how.ms === undefined ? forever() : pause(how.ms)), "goes_on");
      if (how.how === "bad_json") return (await write('event: content_block_delta\ndata: {"type":"content_bl\n\n'), "goes_on");
      if (how.how === "reset") response.socket?.resetAndDestroy();
      else if (how.how === "error_event") await write(dialect.errorFrame(how.error));
      if (how.how !== "reset") await write(undefined);
      return "over";
    }
  } catch (error) {
    if (!gone.signal.aborted) throw error;
  }
}

interface Timing {
  pause(ms?: number): Promise<void> | undefined;
  forever(): Promise<never>;
  onFirstByte(): void;
}

async function playRaw(
  response: ServerResponse,
  { raw, chunkMs }: Reply,
  { pause, forever, onFirstByte }: Timing,
): Promise<void> {
  if (!raw) return;
  response.writeHead(raw.status, raw.headers);
  response.flushHeaders();
  for (const chunk of raw.chunks) {
    // A turn of the event loop between two writes, so that they arrive as two chunks.
    await (chunkMs ? pause(chunkMs) : sleep(1));
    onFirstByte();
    response.write(chunk);
  }
  if (raw.end === "hang") await forever();
  await sleep(2);
  if (raw.end === "reset") response.socket?.resetAndDestroy();
  else response.end();
}

/** Resolves with a writer; `undefined` ends the response. */
function open(response: ServerResponse, { gzip, headers }: Reply): (data: string | undefined) => Promise<void> {
  if (!gzip) {
    response.writeHead(200, headers);
    return async (data) => void (data === undefined ? response.end() : response.write(data));
  }
  response.writeHead(200, { ...headers, "content-encoding": "gzip" });
  const packer = createGzip();
  packer.pipe(response);
  return (data) =>
    new Promise((resolve) => {
      if (data === undefined) packer.end(() => resolve());
      else packer.write(data, () => packer.flush(constants.Z_SYNC_FLUSH, () => resolve()));
    });
}

const wholeFrame = (value: unknown): Frame => ({ data: JSON.stringify(value), delayMs: 0, mark: "end" });
