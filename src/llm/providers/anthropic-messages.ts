import type { ContentBlockParam } from "@anthropic-ai/sdk/resources/messages/messages";
import type { Block, Message, ResultContent } from "../../shared/protocol/messages";
import { wellFormed } from "../tool-input";
import { wireId, wireName } from "./wire-names";

const cacheMark = `,"cache_control":{"type":"ephemeral"}`;

/** A block of JSON with a cache breakpoint at its end. */
export const marked = (json: string): string => `${json.slice(0, -1)}${cacheMark}}`;

/**
 * The messages of a request, encoded, with at most `most` breakpoints: the end first, then what was asked for, then
 * where the request before ended. A long conversation is sent again with every request: what was encoded once
 * is only pointed at.
 */
export function wireMessages(messages: readonly Message[], cacheAt: readonly string[], most: number): (string | Buffer)[] {
  const [first] = messages;
  if (!first) return [];
  let history = histories.get(first);
  if (!history) histories.set(first, (history = new WireHistory()));
  return history.pieces(messages, cacheAt, most);
}

const histories = new WeakMap<Message, WireHistory>();

/** Neighbours of one role: the provider wants the roles in turn, and two may follow each other here (steering, attachments). */
interface Group {
  role: Message["role"];
  /** Index and id of its first message. */
  from: number;
  id: string;
  blocks: string[];
}

/** A group that cannot grow any more: its bytes end at `end`, with a comma before them. */
interface Settled extends Omit<Group, "blocks"> {
  /** Index of the first message behind it. */
  to: number;
  end: number;
}

/** Behind the place for a breakpoint: the end of the last block, of the list, of the group. */
const closing = "}]}";

/** Bytes are only ever added behind those that are there: a request on its way to the wire keeps what it points at. */
class WireHistory {
  /** The messages of the settled groups. */
  #known: readonly Message[] = [];
  #settled: Settled[] = [];
  #bytes = Buffer.allocUnsafe(16_384);

  pieces(messages: readonly Message[], cacheAt: readonly string[], most: number): (string | Buffer)[] {
    const last = this.#follow(messages);
    if (!last) return [];
    const pieces: (string | Buffer)[] = [];
    let from = 1;
    for (const { end } of this.#breakpoints(cacheAt, most - 1)) {
      pieces.push(this.#bytes.subarray(from, end - closing.length), cacheMark);
      from = end - closing.length;
    }
    if (this.#length > 0) pieces.push(this.#bytes.subarray(from, this.#length), ",");
    return [...pieces, opened(last), cacheMark, closing];
  }

  /** Takes up what is new; returns the last group, which may still grow. */
  #follow(messages: readonly Message[]): Group | undefined {
    let same = 0;
    while (same < this.#known.length && this.#known[same] === messages[same]) same++;
    if (same < this.#known.length) this.#forget(same);
    let open: Group | undefined;
    for (let at = this.#known.length; at < messages.length; at++) {
      const { id, role, content } = messages[at]!;
      const blocks = wireBlocks(content);
      if (blocks.length === 0) continue;
      if (open?.role === role) open.blocks = resultsFirst([...open.blocks, ...blocks]);
      else {
        if (open) this.#settle(open, at);
        else if (this.#settled.at(-1)?.role === role) return this.#reopen(messages);
        open = { role, from: at, id, blocks };
      }
    }
    if (!open && this.#settled.length > 0) return this.#reopen(messages);
    this.#known = messages.slice(0, open?.from ?? 0);
    return open;
  }

  /** What followed the last settled group is gone. */
  #reopen(messages: readonly Message[]): Group | undefined {
    this.#forget(this.#known.length);
    return this.#follow(messages);
  }

  /** All that ends behind this message, and one group more, for that may grow now. */
  #forget(message: number): void {
    const last = this.#settled.findLastIndex(({ to }) => to <= message);
    this.#settled = this.#settled.slice(0, Math.max(0, last));
    this.#known = this.#known.slice(0, this.#settled.at(-1)?.to ?? 0);
    this.#bytes = Buffer.from(this.#bytes.subarray(0, this.#length));
  }

  #settle({ role, from, id, blocks }: Group, to: number): void {
    const bytes = Buffer.from(`,${opened({ role, blocks })}${closing}`);
    const end = this.#length + bytes.length;
    if (end > this.#bytes.length) {
      const larger = Buffer.allocUnsafe(end * 2);
      this.#bytes.copy(larger, 0, 0, this.#length);
      this.#bytes = larger;
    }
    this.#bytes.set(bytes, this.#length);
    this.#settled.push({ role, from, id, to, end });
  }

  get #length(): number {
    return this.#settled.at(-1)?.end ?? 0;
  }

  /** In their order. The last group, which has the first claim, is not among the settled ones. */
  #breakpoints(cacheAt: readonly string[], most: number): Settled[] {
    const asked = cacheAt.length === 0 ? [] : this.#settled.filter(({ id }) => cacheAt.includes(id)).slice(-2);
    const before = this.#settled.findLast(({ role }) => role === "user");
    const wanted = new Set([...asked, ...(before ? [before] : [])].slice(0, most));
    return [...wanted].sort((a, b) => a.end - b.end);
  }
}

/** Up to where a breakpoint would stand. */
const opened = ({ role, blocks }: Pick<Group, "role" | "blocks">): string =>
  `{"role":"${role}","content":[${blocks.join(",")}`.slice(0, -1);

function wireBlocks(content: readonly Block[]): string[] {
  const blocks = content.flatMap((block) => {
    const wire = wireBlock(block);
    return wire === null ? [] : [JSON.stringify(wire)];
  });
  // The provider refuses a message that ends in thinking: a reply that was cut there or held nothing else.
  return resultsFirst(blocks.slice(0, blocks.findLastIndex((json) => !isThinking(json)) + 1));
}

const isThinking = (json: string): boolean => /^{"type":"(?:redacted_)?thinking"/.test(json);

/** Results must come before anything else in their message. */
function resultsFirst(blocks: string[]): string[] {
  const isResult = (json: string): boolean => json.startsWith(`{"type":"tool_result"`);
  const results = blocks.filter(isResult);
  return results.length === 0 ? blocks : [...results, ...blocks.filter((json) => !isResult(json))];
}

function wireBlock(block: Block): ContentBlockParam | null {
  switch (block.type) {
    case "tool_result":
      return {
        type: "tool_result",
        tool_use_id: wireId(block.toolUseId),
        content: block.content.flatMap((part) => resultPart(part)),
        ...(block.isError ? { is_error: true } : {}),
      };
    case "tool_use":
      return { type: "tool_use", id: wireId(block.id), name: wireName(block.name), input: block.input };
    case "thinking":
      // Without its signature it would be refused; what the model thought then is lost, not the conversation.
      return block.signature === "" ? null : { type: "thinking", thinking: block.thinking, signature: block.signature };
    case "redacted_thinking":
      return { type: "redacted_thinking", data: block.data };
    case "opaque":
      return block.provider === "anthropic" ? unmarked(block.raw as ContentBlockParam) : null;
    default:
      return resultPart(block)[0] ?? null;
  }
}

/** Marks are ours to set, and only four of them. */
const unmarked = (raw: ContentBlockParam): ContentBlockParam =>
  ({ ...raw, cache_control: undefined }) as unknown as ContentBlockParam;

type WirePart = Extract<ContentBlockParam, { type: "text" | "image" | "document" }>;

function resultPart(part: ResultContent): WirePart[] {
  switch (part.type) {
    case "text":
      return part.text.trim() === "" ? [] : [{ type: "text", text: wellFormed(part.text) }];
    case "image":
      return [{ type: "image", source: { type: "base64", media_type: part.mediaType as "image/png", data: part.data } }];
    case "document":
      return [
        {
          type: "document",
          source: { type: "base64", media_type: part.mediaType, data: part.data },
          ...(part.title === undefined ? {} : { title: part.title }),
        },
      ];
  }
}
