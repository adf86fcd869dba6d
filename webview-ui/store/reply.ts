import type { AgentEvent } from "../../src/shared/protocol/agent";
import type { Block } from "../../src/shared/protocol/messages";
import { unreachable } from "../../src/shared/errors";
import { findItem, newTool, type Item } from "./items";
import { mark, type Draft } from "./reduce";

type ReplyEvent = Extract<
  AgentEvent,
  { type: "delta" | "assistant_message" | "reply_discarded" | "request_started" | "request_waiting" }
>;

/** What the model says, from the first delta to the message that settles it. */
export function changeReply(draft: Draft, event: ReplyEvent, seq: number, at: number): void {
  draft.quietSince = at;
  switch (event.type) {
    case "request_started":
      draft.running = true;
      draft.phase = "waiting";
      draft.waiting = null;
      return;
    case "request_waiting":
      draft.waiting = {
        why: event.why,
        attempt: event.attempt,
        since: at,
        until: at + event.waitMs,
        error: event.error ?? null,
      };
      return;
    case "delta":
      draft.waiting = null;
      return addDelta(draft, event, at);
    case "assistant_message":
      draft.waiting = null;
      return settle(draft, event, seq, at);
    case "reply_discarded":
      draft.items = draft.items.filter((item) => !belongsTo(item, event.request));
      // What follows says whether it is asked for again; a refusal that showed nothing stands in the footer alone.
      if (event.error.partial) mark(draft, seq, "debug-disconnect", "The answer broke off", event.error.message);
      return;
    default:
      unreachable(event);
  }
}

function addDelta(draft: Draft, event: Extract<AgentEvent, { type: "delta" }>, at: number): void {
  const { request, kind, text } = event;
  if (kind === "tool_input") {
    draft.phase = "tools";
    if (!event.tool) return;
    const i = findItem(draft.items, "tool", event.tool.id);
    const item = draft.items[i];
    if (item?.kind === "tool") draft.items[i] = { ...item, inputText: item.inputText + text };
    else draft.items.push(newTool({ ...event.tool, seq: 0, request, state: "writing", inputText: text, startedAt: at }));
    return;
  }
  draft.phase = kind === "text" ? "answering" : "thinking";
  const id = partId(request, event.block);
  const i = findItem(draft.items, kind, id);
  const item = draft.items[i];
  if (item?.kind === "text" || item?.kind === "thinking") draft.items[i] = { ...item, text: item.text + text };
  else {
    closeThinking(draft, request, at);
    draft.items.push(
      kind === "text"
        ? { kind, id, seq: 0, request, text, open: true }
        : { kind, id, seq: 0, request, text, open: true, startedAt: at, ms: null },
    );
  }
}

/** Thinking is over when something else begins: its summary line can say how long it took. */
function closeThinking(draft: Draft, request: string, at: number): void {
  const i = draft.items.length - 1;
  const last = draft.items[i];
  if (last?.kind === "thinking" && last.request === request && last.open)
    draft.items[i] = { ...last, open: false, ms: at - last.startedAt };
}

/** The message is the truth: what was streamed is replaced in place, in the order of its blocks. */
function settle(draft: Draft, event: Extract<AgentEvent, { type: "assistant_message" }>, seq: number, at: number): void {
  const { request, message } = event;
  const calls = new Set(message.content.flatMap((block) => (block.type === "tool_use" ? [block.id] : [])));
  const mine = (item: Item): boolean => belongsTo(item, request) || (item.kind === "tool" && calls.has(item.id));
  const from = firstOf(draft.items, mine);
  const tail = draft.items.slice(from);
  const old = new Map(tail.filter(mine).map((item) => [item.id, item]));
  const settled = message.content.flatMap((block, n) =>
    settledItem(block, old, partId(request, n), { request, seq, at, message: message.id }),
  );
  draft.items.length = from;
  draft.items.push(...settled, ...tail.filter((item) => !mine(item)));
  if (calls.size > 0) draft.phase = "tools";
}

/** Where the reply begins: calls may have started, and other rows may stand, before it was whole. */
function firstOf(items: readonly Item[], mine: (item: Item) => boolean): number {
  let from = items.length;
  for (let i = items.length - 1; i >= 0; i--) {
    const item = items[i]!;
    if (mine(item)) from = i;
    else if (item.kind === "user" || item.kind === "footer") break;
  }
  return from;
}

function settledItem(
  block: Block,
  old: ReadonlyMap<string, Item>,
  id: string,
  { request, seq, at, message }: { request: string; seq: number; at: number; message: string },
): Item[] {
  const before = old.get(block.type === "tool_use" ? block.id : id);
  if (block.type === "text") {
    return block.text.trim() === "" ? [] : [{ kind: "text", id, seq, request, text: block.text, open: false, message }];
  }
  if (block.type === "thinking") {
    if (block.thinking.trim() === "") return [];
    const streamed = before?.kind === "thinking" ? before : null;
    const ms = streamed ? (streamed.ms ?? at - streamed.startedAt) : null;
    return [{ kind: "thinking", id, seq, request, text: block.thinking, open: false, startedAt: streamed?.startedAt ?? at, ms }];
  }
  if (block.type === "tool_use") {
    const tool = before?.kind === "tool" ? before : newTool({ id: block.id, seq, name: block.name });
    return [
      {
        ...tool,
        seq,
        request,
        message,
        input: block.input,
        inputText: "",
        state: tool.state === "writing" ? "waiting" : tool.state,
      },
    ];
  }
  return [];
}

const belongsTo = (item: Item, request: string): boolean =>
  (item.kind === "text" || item.kind === "thinking" || item.kind === "tool") && item.request === request;

const partId = (request: string, block: number): string => `${request}:${block}`;
