import type { ContentBlockParam, ToolUnion } from "@anthropic-ai/sdk/resources/messages/messages";
import type { Block, Message, ResultContent } from "../../shared/protocol/messages";
import type { ModelRequest } from "../../shared/protocol/model";
import { wellFormed } from "../tool-input";
import { wireId, wireName } from "./wire-names";

/** The provider allows four; at most two go to the system sections, the rest to the conversation. */
const breakpoints = 4;
const systemBreakpoints = 2;
const cacheMark = `,"cache_control":{"type":"ephemeral"}}`;
const defaultMaxTokens = 16_000;

/**
 * The body in pieces. Messages never change once they are in the history, so each is serialised once;
 * a later request repeats the same bytes, but for the cache marks, which move with the end.
 */
export function anthropicBody(request: ModelRequest, model: string): (string | Buffer)[] {
  const maxTokens = Math.min(request.maxTokens ?? defaultMaxTokens, outputLimit(model));
  const head = { model, max_tokens: maxTokens, stream: true, ...thinking(request, model, maxTokens), ...metadata(request) };
  return bodyOf(head, request);
}

/** What the provider is asked to count: the same request without what only says how to answer it. */
export function anthropicCountBody(request: ModelRequest, model: string): (string | Buffer)[] {
  const maxTokens = Math.min(request.maxTokens ?? defaultMaxTokens, outputLimit(model));
  return bodyOf({ model, ...thinking(request, model, maxTokens) }, request);
}

function bodyOf(head: object, request: ModelRequest): (string | Buffer)[] {
  return [
    JSON.stringify(head).slice(0, -1),
    ...(request.tools.length === 0 ? [] : [`,"tools":`, toolsJson(request)]),
    ...(request.system.length === 0 ? [] : [`,"system":`, systemJson(request.system)]),
    ...contextEditing(request),
    `,"messages":[`,
    ...messagesJson(request),
    "]}",
  ];
}

export function anthropicBetas(request: ModelRequest): string[] {
  return request.clearToolUses ? ["context-management-2025-06-27"] : [];
}

function systemJson(sections: ModelRequest["system"]): string {
  const wanted = sections
    .flatMap((section, index) => (section.cache && section.text !== "" ? [index] : []))
    .slice(-systemBreakpoints);
  const blocks = sections.flatMap((section, index) => {
    if (section.text === "") return [];
    const json = JSON.stringify({ type: "text", text: wellFormed(section.text) });
    return [wanted.includes(index) ? marked(json) : json];
  });
  return `[${blocks.join(",")}]`;
}

function toolsJson(request: ModelRequest): string {
  const tools = request.tools.map((tool) =>
    JSON.stringify({ name: tool.name, description: tool.description, input_schema: tool.inputSchema } as ToolUnion),
  );
  // A breakpoint in the system sections covers the tools before them.
  if (!request.system.some((section) => section.cache)) tools.push(marked(tools.pop() ?? "{}"));
  return `[${tools.join(",")}]`;
}

interface WireMessage {
  role: Message["role"];
  blocks: string[];
  /** The only message in it. */
  single: Message | null;
  /** Worth a breakpoint of its own. */
  marked: boolean;
}

function messagesJson({ messages, system, cacheAt = [] }: ModelRequest): (string | Buffer)[] {
  const wire: WireMessage[] = [];
  for (const message of messages) {
    const blocks = blocksJson(message);
    if (blocks.length === 0) continue;
    const last = wire.at(-1);
    const marked = cacheAt.includes(message.id);
    // The provider wants the roles in turn; a user message may follow another one here (steering, attachments).
    if (last?.role === message.role) {
      last.blocks = resultsFirst([...last.blocks, ...blocks]);
      last.single = null;
    } else wire.push({ role: message.role, blocks, single: message, marked });
  }
  // The end first, then what was asked for, then where the request before ended.
  const before = wire.findLastIndex((one, at) => one.role === "user" && at < wire.length - 1);
  const asked = wire.flatMap((one, at) => (one.marked ? [at] : []));
  const left = breakpoints - Math.min(systemBreakpoints, Math.max(1, system.filter(({ cache }) => cache).length));
  const marks = new Set([wire.length - 1, ...asked.slice(-(breakpoints - 2)), before].slice(0, left));
  return wire.map(({ role, blocks, single }, at) => {
    const bytes =
      single && !marks.has(at) ? bytesOf(single, blocks) : `,${wireJson(role, marks.has(at) ? markLast(blocks) : blocks)}`;
    return at > 0 ? bytes : typeof bytes === "string" ? bytes.slice(1) : bytes.subarray(1);
  });
}

const wireJson = (role: string, blocks: readonly string[]): string => `{"role":"${role}","content":[${blocks.join(",")}]}`;

/** With the comma before it; encoded once, because a long history is sent again with every request. */
const encoded = new WeakMap<Message, Buffer>();

function bytesOf(message: Message, blocks: readonly string[]): Buffer {
  let bytes = encoded.get(message);
  if (!bytes) encoded.set(message, (bytes = Buffer.from(`,${wireJson(message.role, blocks)}`)));
  return bytes;
}

const serialised = new WeakMap<Message, string[]>();

function blocksJson(message: Message): string[] {
  const known = serialised.get(message);
  if (known) return known;
  const blocks = resultsFirst(
    withoutLastThoughts(message.content).flatMap((block) => {
      const wire = wireBlock(block);
      return wire === null ? [] : [JSON.stringify(wire)];
    }),
  );
  serialised.set(message, blocks);
  return blocks;
}

/** The provider refuses a message that ends in thinking: a reply that was cut there or held nothing else. */
function withoutLastThoughts(content: readonly Block[]): readonly Block[] {
  const last = content.findLastIndex(({ type }) => type !== "thinking" && type !== "redacted_thinking");
  return last === content.length - 1 ? content : content.slice(0, last + 1);
}

/** Results must come before anything else in their message. */
function resultsFirst(blocks: string[]): string[] {
  const isResult = (json: string): boolean => json.startsWith(`{"type":"tool_result"`);
  const results = blocks.filter(isResult);
  return results.length === 0 ? blocks : [...results, ...blocks.filter((json) => !isResult(json))];
}

function markLast(blocks: string[]): string[] {
  const at = blocks.findLastIndex(
    (json) => !json.startsWith(`{"type":"thinking"`) && !json.startsWith(`{"type":"redacted_thinking"`),
  );
  return blocks.map((json, index) => (index === at ? marked(json) : json));
}

const marked = (json: string): string => json.slice(0, -1) + cacheMark;

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

/** Models up to 4.5 take a budget, later ones decide themselves. */
function thinking(request: ModelRequest, model: string, maxTokens: number): object {
  if (!request.thinkingTokens) return {};
  if (!takesThinkingBudget(model)) return { thinking: { type: "adaptive" } };
  const budget = Math.min(request.thinkingTokens, maxTokens - 1_024);
  return budget < 1_024 ? {} : { thinking: { type: "enabled", budget_tokens: budget } };
}

const takesThinkingBudget = (model: string): boolean => /claude-(3-7|(opus|sonnet|haiku)-4(-[015])?(-20\d{6}|@|$))/.test(model);

const outputLimit = (model: string): number =>
  /claude-3-(opus|haiku)/.test(model)
    ? 4_096
    : /claude-3-5/.test(model)
      ? 8_192
      : /claude-opus-4(-[01])?(-20|@|$)/.test(model)
        ? 32_000
        : 64_000;

const metadata = (request: ModelRequest): object => (request.sessionId ? { metadata: { user_id: request.sessionId } } : {});

function contextEditing(request: ModelRequest): string[] {
  const clear = request.clearToolUses;
  if (!clear) return [];
  const edit = {
    type: "clear_tool_uses_20250919",
    trigger: { type: "input_tokens", value: clear.triggerTokens },
    keep: { type: "tool_uses", value: clear.keep },
    ...(clear.clearAtLeastTokens === undefined
      ? {}
      : { clear_at_least: { type: "input_tokens", value: clear.clearAtLeastTokens } }),
  };
  return [`,"context_management":`, JSON.stringify({ edits: [edit] })];
}
