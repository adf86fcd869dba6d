import type { Message } from "../../shared/protocol/messages";
import type { ModelRequest, ModelStream } from "../../shared/protocol/model";
import { exchange } from "../exchange";
import type { FailureSite } from "../failures";
import { stallLimits } from "../http";
import { getJson } from "../get-json";
import { wellFormed } from "../tool-input";
import type { ProviderOptions } from "./anthropic";
import { count, object, type Json } from "./json";
import { ollamaDialect } from "./ollama-decode";
import { resultText } from "./openai-chat-request";
import { textToolPrompt, writtenCall } from "./text-tools";

export const ollamaUrl = "http://127.0.0.1:11434";

export interface OllamaModel {
  tools: boolean;
  vision: boolean;
  thinking: boolean;
  contextTokens?: number;
}

/** Its default window is small and what does not fit is cut without a word: so one is asked for. */
const wantedContext = 32_768;

/** Ollama's own protocol, for only there the size of the window can be set. */
export function ollamaProvider(options: Omit<ProviderOptions, "key"> & Partial<Pick<ProviderOptions, "key">>): ModelStream {
  const base = options.baseUrl
    .trim()
    .replace(/\/+$/, "")
    .replace(/\/(v1|api)$/, "");
  const known = new Map<string, OllamaModel>();

  return async function* (request, signal) {
    const model = request.model ?? "";
    const site: FailureSite = { provider: options.id, model };
    const abilities = known.get(model) ?? (await ollamaModel(options, base, model, signal));
    if (abilities) known.set(model, abilities);
    const native = abilities?.tools ?? false;
    const key = (await options.key?.(new URL(base).origin)) ?? null;
    yield* exchange(
      {
        connection: options.connection,
        site,
        url: `${base}/api/chat`,
        headers: { "content-type": "application/json", ...(key === null ? {} : { authorization: `Bearer ${key}` }) },
        body: body(request, model, abilities),
        limits: options.limits ?? stallLimits,
        history: request.messages,
        dialect: ollamaDialect(site, { textTools: !native && request.tools.length > 0 }),
      },
      signal,
    );
  };
}

/** What the server says of a model; null when it does not say (the request itself then tells why). */
export async function ollamaModel(
  options: Pick<ProviderOptions, "connection">,
  base: string,
  model: string,
  signal: AbortSignal,
): Promise<OllamaModel | null> {
  const shown = await getJson(
    options.connection,
    { url: `${base}/api/show`, headers: {}, body: { model }, timeoutMs: 3_000 },
    signal,
  );
  if (!shown) return null;
  const abilities = Array.isArray(shown["capabilities"]) ? shown["capabilities"] : [];
  const size = Object.entries(object(shown["model_info"])).find(([name]) => name.endsWith(".context_length"))?.[1];
  const contextTokens = count(size);
  return {
    tools: abilities.includes("tools"),
    vision: abilities.includes("vision"),
    thinking: abilities.includes("thinking"),
    ...(contextTokens === undefined ? {} : { contextTokens }),
  };
}

function body(request: ModelRequest, model: string, abilities: OllamaModel | null): string {
  const native = abilities?.tools ?? false;
  const system = [...request.system.map((section) => section.text), native ? "" : textToolPrompt(request.tools)]
    .filter((part) => part !== "")
    .join("\n\n");
  return JSON.stringify({
    model,
    stream: true,
    options: {
      num_ctx: Math.min(abilities?.contextTokens ?? wantedContext, wantedContext),
      ...(request.maxTokens === undefined ? {} : { num_predict: request.maxTokens }),
    },
    ...(request.thinkingTokens && abilities?.thinking ? { think: true } : {}),
    ...(native && request.tools.length > 0
      ? {
          tools: request.tools.map(({ name, description, inputSchema }) => ({
            type: "function",
            function: { name, description, parameters: inputSchema },
          })),
        }
      : {}),
    messages: [
      ...(system === "" ? [] : [{ role: "system", content: wellFormed(system) }]),
      ...request.messages.flatMap((message) => wireMessages(message, native)),
    ],
  });
}

function wireMessages(message: Message, native: boolean): Json[] {
  const words = message.content.flatMap((block) => (block.type === "text" ? [block.text] : []));
  const calls = message.content.filter((block) => block.type === "tool_use");
  const results = message.content.filter((block) => block.type === "tool_result");
  const images = [...results.flatMap((result) => result.content), ...message.content].flatMap((block) =>
    block.type === "image" ? [block.data] : [],
  );
  const withImages = images.length > 0 ? { images } : {};
  if (!native) {
    const written = [
      ...results.map((result) => `Result of call ${result.toolUseId}:\n${resultText(result)}`),
      ...words,
      ...calls.map(({ name, input }) => writtenCall(name, input)),
    ];
    const content = written.join("\n");
    return content === "" && images.length === 0 ? [] : [{ role: message.role, content: wellFormed(content), ...withImages }];
  }
  const own = words.join("");
  const toolCalls = calls.map(({ name, input }) => ({ function: { name, arguments: input } }));
  return [
    ...results.map((result) => ({ role: "tool", content: resultText(result) })),
    ...(own === "" && calls.length === 0 && images.length === 0
      ? []
      : [
          { role: message.role, content: wellFormed(own), ...withImages, ...(calls.length > 0 ? { tool_calls: toolCalls } : {}) },
        ]),
  ];
}
