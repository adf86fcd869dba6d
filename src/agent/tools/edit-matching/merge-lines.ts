import { diffArrays } from "diff";
import type { Reindent } from "./indentation";
import { lineKey } from "./line-index";

export interface Region {
  /** The lines of the file, as they stand there. */
  found: readonly string[];
  /** For each line of the old text the line of the region it is, or -1 for an empty line the file does not have. */
  aligned: readonly number[];
}

/** A line of the result; `from` when it is that line of the region. */
export interface MergedLine {
  text: string;
  from?: number;
}

/**
 * The region with only that changed which differs between the old and the new text: what the model did not quote
 * exactly stays as the file has it. Null when a line the model did not mention stands inside of what it changes.
 */
export function mergeLines(
  old: readonly string[],
  next: readonly string[],
  region: Region,
  reindent: Reindent,
): MergedLine[] | null {
  const parts = diffArrays([...old], [...next], { maxEditLength: 400 });
  if (!parts) return null;
  const result: MergedLine[] = [];
  let done = 0;
  let dropped: number[] = [];
  let inserted: MergedLine[] = [];
  const copy = (from: number, to: number): void => {
    for (let at = from; at < to; at++) result.push({ text: region.found[at]!, from: at });
  };
  const hasText = (from: number, to: number): boolean =>
    region.found.slice(from, to).some((text, at) => text.trim() && !dropped.includes(from + at));
  const flush = (upTo: number): boolean => {
    const first = dropped[0] ?? done;
    const last = (dropped.at(-1) ?? done - 1) + 1;
    if (hasText(first, last) || (!dropped.length && inserted.length && hasText(done, upTo))) return false;
    copy(done, first);
    result.push(...inserted);
    copy(last, upTo);
    done = upTo;
    dropped = [];
    inserted = [];
    return true;
  };
  let line = 0;
  for (const { added, removed, value } of parts) {
    for (const text of value) {
      if (added) {
        const indented = reindent(text);
        if (indented === null) return null;
        inserted.push({ text: indented });
        continue;
      }
      const found = region.aligned[line++]!;
      if (found < 0) continue;
      if (removed) dropped.push(found);
      else {
        if (!flush(found)) return null;
        copy(found, (done = found + 1));
      }
    }
  }
  return flush(region.found.length) ? result : null;
}

/** Lines a model leaves out of a quotation without meaning to delete them. */
export function isComment(line: string): boolean {
  const key = lineKey(line);
  if (/^(\/\/|\/\*|\*(?![=\w(])|<!--)/.test(key)) return true;
  return (
    /^#(\s|$)/.test(key) && !/^#\s*(include|define|undef|ifn?def|if|else|elif|endif|pragma|error|region|endregion)\b/.test(key)
  );
}
