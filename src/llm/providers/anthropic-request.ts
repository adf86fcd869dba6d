import type { ToolUnion } from "@anthropic-ai/sdk/resources/messages/messages";
import type { ModelRequest } from "../../shared/protocol/model";
import { wellFormed } from "../tool-input";
import { marked, wireMessages } from "./anthropic-messages";

/** The provider allows four; at most two go to the system sections, the rest to the conversation. */
const breakpoints = 4;
const systemBreakpoints = 2;
const defaultMaxTokens = 16_000;

/** The body in pieces: what a request repeats of the one before, which is nearly all of it, is not made again. */
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
  const { tools, system, messages, cacheAt = [] } = request;
  const sections = system.filter(({ cache }) => cache).length;
  return [
    JSON.stringify(head).slice(0, -1),
    ...(tools.length === 0 ? [] : [`,"tools":`, toolsJson(tools, sections === 0)]),
    ...(system.length === 0 ? [] : [`,"system":`, systemJson(system)]),
    ...contextEditing(request),
    `,"messages":[`,
    // A breakpoint in the system sections covers the tools before them.
    ...wireMessages(messages, cacheAt, breakpoints - Math.min(systemBreakpoints, Math.max(1, sections))),
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

/** A conversation's tools stay the same list until one is loaded. */
const encodedTools = {
  plain: new WeakMap<ModelRequest["tools"], Buffer>(),
  marked: new WeakMap<ModelRequest["tools"], Buffer>(),
};

function toolsJson(tools: ModelRequest["tools"], isMarked: boolean): Buffer {
  const known = isMarked ? encodedTools.marked : encodedTools.plain;
  let bytes = known.get(tools);
  if (!bytes) {
    const specs = tools.map(({ name, description, inputSchema }) =>
      JSON.stringify({ name, description, input_schema: inputSchema } as ToolUnion),
    );
    if (isMarked) specs.push(marked(specs.pop() ?? "{}"));
    known.set(tools, (bytes = Buffer.from(`[${specs.join(",")}]`)));
  }
  return bytes;
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
