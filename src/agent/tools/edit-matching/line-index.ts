/** A text cut into lines once per version; lines that mean the same have the same key. */
export interface LineIndex {
  text: string;
  starts: number[];
  /** Where the line ends, without its line end. */
  ends: number[];
  /** A number for what the line says, 0 for an empty one; equal lines have equal keys, others almost never. */
  keys: number[];
  byKey: Map<number, number[]>;
}

const recent: LineIndex[] = [];

/** Kept for the last few versions: several edits of one file, or a retry after a miss, cut it only once. */
export function lineIndex(text: string): LineIndex {
  const known = recent.findIndex((index) => index.text === text);
  const index = known < 0 ? cut(text) : recent.splice(known, 1)[0]!;
  recent.unshift(index);
  recent.length = Math.min(recent.length, 4);
  return index;
}

export function cut(text: string): LineIndex {
  const index: LineIndex = { text, starts: [], ends: [], keys: [], byKey: new Map() };
  let start = 0;
  const codes = codesOf(text);
  for (let at = 0; at <= text.length; at++) {
    const code = at === text.length ? 10 : codes[at]!;
    if (code !== 10 && code !== 13) continue;
    const line = index.keys.length;
    const key = hashOf(codes, start, at);
    index.starts.push(start);
    index.ends.push(at);
    index.keys.push(key);
    const same = index.byKey.get(key);
    if (same) same.push(line);
    else index.byKey.set(key, [line]);
    if (code === 13 && codes[at + 1] === 10) at++;
    start = at + 1;
  }
  return index;
}

export const keyNumber = (line: string): number => hashOf(codesOf(line), 0, line.length);

/** Reading numbers is several times quicker than asking a string for each of its characters. */
function codesOf(text: string): Uint16Array {
  const bytes = Buffer.from(text, "utf16le");
  return new Uint16Array(bytes.buffer, bytes.byteOffset, text.length);
}

export const lineText = (index: LineIndex, line: number): string => index.text.slice(index.starts[line], index.ends[line]);

/** Of the line's key, in one pass and without making it. */
function hashOf(codes: Uint16Array, start: number, end: number): number {
  let hash = 0x811c9dc5;
  let space = false;
  let empty = true;
  for (let at = start; at < end; at++) {
    let code = codes[at]!;
    if (code >= 0xa0) code = foldedCodes.get(code) ?? code;
    if (code === 32 || (code >= 9 && code <= 13)) {
      space = !empty;
      continue;
    }
    if (space) hash = Math.imul(hash ^ 32, 0x01000193);
    space = empty = false;
    hash = Math.imul(hash ^ code, 0x01000193);
  }
  return empty ? 0 : hash || 1;
}

/** White space at the ends does not count, in the middle its length does not; look-alikes are one character. */
export const lineKey = (line: string): string => foldCharacters(line).trim().replace(/\s+/g, " ");

/** One character for one character: places in the result are places in the text. */
export const foldCharacters = (text: string): string =>
  needsFolding.test(text) ? text.replace(lookAlikes, (character) => folded.get(character)!) : text;

const folded = new Map(
  Object.entries({
    "'": "‘’‚‛′",
    '"': "“”„‟″",
    "-": "‐‑‒–—―−",
    " ": "\u00A0\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200A\u202F\u205F\u3000",
  }).flatMap(([plain, likes]) => Array.from(likes, (like) => [like, plain] as const)),
);
const foldedCodes = new Map([...folded].map(([like, plain]) => [like.charCodeAt(0), plain.charCodeAt(0)] as const));
const lookAlikes = new RegExp(`[${[...folded.keys()].join("")}]`, "g");
const needsFolding = new RegExp(lookAlikes.source);

export const indentOf = (line: string): string => /^[ \t]*/.exec(line)![0];

export const splitLines = (text: string): string[] => text.split(/\r\n|\n|\r/);

/** The line end most used near a place, so that inserted text looks like what it stands in. */
export function lineEndNear(text: string, at: number): string {
  const next = /\r\n|\n|\r/.exec(text.slice(at, at + 10_000)) ?? /\r\n|\n|\r/.exec(text.slice(Math.max(0, at - 10_000), at));
  return next?.[0] ?? "\n";
}

export const withLineEnds = (text: string, end: string): string => text.replace(/\r\n|\n|\r/g, end);

/** From 1. */
export function lineNumberAt(index: LineIndex, offset: number): number {
  let low = 0;
  let high = index.starts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (index.starts[middle]! <= offset) low = middle;
    else high = middle - 1;
  }
  return low + 1;
}
