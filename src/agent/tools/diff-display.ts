import type { ToolDisplay } from "../../shared/protocol/agent";
import { countChanges, shortDiff } from "./edit-matching/short-diff";

const context = 12;
const maxSide = 100_000;

/** What people see of a change: the part that differs with some lines around it, bounded. */
export function diffDisplay(path: string, before: string, after: string): Extract<ToolDisplay, { kind: "diff" }> {
  const old = linesOf(before);
  const next = linesOf(after);
  const { start, end } = differing(old, next);
  const counts = countChanges(old.slice(start, old.length - end), next.slice(start, next.length - end));
  const from = Math.max(0, start - context);
  const oldPart = old.slice(from, Math.max(start, old.length - end) + context).join("");
  const nextPart = next.slice(from, Math.max(start, next.length - end) + context).join("");
  const truncated = oldPart.length > maxSide || nextPart.length > maxSide;
  const diff = { kind: "diff" as const, path, before: oldPart.slice(0, maxSide), after: nextPart.slice(0, maxSide), ...counts };
  return truncated ? { ...diff, truncated } : diff;
}

/** For the model: how one text became another, in a few lines. */
export function changeSummary(before: string, after: string, maxLines = 30): string {
  const old = linesOf(before).map(bare);
  const next = linesOf(after).map(bare);
  const { start, end } = differing(old, next);
  const from = Math.max(0, start - 1);
  const diff = shortDiff(old.slice(from, old.length - end + 1), next.slice(from, next.length - end + 1), maxLines);
  return `from line ${start + 1}:\n${diff}`;
}

function differing(old: string[], next: string[]): { start: number; end: number } {
  const limit = Math.min(old.length, next.length);
  let start = 0;
  while (start < limit && old[start] === next[start]) start++;
  let end = 0;
  while (end < limit - start && old[old.length - 1 - end] === next[next.length - 1 - end]) end++;
  return { start, end };
}

const linesOf = (text: string): string[] => text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
const bare = (line: string): string => line.replace(/\r?\n$/, "");
