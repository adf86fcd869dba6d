import { fstatSync, readSync } from "node:fs";
import type { Recorded } from "../../shared/protocol/agent";
import { lostEntry, typeCode, type IndexFile } from "./index-file";
import { decodeHeader, decodeRecord, unframe, type LogHeader } from "./record";
import { scanLog } from "./scan";

/** Bytes of a log that are no record. */
export interface Damage {
  offset: number;
  length: number;
}

export interface Recovery {
  header: LogHeader | null;
  damage: Damage[];
  /** Records that were there once, by number. */
  lost: number;
  /** Where the last whole record ends; what follows is torn. */
  end: number;
}

/** A jump in numbering beyond this is taken for damage, not for lost records. */
const maxGap = 1_000_000;

/**
 * Brings the index up to the log and says what is wrong with the log. Reads only the end when the index is good;
 * `trustIndex` false reads every record.
 */
export async function recover(
  fd: number,
  session: string,
  index: IndexFile,
  trustIndex: boolean,
  onRecord?: (recorded: Recorded) => void,
  signal?: AbortSignal,
): Promise<Recovery> {
  const size = fstatSync(fd).size;
  const header = readHeader(fd);
  const known = index.count;
  const start = trustIndex ? endOfIndexed(fd, session, index, size) : null;
  if (start === null) index.truncate(0);
  const found = await readRecords(fd, session, index, { from: start ?? 0, to: size }, onRecord, signal);
  return { ...found, header, lost: found.lost + Math.max(0, known - index.count) };
}

/** The record an index entry points at, if it is there and undamaged. */
export function readIndexed(fd: number, session: string, index: IndexFile, seq: number): Recorded | undefined {
  const entry = index.get(seq);
  if (!entry || entry.length === 0) return undefined;
  const line = Buffer.allocUnsafe(entry.length);
  if (readSync(fd, line, 0, entry.length, entry.offset) < entry.length) return undefined;
  return recordIn(line, session, seq);
}

export function recordIn(line: Buffer, session: string, seq: number): Recorded | undefined {
  const framed = unframe(line);
  const recorded = framed && decodeRecord(session, line.subarray(framed.start, framed.end));
  return recorded && recorded.seq === seq ? recorded : undefined;
}

export function tokensOf({ event }: Recorded, bytes: number): number {
  return event.type === "assistant_message" ? event.usage.outputTokens : Math.ceil(bytes / 4);
}

function endOfIndexed(fd: number, session: string, index: IndexFile, size: number): number | null {
  if (index.count === 0) return null;
  const last = index.get(index.count);
  if (!last || last.offset + last.length > size) return null;
  return readIndexed(fd, session, index, index.count) ? last.offset + last.length : null;
}

async function readRecords(
  fd: number,
  session: string,
  index: IndexFile,
  range: { from: number; to: number },
  onRecord?: (recorded: Recorded) => void,
  signal?: AbortSignal,
): Promise<Omit<Recovery, "header">> {
  const damage: Damage[] = [];
  let lost = 0;
  let end = range.from;
  let turn = index.get(index.count)?.turn ?? 0;
  await scanLog(
    fd,
    range.from,
    range.to,
    {
      bad: (offset, length) => void damage.push({ offset, length }),
      record({ offset, length, payload }) {
        if (offset === 0 && decodeHeader(payload)) return void (end = length);
        const recorded = decodeRecord(session, payload);
        const gap = recorded ? recorded.seq - index.count - 1 : -1;
        if (!recorded || gap < 0 || gap > maxGap) return void damage.push({ offset, length });
        for (let missing = 0; missing < gap; missing++) index.add(lostEntry(turn));
        lost += gap;
        if (recorded.event.type === "turn_started") turn++;
        index.add({ offset, length, type: typeCode(recorded.event.type), turn, tokens: tokensOf(recorded, length) });
        end = offset + length;
        onRecord?.(recorded);
      },
    },
    signal,
  );
  return { damage: damage.filter((bad) => bad.offset < end), lost, end };
}

function readHeader(fd: number): LogHeader | null {
  const head = Buffer.alloc(4096);
  const got = readSync(fd, head, 0, head.length, 0);
  const lineEnd = head.subarray(0, got).indexOf(10);
  const framed = lineEnd < 0 ? null : unframe(head.subarray(0, lineEnd));
  return framed && decodeHeader(head.subarray(framed.start, framed.end));
}
