import type { AgentEvent, ContextReduction } from "../../src/shared/protocol/agent";
import { textOf } from "../../src/shared/protocol/messages";
import type { CompactionItem, Item } from "./items";
import type { Draft } from "./reduce";

type Replaced = Extract<ContextReduction, { kind: "collapsed" | "summarised" }>;

const mostPrompts = 30;

/** What the model no longer sees, and what it sees instead, as one row that can be opened and taken back. */
export function compact(
  draft: Draft,
  event: Extract<AgentEvent, { type: "context_reduced" }>,
  detail: Replaced,
  seq: number,
): void {
  const gone = goneItems(draft.items, detail);
  const prompts = gone.flatMap((item) => (item.kind === "user" ? [{ id: item.id, text: firstLine(textOf(item.content)) }] : []));
  draft.items.push({
    kind: "compaction",
    id: detail.id,
    seq,
    how: detail.kind,
    freed: event.freedTokens,
    rows: gone.filter(({ kind }) => kind !== "mark" && kind !== "footer").length,
    prompts: prompts.slice(0, mostPrompts),
    morePrompts: Math.max(0, prompts.length - mostPrompts),
    stays:
      detail.kind === "summarised"
        ? textOf(detail.summary.content)
        : detail.view.map(({ content }) => textOf(content)).join("\n\n"),
    files: detail.kind === "summarised" ? detail.restored.length : 0,
    state: "newest",
  });
  settleNewest(draft);
}

export function restore(draft: Draft, id: string): void {
  const i = draft.items.findLastIndex((item) => item.kind === "compaction" && item.id === id);
  const item = draft.items[i];
  if (item?.kind === "compaction") draft.items[i] = { ...item, state: "undone" };
  settleNewest(draft);
}

/** Only the newest view can be taken back: the ones before it are part of what it replaced. */
function settleNewest(draft: Draft): void {
  let isNewest = true;
  for (let i = draft.items.length - 1; i >= 0; i--) {
    const item = draft.items[i];
    if (item?.kind !== "compaction" || item.state === "undone") continue;
    const state: CompactionItem["state"] = isNewest ? "newest" : "older";
    if (item.state !== state) draft.items[i] = { ...item, state };
    isNewest = false;
  }
}

function goneItems(items: readonly Item[], detail: Replaced): readonly Item[] {
  if (detail.kind === "collapsed") {
    const ids = new Set(detail.messages);
    return items.filter((item) => ids.has(messageOf(item) ?? ""));
  }
  const last = items.findLastIndex((item) => messageOf(item) === detail.upTo);
  const end = last >= 0 ? last + 1 : items.findLastIndex(({ kind }) => kind === "user");
  return items.slice(0, Math.max(0, end));
}

const messageOf = (item: Item): string | undefined =>
  item.kind === "user" ? item.id : item.kind === "text" || item.kind === "tool" ? item.message : undefined;

const firstLine = (text: string): string => text.trim().split("\n", 1)[0]?.slice(0, 160) ?? "";
