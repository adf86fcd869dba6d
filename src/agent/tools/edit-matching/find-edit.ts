import { exactPlaces, lineEndFitted } from "./exact";
import { matchLines } from "./match-lines";
import { matchNormalised } from "./match-normalised";
import { candidateLines } from "./candidate-lines";
import { lineNumbers } from "./line-index";
import { nearestRegion } from "./nearest-region";
import { overBudget } from "./search-limits";

export interface EditRequest {
  old: string;
  next: string;
  all: boolean;
}

export interface Change {
  start: number;
  end: number;
  text: string;
}

export type Rung = "exact" | "normalised" | "lines";

export type EditMatch =
  | { ok: true; rung: Rung; changes: Change[] }
  | { ok: false; why: "missing" | "ambiguous" | "unclear" | "budget" | "same"; message: string };

/** What one rung of the ladder says; null hands on to the next one. */
export type RungAnswer = { ok: true; changes: Change[] } | { ok: false; why: "ambiguous" | "unclear"; message: string } | null;

/** What has begun when it is over is finished, so that all of it stays below 50. */
const budgetMs = 40;
/**
 * Where an edit belongs: exactly there, or there but for white space and look-alike characters, or nowhere.
 * A place is taken only when it is the only one; nothing is ever guessed from similarity.
 */
export function findEdit(text: string, request: EditRequest, now: () => number = () => performance.now()): EditMatch {
  if (request.old === request.next) return miss("same", "old_string and new_string are the same; nothing to change.");
  const places = exactPlaces(text, request.old);
  if (places.length === 1 || (places.length && request.all)) {
    const changes = places.map((start) => ({
      start,
      end: start + request.old.length,
      text: lineEndFitted(text, start, request),
    }));
    return { ok: true, rung: "exact", changes };
  }
  if (places.length) return miss("ambiguous", severalPlaces(text, places));
  const limits = { now, deadline: now() + budgetMs };
  try {
    const index = candidateLines(text, request.old, limits);
    const answers: [Rung, () => RungAnswer][] = [
      ["normalised", () => matchNormalised(index, request, limits)],
      ["lines", () => matchLines(index, request, limits)],
    ];
    for (const [rung, ask] of answers) {
      const answer = ask();
      if (answer?.ok) return { ...answer, rung };
      if (answer) return miss(answer.why, answer.message);
    }
    return miss("missing", nearestRegion(text, request.old, limits));
  } catch (error) {
    if (error !== overBudget) throw error;
    return miss(
      "budget",
      "old_string is not in the file as quoted, and the file is too large to look for something like it. Read the place again and quote it exactly.",
    );
  }
}

const miss = (why: Exclude<EditMatch, { ok: true }>["why"], message: string): EditMatch => ({ ok: false, why, message });

function severalPlaces(text: string, places: number[]): string {
  const lines = lineNumbers(text, places.slice(0, 8));
  const more = places.length > 8 ? ", …" : "";
  return `old_string occurs ${places.length} times (lines ${lines.join(", ")}${more}). Quote more lines around the one you mean, or set replace_all.`;
}
