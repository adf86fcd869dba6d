import { lineEndNear, withLineEnds } from "./line-index";

export function exactPlaces(text: string, old: string): number[] {
  const places: number[] = [];
  if (old) for (let at = text.indexOf(old); at >= 0; at = text.indexOf(old, at + old.length)) places.push(at);
  return places;
}

/** New lines end as those around them do; a quotation that holds line ends itself says which ones are meant. */
export function lineEndFitted(text: string, at: number, { old, next }: { old: string; next: string }): string {
  if (!/[\r\n]/.test(next) || /\r/.test(next)) return next;
  const end = /\r\n|\n|\r/.exec(old)?.[0] ?? lineEndNear(text, at);
  return end === "\n" ? next : withLineEnds(next, end);
}
