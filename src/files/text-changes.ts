import { diffArrays } from "diff";
import type { TextChange } from "../shared/protocol/host";

/**
 * The pieces that differ, so that an open buffer keeps cursors, folds and the user's own text everywhere else.
 * Applying them to `before` gives exactly `after`.
 */
export function textChanges(before: string, after: string): TextChange[] {
  if (before === after) return [];
  const start = commonPrefix(before, after);
  const same = commonSuffix(before, after, start);
  const middle = lineChanges(before.slice(start, before.length - same), after.slice(start, after.length - same));
  return middle.map((change) => ({ start: change.start + start, end: change.end + start, text: change.text }));
}

export function applyTextChanges(text: string, changes: readonly TextChange[]): string {
  let result = "";
  let at = 0;
  for (const change of [...changes].sort((a, b) => a.start - b.start)) {
    result += text.slice(at, change.start) + change.text;
    at = change.end;
  }
  return result + text.slice(at);
}

function lineChanges(before: string, after: string): TextChange[] {
  const whole = [{ start: 0, end: before.length, text: after }];
  if (!before || !after || (!before.includes("\n") && !after.includes("\n"))) return whole;
  const parts = diffArrays(linesWithEnds(before), linesWithEnds(after), { maxEditLength: 400, timeout: 50 });
  if (!parts) return whole;
  const changes: TextChange[] = [];
  let at = 0;
  let open: TextChange | undefined;
  for (const part of parts) {
    const text = part.value.join("");
    if (!part.added && !part.removed) {
      at += text.length;
      open = undefined;
      continue;
    }
    if (!open) changes.push((open = { start: at, end: at, text: "" }));
    if (part.added) open.text += text;
    else open.end = at += text.length;
  }
  return changes;
}

const linesWithEnds = (text: string): string[] => text.match(/[^\n]*\n|[^\n]+$/g) ?? [];

/** Never between the halves of a surrogate pair or of a CRLF: an editor would move the cut. */
function commonPrefix(a: string, b: string): number {
  const limit = Math.min(a.length, b.length);
  let at = 0;
  while (at < limit && a.charCodeAt(at) === b.charCodeAt(at)) at++;
  while (at > 0 && splitsCharacter(a.charCodeAt(at - 1))) at--;
  return at;
}

function commonSuffix(a: string, b: string, prefix: number): number {
  const limit = Math.min(a.length, b.length) - prefix;
  let same = 0;
  while (same < limit && a.charCodeAt(a.length - 1 - same) === b.charCodeAt(b.length - 1 - same)) same++;
  while (same > 0 && startsMidCharacter(a.charCodeAt(a.length - same))) same--;
  return same;
}

const splitsCharacter = (last: number): boolean => last === 13 || (last >= 0xd800 && last <= 0xdbff);
const startsMidCharacter = (first: number): boolean => first === 10 || (first >= 0xdc00 && first <= 0xdfff);
