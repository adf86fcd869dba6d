import type { Encoding, Eol } from "../shared/ports/files";

export type Decoded =
  { ok: true; text: string; encoding: Encoding; bom: boolean } | { ok: false; problem: "binary" | "lossy"; why: string };

/** Text only when writing it back gives the same bytes; anything else is refused rather than guessed. */
export function decodeText(bytes: Uint8Array): Decoded {
  if (startsWith(bytes, [0xef, 0xbb, 0xbf])) return decodeStrictly(bytes.subarray(3), "utf8", true);
  if (startsWith(bytes, [0xff, 0xfe])) return decodeStrictly(bytes.subarray(2), "utf16le", true);
  if (startsWith(bytes, [0xfe, 0xff])) return decodeStrictly(bytes.subarray(2), "utf16be", true);
  if (bytes.includes(0)) {
    const wide = unmarkedUtf16(bytes);
    return wide ? decodeStrictly(bytes, wide, false) : { ok: false, problem: "binary", why: "it contains NUL bytes" };
  }
  const utf8 = strict("utf-8", bytes);
  if (utf8 !== null) return { ok: true, text: utf8, encoding: "utf8", bom: false };
  return decodeWesternEuropean(bytes);
}

/** Null when the text has a character the encoding cannot write. */
export function encodeText(text: string, encoding: Encoding, bom: boolean): Uint8Array | null {
  if (encoding === "latin1") return encodeWesternEuropean(text);
  if (/\p{Surrogate}/u.test(text)) return null;
  if (encoding === "utf8") return Buffer.from(bom ? `\uFEFF${text}` : text, "utf8");
  const bytes = Buffer.from(bom ? `\uFEFF${text}` : text, "utf16le");
  return encoding === "utf16be" ? bytes.swap16() : bytes;
}

export function eolOf(text: string): Eol {
  // Nearly all files; a search is many times faster than the count.
  if (!text.includes("\r")) return text.includes("\n") ? "lf" : "none";
  let crlf = 0;
  let lf = 0;
  let cr = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 10) lf++;
    else if (code === 13) {
      if (text.charCodeAt(at + 1) === 10) {
        crlf++;
        at++;
      } else cr++;
    }
  }
  const kinds = Number(crlf > 0) + Number(lf > 0) + Number(cr > 0);
  if (kinds === 0) return "none";
  if (kinds > 1) return "mixed";
  return crlf ? "crlf" : lf ? "lf" : "cr";
}

function decodeStrictly(bytes: Uint8Array, encoding: Encoding, bom: boolean): Decoded {
  const label = { utf8: "utf-8", utf16le: "utf-16le", utf16be: "utf-16be", latin1: "windows-1252" }[encoding];
  const text = strict(label, bytes);
  if (text === null) return { ok: false, problem: "lossy", why: `it starts like ${label} but has bytes that are not` };
  if (text.includes("\0")) return { ok: false, problem: "binary", why: "it contains NUL characters" };
  return { ok: true, text, encoding, bom };
}

function strict(label: string, bytes: Uint8Array): string | null {
  try {
    return new TextDecoder(label, { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return null;
  }
}

/** Latin text has zeros in every other byte; the other half must have none, and the size must be even. */
function unmarkedUtf16(bytes: Uint8Array): Encoding | null {
  if (bytes.length % 2 || bytes.length < 4) return null;
  const zeros = [0, 0];
  const sample = Math.min(bytes.length, 8192);
  for (let at = 0; at < sample; at++) if (bytes[at] === 0) zeros[at % 2]!++;
  if (zeros[1]! > sample * 0.35 && zeros[0] === 0) return "utf16le";
  if (zeros[0]! > sample * 0.35 && zeros[1] === 0) return "utf16be";
  return null;
}

/**
 * Every byte sequence round-trips through CP1252, also Japanese, Cyrillic or damaged UTF-8 text, which would then read
 * as garbage. Western text has one or two accented letters between plain ones; longer runs mean something else.
 */
function decodeWesternEuropean(bytes: Uint8Array): Decoded {
  let high = 0;
  const inRuns = { two: 0, longer: 0, utf8: 0 };
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at]!;
    if (byte < 0x20 && !textControls.has(byte)) return { ok: false, problem: "binary", why: "it contains control bytes" };
    if (byte < 0x80) continue;
    const start = at;
    for (; (bytes[at] ?? 0) >= 0x80; at++) {
      if (undefinedIn1252.has(bytes[at]!)) return notText();
      if (bytes[at]! >= 0xc2 && bytes[at]! <= 0xf4 && ((bytes[at + 1] ?? 0) & 0xc0) === 0x80) inRuns.utf8 += 2;
    }
    const run = at - start;
    high += run;
    if (run === 2) inRuns.two += 2;
    else if (run > 2) inRuns.longer += run;
  }
  if (inRuns.longer > high * 0.3 || inRuns.two > high * 0.6 || inRuns.utf8 > high * 0.5) return notText();
  return { ok: true, text: new TextDecoder("windows-1252").decode(bytes), encoding: "latin1", bom: false };
}

/** Tab, line feed, form feed, carriage return, escape. */
const textControls = new Set([9, 10, 12, 13, 27]);
const undefinedIn1252 = new Set([0x81, 0x8d, 0x8f, 0x90, 0x9d]);

const notText = (): Decoded => ({
  ok: false,
  problem: "lossy",
  why: "it is neither UTF-8, UTF-16 nor Western European (CP1252) text",
});

let bytesOf1252: Map<number, number> | undefined;

function encodeWesternEuropean(text: string): Uint8Array | null {
  bytesOf1252 ??= new Map(
    Array.from(
      { length: 256 },
      (_, byte) => [new TextDecoder("windows-1252").decode(Uint8Array.of(byte)).charCodeAt(0), byte] as const,
    ),
  );
  const bytes = Buffer.alloc(text.length);
  for (let at = 0; at < text.length; at++) {
    const byte = bytesOf1252.get(text.charCodeAt(at));
    if (byte === undefined) return null;
    bytes[at] = byte;
  }
  return bytes;
}

const startsWith = (bytes: Uint8Array, mark: number[]): boolean => mark.every((byte, at) => bytes[at] === byte);
