import { textOf } from "../../src/shared/protocol/messages";
import type { Item } from "./items";

/** A message or call the person pinned, and what it is called in a list; null: its row was never here. */
export interface KeptPlace {
  target: string;
  label: string | null;
  /** Let go again: remembered, so that an earlier page does not bring it back. */
  kept: boolean;
}

export function changeKept(
  places: readonly KeptPlace[],
  items: readonly Item[],
  { target, kept }: Pick<KeptPlace, "target" | "kept">,
): readonly KeptPlace[] {
  const label = labelOf(items, target) ?? places.find((place) => place.target === target)?.label ?? null;
  return [...places.filter((place) => place.target !== target), { target, label, kept }];
}

/** Pinned before what is loaded here. */
export const keptPlaces = (targets: readonly string[], items: readonly Item[]): readonly KeptPlace[] =>
  targets.map((target) => ({ target, label: labelOf(items, target) ?? null, kept: true }));

/** What later events say of a place counts. */
export const laterKept = (earlier: readonly KeptPlace[], later: readonly KeptPlace[]): readonly KeptPlace[] => [
  ...earlier.filter(({ target }) => !later.some((place) => place.target === target)),
  ...later,
];

function labelOf(items: readonly Item[], target: string): string | undefined {
  const item = items.findLast((one) => keepTarget(one) === target);
  if (item?.kind === "tool") return item.title;
  const text = item?.kind === "user" ? textOf(item.content) : item?.kind === "text" ? item.text : "";
  return text.trim().split("\n", 1)[0]?.slice(0, 160) || undefined;
}

/** What a row is kept by; undefined: there is nothing of it in the log, or nothing the model sees. */
export const keepTarget = (item: Item): string | undefined =>
  item.kind === "user"
    ? item.seq > 0
      ? item.id
      : undefined
    : item.kind === "text"
      ? item.message
      : item.kind === "tool" && item.result.length > 0
        ? item.id
        : undefined;
