import { readSync } from "node:fs";
import { unframe } from "./record";

export interface Found {
  offset: number;
  /** With the line end. */
  length: number;
  /** A view that is gone after the call. */
  payload: Buffer;
}

export interface Visitor {
  record(found: Found): void;
  /** A line that is no record. */
  bad(offset: number, length: number): void;
}

const chunk = 1 << 20;
const yieldEvery = 8 << 20;

/**
 * Walks the lines of a log from one offset to another, in bounded memory, letting others run in between.
 * Returns where the last whole line ended: what follows is torn.
 */
export async function scanLog(fd: number, from: number, to: number, visit: Visitor, signal?: AbortSignal): Promise<number> {
  let buffer = Buffer.allocUnsafe(Math.max(1, Math.min(chunk, to - from)));
  let held = 0;
  let offset = from;
  let sinceYield = 0;
  while (offset + held < to) {
    signal?.throwIfAborted();
    if (held === buffer.length) buffer = Buffer.concat([buffer, Buffer.allocUnsafe(buffer.length)]);
    const got = readSync(fd, buffer, held, Math.min(buffer.length - held, to - offset - held), offset + held);
    if (got === 0) break;
    const used = visitLines(buffer.subarray(0, held + got), offset, held, visit);
    buffer.copyWithin(0, used, held + got);
    held += got - used;
    offset += used;
    sinceYield += got;
    if (sinceYield < yieldEvery) continue;
    sinceYield = 0;
    await new Promise(setImmediate);
  }
  return offset;
}

function visitLines(bytes: Buffer, offset: number, searched: number, visit: Visitor): number {
  let at = 0;
  for (let end = bytes.indexOf(10, searched); end >= 0; end = bytes.indexOf(10, at)) {
    while (at < end) {
      const line = bytes.subarray(at, end);
      const framed = unframe(line);
      if (!framed) {
        visit.bad(offset + at, end + 1 - at);
        break;
      }
      const whole = framed.next === line.length;
      visit.record({ offset: offset + at, length: framed.next + 1, payload: line.subarray(framed.start, framed.end) });
      if (whole) break;
      visit.bad(offset + at + framed.next, 1);
      at += framed.next + 1;
    }
    if (at === end && bytes[at] === 10 && isEmptyLine(bytes, at)) visit.bad(offset + at, 1);
    at = end + 1;
  }
  return at;
}

const isEmptyLine = (bytes: Buffer, at: number): boolean => at === 0 || bytes[at - 1] === 10;
