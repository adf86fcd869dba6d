import { similarLines } from "./candidate-lines";
import { gapKey, keyNumber, lineNumberAt, linesWith, lineText, splitLines, type LineIndex } from "./line-index";
import { shortDiff } from "./short-diff";
import { keepWithin, type Limits } from "./search-limits";

/** Of a line, when words are compared. */
const maxCompared = 2000;

/** Lines in common vote for where the quotation would begin; words do when no line is the same. */
export function nearestRegion(text: string, old: string, limits: Limits): string {
  const lines = splitLines(old);
  while (lines.length > 1 && !lines.at(-1)!.trim()) lines.pop();
  const index = similarLines(text, old, limits);
  const start = byLines(index, lines, limits) ?? byWords(index, lines, limits);
  if (start === null) return "old_string is not in the file, nor anything like it. Read the file again.";
  let first = Math.max(0, Math.min(start, index.keys.length - 1));
  let last = Math.min(first + lines.length, index.keys.length);
  const gap = index.keys.indexOf(gapKey, first);
  if (gap >= 0 && gap < last) {
    if (gap - first > last - gap) last = gap;
    else first = gap + 1;
  }
  const there = Array.from({ length: last - first }, (_, at) => lineText(index, first + at));
  const number = lineNumberAt(text, index.starts[first]!);
  return `old_string is not in the file. The nearest place is lines ${number}-${number + there.length - 1}; - is what you quoted, + what stands there:\n${shortDiff(lines, there)}\nQuote what stands there exactly.`;
}

function byLines(index: LineIndex, lines: string[], limits: Limits): number | null {
  const votes = new Map<number, number>();
  const keys = lines.map(keyNumber);
  const byKey = linesWith(index, keys.filter(Boolean));
  for (const [at, line] of lines.entries()) {
    const places = byKey.get(keys[at]!) ?? [];
    if (!places.length || places.length > 50) continue;
    keepWithin(limits);
    for (const place of places)
      votes.set(place - at, (votes.get(place - at) ?? 0) + Math.min(line.trim().length, 40) / places.length);
  }
  return most(votes);
}

function byWords(index: LineIndex, lines: string[], limits: Limits): number | null {
  const wanted = new Set(lines.slice(0, 50).flatMap((line) => line.match(/\w{3,}/g) ?? []));
  if (!wanted.size) return null;
  const scores = new Map<number, number>();
  for (const line of index.keys.keys()) {
    if (line % 512 === 0) keepWithin(limits);
    const shared = new Set(
      (
        lineText(index, line)
          .slice(0, maxCompared)
          .match(/\w{3,}/g) ?? []
      ).filter((word) => wanted.has(word)),
    ).size;
    if (shared * 2 < Math.min(wanted.size, 6)) continue;
    const start = Math.max(0, line - lines.length + 1);
    for (let at = start; at <= line && at > line - 20; at++) scores.set(at, (scores.get(at) ?? 0) + shared);
  }
  return most(scores);
}

function most(votes: Map<number, number>): number | null {
  let best: [number, number] | null = null;
  for (const vote of votes) if (!best || vote[1] > best[1]) best = vote;
  return best && best[0];
}
