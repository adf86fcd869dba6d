import type { ModelStream } from "../../shared/protocol/model";
import { exchange } from "../exchange";
import { modelError, type FailureSite } from "../failures";
import { stallLimits } from "../http";
import { apiBase, type ProviderOptions } from "./anthropic";
import { openaiChatDialect } from "./openai-chat-decode";
import { openaiChatBody } from "./openai-chat-request";
import { openaiResponsesDialect } from "./openai-responses-decode";
import { openaiResponsesBody } from "./openai-responses-request";

export interface OpenaiOptions extends ProviderOptions {
  /** Without it: responses at OpenAI itself, chat completions, which everybody imitates, elsewhere. */
  api?: "chat" | "responses";
}

export const openaiUrl = "https://api.openai.com";

/** OpenAI and every server that speaks like it. Local servers often want no key: then none is sent. */
export function openaiProvider(options: OpenaiOptions): ModelStream {
  const base = apiBase(options.baseUrl);
  const { origin, hostname } = new URL(base);
  const official = hostname === "openai.com" || hostname.endsWith(".openai.com");
  const api = options.api ?? (official ? "responses" : "chat");

  return async function* (request, signal) {
    const model = request.model ?? "";
    const site: FailureSite = { provider: options.id, model };
    const key = await options.key(origin);
    if (key === null && official) {
      yield {
        type: "error",
        error: modelError(site, "auth", `There is no key for ${options.id}. Set one (Stride: Set API Key).`),
      };
      return;
    }
    yield* exchange(
      {
        connection: options.connection,
        site,
        url: `${openaiRoot(base)}/${api === "chat" ? "chat/completions" : "responses"}`,
        headers: openaiHeaders(key, options.userAgent),
        body: api === "chat" ? openaiChatBody(request, model, official) : openaiResponsesBody(request, model, options.id),
        limits: options.limits ?? stallLimits,
        history: request.messages,
        dialect: api === "chat" ? openaiChatDialect(site) : openaiResponsesDialect(site),
      },
      signal,
    );
  };
}

export function openaiHeaders(key: string | null, userAgent = "stride"): Record<string, string> {
  return {
    "content-type": "application/json",
    accept: "text/event-stream, application/json",
    "user-agent": userAgent,
    ...(key === null ? {} : { authorization: key.startsWith("Bearer ") ? key : `Bearer ${key}` }),
  };
}

/** `/v1` is where it stands unless the address names another version itself (Gemini: `/v1beta/openai`). */
export const openaiRoot = (base: string): string =>
  /\/(v\d\w*|openai|api)(\/|$)/.test(new URL(base).pathname) ? base : `${base}/v1`;
