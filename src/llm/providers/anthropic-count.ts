import type { ModelRequest } from "../../shared/protocol/model";
import { getJson } from "../get-json";
import { anthropicHeaders, apiBase, type ProviderOptions } from "./anthropic";
import { anthropicBetas, anthropicCountBody } from "./anthropic-request";
import { count } from "./json";

const patienceMs = 10_000;

/** How many tokens a request has by the provider's own count, which costs nothing. null = no answer. */
export async function anthropicCount(
  { baseUrl, key, connection, userAgent }: ProviderOptions,
  request: ModelRequest,
  signal: AbortSignal,
): Promise<number | null> {
  const base = apiBase(baseUrl);
  const secret = await key(new URL(base).origin);
  if (secret === null || signal.aborted) return null;
  const betas = anthropicBetas(request);
  const question = {
    url: `${base}/v1/messages/count_tokens`,
    headers: anthropicHeaders(secret, { ...(userAgent !== undefined && { userAgent }), betas }),
    pieces: anthropicCountBody(request, request.model ?? ""),
    timeoutMs: patienceMs,
  };
  return count((await getJson(connection, question, signal))?.["input_tokens"]) ?? null;
}
