import { keyNumber, lineText, splitLines, type LineIndex } from "./line-index";
import { shortDiff } from "./short-diff";
import { keepWithin, type Limits } from "./search-limits";

/** Lines in common vote for where the quotation would begin; words do when no line is the same. */
export function nearestRegion(index: LineIndex, old: string, limits: Limits): string {
  const lines = splitLines(old);
  while (lines.length > 1 && !lines.at(-1)!.trim()) lines.pop();
  const start = byLines(index, lines, limits) ?? byWords(index, lines, limits);
  if (start === null) return "old_string is not in the file, nor anything like it. Read the file again.";
  const first = Math.max(0, Math.min(start, index.keys.length - 1));
  const last = Math.min(first + lines.length, index.keys.length);
  const there = Array.from({ length: last - first }, (_, at) =>
    index.text.slice(index.starts[first + at], index.ends[first + at]),
  );
  return `old_string is not in the file. The nearest place is lines ${first + 1}-${last}; - is what you quoted, + what stands there:\n${shortDiff(lines, there)}\nQuote what stands there exactly.`;
}

function byLines(index: LineIndex, lines: string[], limits: Limits): number | null {
  const votes = new Map<number, number>();
  for (const [at, line] of lines.entries()) {
    const key = keyNumber(line);
    const places = key ? index.byKey.get(key) : undefined;
    if (!places || places.length > 50) continue;
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
    const shared = new Set((lineText(index, line).match(/\w{3,}/g) ?? []).filter((word) => wanted.has(word))).size;
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
