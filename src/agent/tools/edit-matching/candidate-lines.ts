import { cut, foldCharacters, lineIndex, splitLines, type LineIndex, type Part } from "./line-index";
import { keepWithin, maxLeftOut, maxLeftOutInAll, type Limits } from "./search-limits";

/** What stands in a line whatever its white space, quotes and dashes look like. */
const runs = /[^\s'"-]{4,}/g;
const words = /\w{4,}/g;
/** Each one is looked for in the whole text. */
const maxTerms = 8;
/** Around so few places lines are cut sooner than a rarer term is found. */
const fewPlaces = 3;
const maxLines = 6000;
/** A smaller text is cut as a whole at once. */
const smallText = 60_000;

interface Term {
  text: string;
  line: number;
}

/**
 * The parts of a text where a quotation can fit at all: around a run of characters that every rung of the ladder
 * wants to the letter. Without lines when there is no such part, the whole text when it would not be much less.
 */
export function candidateLines(text: string, old: string, limits: Limits): LineIndex {
  const lines = splitLines(old);
  const rarest = text.length <= smallText || old.includes("\uFFFF") ? null : rarestRun(text, lines, limits);
  if (!rarest) return lineIndex(text, limits);
  const before = reachOf(rarest.line);
  const after = reachOf(lines.length - 1 - rarest.line);
  const tooMany = rarest.places.length * (before + after) > maxLines;
  return tooMany ? lineIndex(text, limits) : cutAround(text, rarest.places, { before, after }, limits);
}

/** Parts of the text that have words in common with the quotation. */
export function similarLines(text: string, old: string, limits: Limits): LineIndex {
  if (text.length <= smallText) return lineIndex(text, limits);
  const lines = splitLines(old);
  const places: number[] = [];
  let rare = 0;
  let common: number[] = [];
  for (const term of longest(lines, words)) {
    keepWithin(limits);
    const found = placesOf(text, term.text, 20);
    if (found.length === 20) common = common.length ? common : found;
    else if (found.length) {
      rare++;
      places.push(...found);
    }
    if (rare === 4) break;
  }
  const chosen = (places.length ? places : common).toSorted((a, b) => a - b);
  return cutAround(text, chosen, { before: lines.length + 1, after: lines.length + 1 }, limits);
}

function rarestRun(text: string, lines: readonly string[], limits: Limits): { line: number; places: number[] } | null {
  let best: { line: number; places: number[] } | null = null;
  for (const { text: run, line } of longest(lines, runs)) {
    keepWithin(limits);
    const places = placesOf(text, run, best?.places.length ?? maxLines);
    if (!best || places.length < best.places.length) best = { line, places };
    if (places.length <= fewPlaces) break;
  }
  return best;
}

function longest(lines: readonly string[], kind: RegExp): Term[] {
  const found = lines.flatMap((line, at) => (foldCharacters(line).match(kind) ?? []).map((text) => ({ text, line: at })));
  const distinct = [...new Map(found.map((term) => [term.text, term])).values()];
  return distinct.sort((one, other) => other.text.length - one.text.length).slice(0, maxTerms);
}

/** Lines of the text that so many lines of a quotation can cover. */
const reachOf = (lines: number): number => lines + Math.min(lines * maxLeftOut, maxLeftOutInAll) + 2;

function placesOf(text: string, part: string, most: number): number[] {
  const places: number[] = [];
  for (let at = text.indexOf(part); at >= 0 && places.length < most; at = text.indexOf(part, at + part.length)) places.push(at);
  return places;
}

function cutAround(text: string, places: readonly number[], reach: { before: number; after: number }, limits: Limits): LineIndex {
  const parts: Part[] = [];
  for (const place of places) {
    const part = { start: linesBack(text, place, reach.before), end: linesOn(text, place, reach.after) };
    const last = parts.at(-1);
    if (last && part.start <= last.end + 2) last.end = Math.max(last.end, part.end);
    else parts.push(part);
  }
  return cut(text, parts, limits);
}

function linesBack(text: string, from: number, count: number): number {
  let at = from;
  for (let line = 0; line <= count && at >= 0; line++) at = at === 0 ? -1 : text.lastIndexOf("\n", at - 1);
  return at + 1;
}

function linesOn(text: string, from: number, count: number): number {
  let at = from - 1;
  for (let line = 0; line <= count; line++) {
    at = text.indexOf("\n", at + 1);
    if (at < 0) return text.length;
  }
  return text[at - 1] === "\r" ? at - 1 : at;
}
