import { createHash } from "node:crypto";
import type { Reply, WireUsage } from "./reply.ts";

/** Fewer tokens than this are never cached, as with real providers. */
const CACHE_MINIMUM = 1024;

export const tokensOf = (text: string): number => Math.ceil(text.length / 4);

/**
 * Bills like a provider: the prefix up to a cache breakpoint is remembered, the longest remembered prefix of a
 * request is read from the cache, what follows up to its last breakpoint is written, the rest is plain input.
 */
export class Bill {
  readonly #written = new Set<string>();

  charge(body: unknown, reply: Reply): WireUsage {
    const blocks = blocksOf(body);
    const hash = createHash("sha256");
    const prefixes = blocks.map(({ text }) => hash.update(text).copy().digest("base64"));
    const ends = blocks.map(sum());
    const last = blocks.findLastIndex(({ breakpoint }) => breakpoint);
    const cached = (ends[last] ?? 0) >= CACHE_MINIMUM ? last : -1;
    const hit = prefixes.findLastIndex((prefix, i) => i <= cached && this.#written.has(prefix));
    const read = ends[hit] ?? 0;
    const upTo = ends[cached] ?? 0;
    blocks.forEach(({ breakpoint }, i) => breakpoint && i <= cached && this.#written.add(prefixes[i]!));
    return {
      input_tokens: (ends.at(-1) ?? 0) - upTo,
      cache_read_input_tokens: read,
      cache_creation_input_tokens: upTo - read,
      output_tokens: outputTokens(reply),
      ...reply.usage,
    };
  }
}

/** Small round figures, for tests that look at something else. */
export const plainUsage = (reply: Reply): WireUsage => ({
  input_tokens: 10,
  cache_read_input_tokens: 0,
  cache_creation_input_tokens: 0,
  output_tokens: outputTokens(reply),
  ...reply.usage,
});

export const requestTokens = (body: unknown): number => blocksOf(body).reduce((total, { text }) => total + tokensOf(text), 0);

const outputTokens = ({ parts }: Reply): number =>
  Math.max(1, tokensOf(parts.map((part) => (part.kind === "text" ? part.text : JSON.stringify(part))).join("")));

const sum = () => {
  let total = 0;
  return ({ text }: { text: string }) => (total += tokensOf(text));
};

/** In the order a provider builds its prompt: tools, system, messages. */
function blocksOf(body: unknown): { text: string; breakpoint: boolean }[] {
  const {
    tools = [],
    system = [],
    messages = [],
  } = (body ?? {}) as { tools?: unknown[]; system?: unknown; messages?: { role: string; content: unknown }[] };
  const list = (content: unknown): unknown[] => (Array.isArray(content) ? content : [content]);
  const all = [
    ...tools,
    ...list(system),
    ...messages.flatMap(({ role, content }) => list(content).map((block) => ({ role, block }))),
  ];
  return all.map((block) => {
    let breakpoint = false;
    const text = JSON.stringify(block, (key, value: unknown) => {
      if (key !== "cache_control") return value;
      breakpoint = true;
      return undefined;
    });
    return { text: text ?? "", breakpoint };
  });
}
