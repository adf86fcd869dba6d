import type { ModelStream } from "../../shared/protocol/model";
import type { Connection } from "../connection";
import { exchange } from "../exchange";
import { modelError, type FailureSite } from "../failures";
import { stallLimits, type StallLimits } from "../http";
import { anthropicDialect } from "./anthropic-decode";
import { anthropicBetas, anthropicBody } from "./anthropic-request";

export interface ProviderOptions {
  /** The name in "provider/model", in messages and in logs. */
  id: string;
  /** From user scope or the environment, never from a project. */
  baseUrl: string;
  /** A key, or "Bearer …" for a token; asked for with the origin it will be sent to. */
  key: (origin: string) => Promise<string | null>;
  connection: Connection;
  userAgent?: string;
  limits?: StallLimits;
}

export const anthropicUrl = "https://api.anthropic.com";

/**
 * The Messages API. Of the SDK only the types are used: loading it costs 24 ms of the start, and its stream
 * class retries, skips and throws in places where the contract of ModelStream wants an event.
 */
export function anthropicProvider(options: ProviderOptions): ModelStream {
  const base = apiBase(options.baseUrl);
  const origin = new URL(base).origin;
  // Once a beta was asked for it stays: turning it off again would change the cached prefix.
  const betas = new Set<string>();

  return async function* (request, signal) {
    const model = request.model ?? "";
    const site: FailureSite = { provider: options.id, model, keyHint: "Stride: Set API Key or ANTHROPIC_API_KEY" };
    const key = await options.key(origin);
    if (key === null) {
      yield { type: "error", error: modelError(site, "auth", `There is no key for ${options.id}. Set one (${site.keyHint}).`) };
      return;
    }
    for (const beta of anthropicBetas(request)) betas.add(beta);
    yield* exchange(
      {
        connection: options.connection,
        site,
        url: `${base}/v1/messages`,
        headers: anthropicHeaders(key, { ...options, betas: [...betas] }),
        body: anthropicBody(request, model),
        limits: options.limits ?? stallLimits,
        history: request.messages,
        dialect: anthropicDialect(site),
      },
      signal,
    );
  };
}

export function anthropicHeaders(key: string, options: { userAgent?: string; betas?: string[] } = {}): Record<string, string> {
  return {
    "content-type": "application/json",
    accept: "text/event-stream, application/json",
    "anthropic-version": "2023-06-01",
    "user-agent": options.userAgent ?? "stride",
    ...(key.startsWith("Bearer ") ? { authorization: key } : { "x-api-key": key }),
    ...(options.betas?.length ? { "anthropic-beta": options.betas.join(",") } : {}),
  };
}

/** People write the base URL with and without `/v1`. */
export const apiBase = (baseUrl: string): string => baseUrl.trim().replace(/\/+$/, "").replace(/\/v1$/, "");
