import { findEdit, type Change, type EditRequest, type Rung } from "./find-edit";

export type Applied =
  | { ok: true; text: string; rungs: Rung[]; places: number }
  /** Which of them did not fit; nothing was applied. */
  | { ok: false; at: number; message: string };

/** Each edit sees what the ones before it made; all of them or none. */
export function applyEdits(text: string, edits: readonly EditRequest[]): Applied {
  const rungs: Rung[] = [];
  let places = 0;
  for (const [at, edit] of edits.entries()) {
    const match = findEdit(text, edit);
    if (!match.ok) return { ok: false, at, message: match.message };
    rungs.push(match.rung);
    places += match.changes.length;
    text = changed(text, match.changes);
  }
  return { ok: true, text, rungs, places };
}

/** `changes` in the order of the text. */
export function changed(text: string, changes: readonly Change[]): string {
  const parts: string[] = [];
  let at = 0;
  for (const { start, end, text: next } of changes) {
    parts.push(text.slice(at, start), next);
    at = end;
  }
  parts.push(text.slice(at));
  return parts.join("");
}
