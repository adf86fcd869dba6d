import { keepWithin, overBudget, type Limits } from "./search-limits";

/** A text, or the parts of it that matter, cut into lines; lines that mean the same have the same key. */
export interface LineIndex {
  text: string;
  starts: number[];
  /** Where the line ends, without its line end. */
  ends: number[];
  /** A number for what the line says, 0 for an empty one; equal lines have equal keys, others almost never. */
  keys: number[];
  /** Some line holds a look-alike character. */
  folded: boolean;
}

/** From `start` up to `end`, beginning and ending with a line. */
export interface Part {
  start: number;
  end: number;
}

/** Stands between parts that do not touch: the key of no line, so that nothing reaches across. */
export const gapKey = 0.5;

const recent: LineIndex[] = [];
/** Above this a text is not cut as a whole. */
const maxWhole = 4_500_000;

/** Kept for the last few versions: several edits of one file, or a retry after a miss, cut it only once. */
export function lineIndex(text: string, limits: Limits): LineIndex {
  if (text.length > maxWhole) throw overBudget;
  const known = recent.findIndex((index) => index.text === text);
  const index = known < 0 ? cut(text, [{ start: 0, end: text.length }], limits) : recent.splice(known, 1)[0]!;
  recent.unshift(index);
  recent.length = Math.min(recent.length, 3);
  return index;
}

/** `parts` in the order of the text. */
export function cut(text: string, parts: readonly Part[], limits: Limits): LineIndex {
  const index: LineIndex = { text, starts: [], ends: [], keys: [], folded: false };
  for (const part of parts) {
    if (index.keys.length) {
      index.starts.push(part.start);
      index.ends.push(part.start);
      index.keys.push(gapKey);
    }
    cutPart(index, part, limits);
  }
  return index;
}

function cutPart(index: LineIndex, part: Part, limits: Limits): void {
  const { text, starts, ends, keys } = index;
  const codes = codesOf(text.slice(part.start, part.end));
  if (fold(codes)) index.folded = true;
  let start = 0;
  for (let at = 0; at <= codes.length; at++) {
    if ((at & 0x7fff) === 0x7fff) keepWithin(limits);
    const code = at === codes.length ? 10 : codes[at]!;
    if (code !== 10 && code !== 13) continue;
    starts.push(part.start + start);
    ends.push(part.start + at);
    keys.push(hashOf(codes, start, at));
    if (code === 13 && codes[at + 1] === 10) at++;
    start = at + 1;
  }
}

/** The lines with each of these keys. */
export function linesWith(index: LineIndex, keys: readonly number[]): Map<number, number[]> {
  const lines = new Map<number, number[]>(keys.map((key) => [key, []]));
  for (let line = 0; line < index.keys.length; line++) lines.get(index.keys[line]!)?.push(line);
  return lines;
}

export function keyNumber(line: string): number {
  const codes = codesOf(line);
  fold(codes);
  return hashOf(codes, 0, line.length);
}

/** Reading numbers is several times quicker than asking a string for each of its characters. */
function codesOf(text: string): Uint16Array {
  const bytes = Buffer.from(text, "utf16le");
  return new Uint16Array(bytes.buffer, bytes.byteOffset, text.length);
}

export const lineText = (index: LineIndex, line: number): string => index.text.slice(index.starts[line], index.ends[line]);

/** Whether there was anything to fold. */
function fold(codes: Uint16Array): boolean {
  let folded = false;
  for (let at = 0; at < codes.length; at++) {
    if (codes[at]! < 0xa0) continue;
    const plain = foldedCodes.get(codes[at]!);
    if (plain === undefined) continue;
    codes[at] = plain;
    folded = true;
  }
  return folded;
}

/** Of the line's key, in one pass and without making it. */
function hashOf(codes: Uint16Array, start: number, end: number): number {
  let hash = 0x811c9dc5;
  let from = start;
  let to = end;
  while (from < to && isSpace(codes[from]!)) from++;
  while (to > from && isSpace(codes[to - 1]!)) to--;
  if (from === to) return 0;
  for (let at = from; at < to; at++) {
    const code = codes[at]!;
    if (code > 32) hash = Math.imul(hash ^ code, 0x01000193);
    else if (!isSpace(code)) hash = Math.imul(hash ^ code, 0x01000193);
    else if (!isSpace(codes[at + 1]!)) hash = Math.imul(hash ^ 32, 0x01000193);
  }
  return hash || 1;
}

const isSpace = (code: number): boolean => code === 32 || (code >= 9 && code <= 13);

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

/** From 1, of places in the order of the text. */
export function lineNumbers(text: string, places: readonly number[]): number[] {
  let number = 1;
  let from = 0;
  return places.map((place) => {
    for (let at = text.indexOf("\n", from); at >= 0 && at < place; at = text.indexOf("\n", at + 1)) number++;
    for (let at = text.indexOf("\r", from); at >= 0 && at < place; at = text.indexOf("\r", at + 1))
      if (text[at + 1] !== "\n") number++;
    from = place;
    return number;
  });
}

export const lineNumberAt = (text: string, place: number): number => lineNumbers(text, [place])[0]!;
