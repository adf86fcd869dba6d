import { textOf, type Block, type Message } from "../../src/shared/protocol/messages";
import type { ModelRequest, ModelStream, StreamEvent, Usage } from "../../src/shared/protocol/model";

export interface Answer {
  text?: string;
  calls?: { name: string; input: Record<string, unknown> }[];
  /** The call fails instead. */
  fails?: boolean;
}

export interface BilledModel {
  stream: ModelStream;
  /** Every request and what it was billed, in order. */
  bills: { request: ModelRequest; usage: Usage; summary: boolean }[];
}

export const isSummaryRequest = ({ messages }: ModelRequest): boolean =>
  textOf(messages.at(-1)?.content ?? []).startsWith("Stride needs room");

/** A model in the process that answers by a function and bills like a provider with a prefix cache. */
export function billedModel(answer: (request: ModelRequest) => Answer | Promise<Answer>): BilledModel {
  const bills: BilledModel["bills"] = [];
  const caches = new Map<string, string[][]>();
  let calls = 0;
  const stream: ModelStream = async function* (request): AsyncGenerator<StreamEvent> {
    const made = await answer(request);
    if (made.fails) return yield { type: "error", error: { kind: "unavailable", message: "scripted failure" } };
    const blocks: Block[] = [
      ...(made.text === undefined ? [] : [{ type: "text" as const, text: made.text }]),
      ...(made.calls ?? []).map(({ name, input }) => ({ type: "tool_use" as const, id: `call_${++calls}`, name, input })),
    ];
    const usage = bill(request, blocks, caches);
    bills.push({ request, usage, summary: isSummaryRequest(request) });
    yield { type: "message_start", model: request.model ?? "", provider: "scripted", usage };
    for (const [index, block] of blocks.entries()) {
      yield {
        type: "block_start",
        index,
        block: block.type === "tool_use" ? { type: "tool_use", id: block.id, name: block.name } : { type: "text" },
      };
      yield { type: "block_stop", index, block };
    }
    yield { type: "message_end", stopReason: made.calls?.length ? "tool_use" : "end_turn", usage };
  };
  return { stream, bills };
}

const price = { read: 0.1, write: 1.25, output: 5 };

/** In tokens of plain input. */
export const costOf = (usage: Usage): number =>
  usage.inputTokens +
  usage.cacheReadTokens * price.read +
  usage.cacheWriteTokens * price.write +
  usage.outputTokens * price.output;

const keys = new WeakMap<object, { key: string; tokens: number }>();

function keyOf(part: object): { key: string; tokens: number } {
  const known = keys.get(part);
  if (known) return known;
  const { id: _, ...shown } = part as { id?: string };
  const key = JSON.stringify(shown, (name, value: unknown) => (name === "origin" ? undefined : value));
  const made = { key, tokens: Math.ceil(key.length / 4) };
  keys.set(part, made);
  return made;
}

/** The longest beginning that an earlier request left in the cache is read, the rest is written. */
function bill(request: ModelRequest, reply: readonly Block[], caches: Map<string, string[][]>): Usage {
  const parts = [...request.tools, ...request.system, ...cleared(request)].map(keyOf);
  const cache = caches.get(request.model ?? "") ?? [];
  let read = 0;
  for (const earlier of cache) {
    let tokens = 0;
    for (let at = 0; at < parts.length && parts[at]!.key === earlier[at]; at++) tokens += parts[at]!.tokens;
    read = Math.max(read, tokens);
  }
  caches.set(request.model ?? "", [...cache.slice(-3), parts.map(({ key }) => key)]);
  const total = parts.reduce((sum, { tokens }) => sum + tokens, 0);
  const outputTokens = Math.max(1, Math.ceil(JSON.stringify(reply).length / 4));
  return { inputTokens: 0, cacheReadTokens: read, cacheWriteTokens: total - read, outputTokens };
}

/** What `clear_tool_uses` does on the provider's side, before it counts. */
function cleared({ messages, clearToolUses }: ModelRequest): readonly Message[] {
  if (!clearToolUses) return messages;
  const tokens = messages.reduce((sum, message) => sum + keyOf(message).tokens, 0);
  if (tokens < clearToolUses.triggerTokens) return messages;
  const results = messages.reduce(
    (sum, message) => sum + message.content.filter((block) => block.type === "tool_result").length,
    0,
  );
  // In steps, so that the cleared part stays the same for a while.
  let left = Math.floor((results - clearToolUses.keep) / 40) * 40;
  return messages.map((message) => {
    if (left <= 0 || !message.content.some((block) => block.type === "tool_result")) return message;
    const known = clearedMessages.get(message);
    left -= message.content.length;
    if (known) return known;
    const content = message.content.map((block) => (block.type === "tool_result" ? { ...block, content: [] } : block));
    const made = { ...message, content };
    clearedMessages.set(message, made);
    return made;
  });
}

const clearedMessages = new WeakMap<Message, Message>();
