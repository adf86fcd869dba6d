import * as zlib from "node:zlib";
import type { AgentEvent, Recorded } from "../../shared/protocol/agent";

/**
 * One line of a log: `["<crc32 as 8 hex digits>",<bytes of payload>,<payload>]\n`. It is JSON, so that any tool
 * can read it, and a payload never holds a raw line end, so that a reader finds its feet again after damage.
 */
export interface Framed {
  /** Where the payload stands in the line. */
  start: number;
  end: number;
  /** The line went on after the record: its line end was lost. */
  next: number;
}

export interface LogHeader {
  format: "stride-session";
  version: number;
  session: string;
  at: number;
}

/** Raised when an older Stride could no longer read what we write. */
export const logVersion = 1;

const open = Buffer.from('["');
const quote = 0x22;
const comma = 0x2c;
const close = 0x5d;
const lineEnd = 0x0a;

export const crc32: (bytes: Uint8Array, seed?: number) => number = (zlib as { crc32?: typeof zlib.crc32 }).crc32 ?? slowCrc32;

/** Into `scratch` when it fits: the answer is then good until the next call. */
export function encodeRecord(recorded: Recorded, scratch?: Buffer): Buffer {
  return frame(`{"seq":${recorded.seq},"at":${recorded.at},"event":${JSON.stringify(recorded.event)}}`, scratch);
}

export const encodeHeader = (header: LogHeader): Buffer => frame(JSON.stringify(header));

/** `line` is without its line end. Null: not a whole, undamaged record. */
export function unframe(line: Buffer): Framed | null {
  if (line.length < 16 || line[0] !== open[0] || line[1] !== open[1] || line[10] !== quote || line[11] !== comma) return null;
  let start = 12;
  let length = 0;
  for (; start < 23 && line[start] !== comma; start++) {
    const digit = line[start]! - 0x30;
    if (!(digit >= 0 && digit <= 9)) return null;
    length = length * 10 + digit;
  }
  start++;
  const end = start + length;
  if (end >= line.length || line[end] !== close) return null;
  if (crc32(line.subarray(start, end)) !== Number.parseInt(line.toString("latin1", 2, 10), 16)) return null;
  return { start, end, next: end + 1 };
}

export function decodeRecord(session: string, payload: Buffer): Recorded | null {
  const value: unknown = JSON.parse(payload.toString("utf8"));
  if (!isStored(value)) return null;
  return { session, seq: value.seq, at: value.at, event: value.event };
}

export function decodeHeader(payload: Buffer): LogHeader | null {
  const value = JSON.parse(payload.toString("utf8")) as Partial<LogHeader> | null;
  if (value?.format !== "stride-session" || typeof value.version !== "number") return null;
  return { format: value.format, version: value.version, session: String(value.session), at: Number(value.at) };
}

function isStored(value: unknown): value is { seq: number; at: number; event: AgentEvent } {
  const stored = value as { seq?: unknown; at?: unknown; event?: { type?: unknown } } | null;
  return typeof stored?.seq === "number" && typeof stored.at === "number" && typeof stored.event?.type === "string";
}

function frame(payload: string, scratch?: Buffer): Buffer {
  const bytes = Buffer.byteLength(payload);
  const start = 13 + `${bytes}`.length;
  const total = start + bytes + 2;
  const line = scratch && scratch.length >= total ? scratch.subarray(0, total) : Buffer.allocUnsafe(total);
  line.write(payload, start, bytes, "utf8");
  const crc = crc32(line.subarray(start, start + bytes));
  line.write(`["${crc.toString(16).padStart(8, "0")}",${bytes},`, 0, "latin1");
  line[total - 2] = close;
  line[total - 1] = lineEnd;
  return line;
}

/** Node 22.0 and 22.1 have none of their own. */
function slowCrc32(bytes: Uint8Array, seed = 0): number {
  let crc = ~seed;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  return ~crc >>> 0;
}
