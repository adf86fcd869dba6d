import type { EditRequest, RungAnswer } from "./find-edit";
import { reindentation, type Reindent } from "./indentation";
import {
  indentOf,
  keyNumber,
  lineKey,
  lineNumberAt,
  lineNumbers,
  linesWith,
  lineText,
  splitLines,
  type LineIndex,
} from "./line-index";
import { isComment, mergeLines } from "./merge-lines";
import { joinLines, regionOf } from "./region-text";
import { keepWithin, maxLeftOut, maxLeftOutInAll, type Limits } from "./search-limits";

/** Lines of the file for each line of the quotation. */
type Alignment = number[];

/**
 * Whole lines in order, whatever their indentation; the file may have empty and comment lines between them.
 * Every line must be found: a line that differs is a change the model does not know of.
 */
export function matchLines(index: LineIndex, request: EditRequest, limits: Limits): RungAnswer {
  const { old, next, throughLineEnd } = linesOf(request);
  const keys = old.map(lineKey);
  if (!tellsEnough(keys)) return null;
  // Keys are numbers; that the lines are really the same is looked at once a place is found.
  const alignments = align(index, old.map(keyNumber), limits).filter((alignment) =>
    alignment.every((line, at) => line < 0 || lineKey(lineText(index, line)) === keys[at]),
  );
  if (!alignments.length) return null;
  if (alignments.length > 1) {
    const starts = alignments.map((alignment) => index.starts[alignment.find((line) => line >= 0)!]!);
    const places = lineNumbers(
      index.text,
      starts.toSorted((a, b) => a - b),
    );
    const message = `old_string is not in the file exactly, and but for indentation it fits ${places.length} places (lines ${places.slice(0, 8).join(", ")}). Quote the one you mean exactly, with more lines around it.`;
    return { ok: false, why: "ambiguous", message };
  }
  const other = standsElsewhere(index, old, keys, alignments[0]!);
  if (other !== undefined) {
    const message = `old_string is not in the file exactly. But for indentation it fits one place, yet one of its lines stands just as quoted in another, line ${lineNumberAt(index.text, index.starts[other]!)}. Quote the place you mean exactly, with no line left out.`;
    return { ok: false, why: "ambiguous", message };
  }
  return changeOf(index, alignments[0]!, { old, next, throughLineEnd });
}

/**
 * The line that says most, where it stands as it was quoted while the place found has it indented in another way: then
 * rather a line was left out of the quotation there than that all of it was indented anew.
 */
function standsElsewhere(index: LineIndex, old: string[], keys: string[], alignment: Alignment): number | undefined {
  const at = keys.reduce((best, key, line) => (key.length > keys[best]!.length ? line : best), 0);
  const found = alignment[at]!;
  if (found < 0 || lineText(index, found) === old[at]) return undefined;
  const key = keyNumber(keys[at]!);
  return linesWith(index, [key])
    .get(key)!
    .find((line) => line !== found && lineText(index, line) === old[at]);
}

interface Lines {
  old: string[];
  next: string[];
  /** The line end after the region goes too. */
  throughLineEnd: boolean;
}

function linesOf(request: EditRequest): Lines {
  const old = splitLines(request.old);
  const next = splitLines(request.next);
  const oldEnds = old.length > 1 && old.at(-1)!.trim() === "";
  const nextEnds = next.length > 1 && next.at(-1) === "";
  if (oldEnds) old.pop();
  if (oldEnds && nextEnds) next.pop();
  if (oldEnds && request.next === "") next.pop();
  return { old, next, throughLineEnd: oldEnds && !nextEnds };
}

/** A brace or a lone `return` is somewhere by chance. */
function tellsEnough(keys: string[]): boolean {
  const lines = keys.filter(Boolean);
  const letters = lines.reduce((sum, key) => sum + (key.match(/[\p{L}\p{N}]/gu)?.length ?? 0), 0);
  return letters >= (lines.length > 1 ? 12 : 20);
}

/** Starts at the quotation's rarest line, so that common lines cost nothing. */
function align(index: LineIndex, keys: number[], limits: Limits): Alignment[] {
  let rarest = -1;
  let fewest: number[] = [];
  const byKey = linesWith(index, keys.filter(Boolean));
  for (const [at, key] of keys.entries()) {
    if (!key) continue;
    const lines = byKey.get(key)!;
    if (!lines.length) return [];
    if (rarest < 0 || lines.length < fewest.length) [rarest, fewest] = [at, lines];
  }
  const found = new Map<number, Alignment>();
  for (const line of fewest) {
    keepWithin(limits);
    const alignment = keys.map(() => -1);
    alignment[rarest] = line;
    if (
      walk(index, keys, alignment, { at: rarest, line, step: 1 }, limits) &&
      walk(index, keys, alignment, { at: rarest, line, step: -1 }, limits)
    )
      found.set(
        alignment.find((place) => place >= 0)!,
        alignment,
      );
  }
  return [...found.values()];
}

function walk(
  index: LineIndex,
  keys: number[],
  alignment: Alignment,
  from: { at: number; line: number; step: 1 | -1 },
  limits: Limits,
): boolean {
  let line = from.line + from.step;
  let leftOut = 0;
  for (let at = from.at + from.step; at >= 0 && at < keys.length; at += from.step) {
    const key = keys[at]!;
    if (at % 256 === 0) keepWithin(limits);
    for (let skipped = 0; key && index.keys[line] !== key; skipped++, leftOut++, line += from.step) {
      if (skipped >= maxLeftOut || leftOut >= maxLeftOutInAll || !isSkipped(index, line)) return false;
    }
    if (index.keys[line] !== key) continue;
    alignment[at] = line;
    line += from.step;
  }
  return true;
}

const isSkipped = (index: LineIndex, line: number): boolean =>
  index.keys[line] === 0 || (line in index.keys && isComment(lineText(index, line)));

function changeOf(index: LineIndex, alignment: Alignment, { old, next, throughLineEnd }: Lines): RungAnswer {
  const matched = alignment.filter((line) => line >= 0);
  const [first, last] = [matched[0]!, matched.at(-1)!];
  const start = index.starts[first]!;
  const end = throughLineEnd ? (index.starts[last + 1] ?? index.ends[last]!) : index.ends[last]!;
  const region = regionOf(index.text.slice(start, index.ends[last]));
  const indentation = indentationOf(old, alignment, first, region.lines);
  const merged =
    indentation &&
    mergeLines(old, next, { found: region.lines, aligned: alignment.map((line) => (line < 0 ? -1 : line - first)) }, indentation);
  if (merged) return { ok: true, changes: [{ start, end, text: joinLines(index.text, start, region, merged) }] };
  const number = lineNumberAt(index.text, start);
  const why = indentation
    ? "has lines between that you did not quote"
    : "is indented in another way, which no single rule explains";
  return {
    ok: false,
    why: "unclear",
    message: `old_string is not in the file exactly; lines ${number}-${number + last - first} are like it, but the file ${why}. They are:\n${region.lines.slice(0, 60).join("\n")}\nQuote them exactly.`,
  };
}

function indentationOf(old: string[], alignment: Alignment, first: number, found: string[]): Reindent | null {
  const pairs = alignment.flatMap((line, at) => {
    const asked = old[at]!;
    if (line < 0 || !asked.trim()) return [];
    return [{ asked: indentOf(asked), found: indentOf(found[line - first]!), solid: /[\p{L}\p{N}]/u.test(asked) }];
  });
  const all = reindentation(pairs);
  if (all || pairs[0]?.asked !== "") return all;
  // Quotations often begin after the indentation of their first line.
  const rest = reindentation(pairs.slice(1));
  return rest && ((line) => (indentOf(line) === "" && line.trim() ? pairs[0]!.found + line : rest(line)));
}
