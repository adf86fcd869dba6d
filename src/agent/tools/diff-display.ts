import type { ToolDisplay } from "../../shared/protocol/agent";
import { countChanges, shortDiff } from "./edit-matching/short-diff";

const context = 12;
const maxSide = 100_000;

/** What people see of a change: the part that differs with some lines around it, bounded. */
export function diffDisplay(path: string, before: string, after: string): Extract<ToolDisplay, { kind: "diff" }> {
  const { start, oldEnd, nextEnd } = differingLines(before, after);
  const [gone, come] = [before.slice(start, oldEnd), after.slice(start, nextEnd)];
  const counts =
    gone === "" || come === ""
      ? { added: countLines(come), removed: countLines(gone) }
      : countChanges(linesOf(gone), linesOf(come));
  const from = linesBack(before, start, context);
  const oldPart = before.slice(from, linesOn(before, oldEnd, context));
  const nextPart = after.slice(from, linesOn(after, nextEnd, context));
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

/** Where the first and after the last line that differs, without cutting either text into lines. */
function differingLines(before: string, after: string): { start: number; oldEnd: number; nextEnd: number } {
  const same = commonStart(before, after);
  const start = before === after ? same : before.lastIndexOf("\n", same - 1) + 1;
  let left = Math.min(before.length, after.length) - start;
  let size = chunk;
  let end = 0;
  while (end < left) {
    if (end + size <= left && tail(before, end, size) === tail(after, end, size)) end += size;
    else if (size === 1) break;
    else size = size === chunk ? 64 : 1;
  }
  left = before.length - end;
  const shift = after.length - before.length;
  const begins = (text: string, at: number): boolean => at === start || text[at - 1] === "\n";
  if (begins(before, left) && begins(after, left + shift)) return { start, oldEnd: left, nextEnd: left + shift };
  const next = before.indexOf("\n", left);
  const oldEnd = next < 0 ? before.length : next + 1;
  return { start, oldEnd, nextEnd: oldEnd + shift };
}

const chunk = 4096;
const tail = (text: string, end: number, size: number): string => text.slice(text.length - end - size, text.length - end);

function commonStart(one: string, other: string): number {
  const limit = Math.min(one.length, other.length);
  let at = 0;
  while (at + chunk <= limit && one.slice(at, at + chunk) === other.slice(at, at + chunk)) at += chunk;
  while (at < limit && one[at] === other[at]) at++;
  return at;
}

function linesBack(text: string, from: number, count: number): number {
  let at = from;
  for (let line = 0; line < count && at > 0; line++) at = at === 1 ? 0 : text.lastIndexOf("\n", at - 2) + 1;
  return at;
}

function linesOn(text: string, from: number, count: number): number {
  let at = from;
  for (let line = 0; line < count && at < text.length; line++) at = text.indexOf("\n", at) + 1 || text.length;
  return Math.min(at, text.length);
}

function differing(old: string[], next: string[]): { start: number; end: number } {
  const limit = Math.min(old.length, next.length);
  let start = 0;
  while (start < limit && old[start] === next[start]) start++;
  let end = 0;
  while (end < limit - start && old[old.length - 1 - end] === next[next.length - 1 - end]) end++;
  return { start, end };
}

/** Cut by V8 itself: of a long text that is far quicker than a loop, as long as the loop is new to it. */
const countLines = (text: string): number => text.split("\n").length - (text === "" || text.endsWith("\n") ? 1 : 0);

const linesOf = (text: string): string[] => text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
const bare = (line: string): string => line.replace(/\r?\n$/, "");
