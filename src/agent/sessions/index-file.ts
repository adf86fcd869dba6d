import { closeSync, fstatSync, ftruncateSync, openSync, readSync, writeSync } from "node:fs";
import type { AgentEvent } from "../../shared/protocol/agent";
import { crc32 } from "./record";

/** What is known about record `seq` without reading it. Length 0: the record is lost. */
export interface IndexEntry {
  offset: number;
  length: number;
  type: number;
  /** Counts turns of the session from 1. */
  turn: number;
  tokens: number;
}

/** The side file: fixed-size entries, so that record i is one read. A cache of the log; any doubt rebuilds it. */
export interface IndexFile {
  readonly count: number;
  add(entry: IndexEntry): void;
  /** Undefined: not there, or not to be trusted. */
  get(seq: number): IndexEntry | undefined;
  /** Numbers of all records of these types, in order. */
  find(types: readonly AgentEvent["type"][]): number[];
  truncate(count: number): void;
  /** The caller shrugs when it fails: entries stay in memory. */
  flush(): void;
  close(): void;
}

export const entrySize = 24;
const magic = Buffer.from("stride-events-index-v1\n\n");

/** Codes in the side file: append only. */
const types: readonly AgentEvent["type"][] = [
  "session_started",
  "session_resumed",
  "session_titled",
  "mode_changed",
  "model_changed",
  "user_message",
  "turn_started",
  "turn_continues",
  "turn_ended",
  "request_started",
  "model_fallback",
  "reply_discarded",
  "assistant_message",
  "tool_started",
  "tool_finished",
  "approval_requested",
  "approval_resolved",
  "question_asked",
  "question_answered",
  "todos_changed",
  "limit_warning",
  "limit_reached",
  "attachment",
  "context_reduced",
  "context_restored",
  "notice",
  "tools_loaded",
  "kept_changed",
];
const codes = new Map<string, number>(types.map((type, code) => [type, code]));

/** 255: a type this list does not know yet; the record itself says. */
export const typeCode = (type: string): number => codes.get(type) ?? 255;

export const lostEntry = (turn: number): IndexEntry => ({ offset: 0, length: 0, type: 255, turn, tokens: 0 });

export const memoryIndex = (): IndexFile => openIndex(null, { writable: false });

/** `writable` false: what is added lives in memory only. */
export function openIndex(path: string | null, options: { writable: boolean }): IndexFile {
  let fd = path === null ? null : openOrNothing(path, options.writable);
  let stored = fd === null ? 0 : storedEntries(fd);
  let tail = Buffer.allocUnsafe(64 * entrySize);
  let pending = 0;
  const scratch = Buffer.allocUnsafe(entrySize);
  return {
    get count() {
      return stored + pending;
    },
    add(entry) {
      if ((pending + 1) * entrySize > tail.length) tail = Buffer.concat([tail, Buffer.allocUnsafe(tail.length)]);
      encode(tail, pending * entrySize, entry, stored + pending + 1);
      pending++;
    },
    get(seq) {
      if (seq < 1 || seq > stored + pending) return undefined;
      if (seq > stored) return decode(tail, (seq - stored - 1) * entrySize, seq);
      if (fd === null || readSync(fd, scratch, 0, entrySize, seq * entrySize) < entrySize) return undefined;
      return decode(scratch, 0, seq);
    },
    find(wanted) {
      const wantedCodes = new Set(wanted.map(typeCode));
      const bytes = Buffer.allocUnsafe(stored * entrySize);
      if (fd !== null) readSync(fd, bytes, 0, bytes.length, entrySize);
      const found: number[] = [];
      for (let seq = 1; seq <= stored; seq++) if (wantedCodes.has(bytes[(seq - 1) * entrySize + 10]!)) found.push(seq);
      for (let at = 0; at < pending; at++) if (wantedCodes.has(tail[at * entrySize + 10]!)) found.push(stored + at + 1);
      return found;
    },
    truncate(count) {
      if (count >= stored) pending = Math.min(pending, count - stored);
      else {
        stored = count;
        pending = 0;
        if (fd !== null && options.writable) ftruncateSync(fd, (count + 1) * entrySize);
      }
    },
    flush() {
      if (fd === null || !options.writable || pending === 0) return;
      if (stored === 0) {
        ftruncateSync(fd, 0);
        writeSync(fd, magic, 0, entrySize, 0);
      }
      const bytes = pending * entrySize;
      if (writeSync(fd, tail, 0, bytes, (stored + 1) * entrySize) < bytes) return;
      stored += pending;
      pending = 0;
    },
    close() {
      if (fd !== null) closeSync(fd);
      fd = null;
    },
  };
}

function openOrNothing(path: string, writable: boolean): number | null {
  for (const flags of writable ? ["r+", "wx+"] : ["r"]) {
    try {
      return openSync(path, flags, 0o600);
    } catch {
      // A log without a side file is slower, not lost.
    }
  }
  return null;
}

function storedEntries(fd: number): number {
  const head = Buffer.alloc(entrySize);
  readSync(fd, head, 0, entrySize, 0);
  return head.equals(magic) ? Math.max(0, Math.floor(fstatSync(fd).size / entrySize) - 1) : 0;
}

function encode(into: Buffer, at: number, entry: IndexEntry, seq: number): void {
  into.writeUIntLE(entry.offset, at, 6);
  into.writeUInt32LE(entry.length, at + 6);
  into[at + 10] = entry.type;
  into[at + 11] = 0;
  into.writeUInt32LE(entry.turn, at + 12);
  into.writeUInt32LE(Math.min(entry.tokens, 0xffffffff), at + 16);
  into.writeUInt32LE(crc32(into.subarray(at, at + 20), seq), at + 20);
}

function decode(from: Buffer, at: number, seq: number): IndexEntry | undefined {
  if (from.readUInt32LE(at + 20) !== crc32(from.subarray(at, at + 20), seq)) return undefined;
  return {
    offset: from.readUIntLE(at, 6),
    length: from.readUInt32LE(at + 6),
    type: from[at + 10]!,
    turn: from.readUInt32LE(at + 12),
    tokens: from.readUInt32LE(at + 16),
  };
}
