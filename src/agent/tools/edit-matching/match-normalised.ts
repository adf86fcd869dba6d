import type { Change, EditRequest, RungAnswer } from "./find-edit";
import { exactPlaces, lineEndFitted } from "./exact";
import { foldCharacters, gapKey, keyNumber, lineNumbers, linesWith, lineText, splitLines, type LineIndex } from "./line-index";
import { mergeLines } from "./merge-lines";
import { joinLines, regionOf } from "./region-text";
import { keepWithin, type Limits } from "./search-limits";

/** The quotation but for line ends, space at line ends, tabs inside of lines, and look-alike quotes, dashes and spaces. */
export function matchNormalised(index: LineIndex, request: EditRequest, limits: Limits): RungAnswer {
  const oldLines = splitLines(request.old).map((line) => normalLine(line));
  const old = oldLines.join("\n");
  if (!old.trim() || !wholeLinesExist(index, oldLines.slice(1, -1))) return null;
  const lines = index.keys.map((key, line) => (key === gapKey ? "\uFFFF" : normalLine(lineText(index, line), index.folded)));
  keepWithin(limits);
  const places = exactPlaces(lines.join("\n"), old);
  if (!places.length) return null;
  const offsets = offsetsOf(lines);
  if (places.length > 1 && !request.all) {
    const at = lineNumbers(
      index.text,
      places.slice(0, 8).map((place) => inText(index, offsets, place)),
    );
    return {
      ok: false,
      why: "ambiguous",
      message: `old_string is not in the file exactly, and fits ${places.length} places but for white space (lines ${at.join(", ")}). Quote more lines around the one you mean.`,
    };
  }
  const changes: Change[] = [];
  for (const place of places) {
    keepWithin(limits);
    changes.push(changeAt(index.text, inText(index, offsets, place), inText(index, offsets, place + old.length), request));
  }
  return { ok: true, changes };
}

/** Lines between the first and the last must be lines of the file: settled without cutting up the whole text. */
function wholeLinesExist(index: LineIndex, lines: readonly string[]): boolean {
  const keys = lines.map(keyNumber);
  const byKey = linesWith(index, keys);
  return lines.every((line, at) => {
    const places = byKey.get(keys[at]!)!;
    if (!line.trim() || !places.length) return places.length > 0;
    return places.length > 100 || places.some((place) => normalLine(lineText(index, place)) === line);
  });
}

function changeAt(text: string, start: number, end: number, request: EditRequest): Change {
  const region = regionOf(text.slice(start, end));
  const old = splitLines(request.old);
  const whole = { start, end, text: lineEndFitted(text, start, { old: text.slice(start, end), next: request.next }) };
  if (old.length !== region.lines.length) return whole;
  const merged = mergeLines(
    old,
    splitLines(request.next),
    { found: region.lines, aligned: old.map((_, line) => line) },
    (line) => line,
  );
  return merged ? { start, end, text: joinLines(text, start, region, merged) } : whole;
}

/** As long as the line, but for its end. Leading tabs stay: another indentation is the next rung's business. */
function normalLine(line: string, folded = true): string {
  const plain = (folded ? foldCharacters(line) : line).trimEnd();
  if (!plain.includes("\t")) return plain;
  const indent = /^[ \t]*/.exec(plain)![0];
  return indent + plain.slice(indent.length).replaceAll("\t", " ");
}

function offsetsOf(lines: string[]): number[] {
  let at = 0;
  return lines.map((line) => {
    const start = at;
    at += line.length + 1;
    return start;
  });
}

function inText(index: LineIndex, offsets: number[], place: number): number {
  let low = 0;
  let high = offsets.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (offsets[middle]! <= place) low = middle;
    else high = middle - 1;
  }
  return index.starts[low]! + place - offsets[low]!;
}
