import type { ModelInfo } from "../shared/protocol/model";
import type { Connection } from "./connection";
import { getJson } from "./get-json";
import { priceOf, sizesOf, type PriceTable } from "./pricing";
import { anthropicHeaders, apiBase } from "./providers/anthropic";
import { count, list, text, type Json } from "./providers/json";
import { ollamaModel } from "./providers/ollama";
import { openaiHeaders, openaiRoot } from "./providers/openai";

export interface ProviderPlace {
  id: string;
  kind: "anthropic" | "openai" | "ollama";
  baseUrl: string;
  key: (origin: string) => Promise<string | null>;
  /** Without a key it is not even asked for its list. */
  needsKey?: boolean;
  /** Named by the user; listed although the server may have no list. */
  models?: readonly string[];
}

export interface ListingOptions {
  places: readonly ProviderPlace[];
  /** Lists that need no network of ours: the editor's models, the practice model. */
  others: readonly (() => Promise<ModelInfo[]>)[];
  connection: Connection;
  prices: PriceTable;
  timeoutMs?: number;
  keepMs?: number;
  now?: () => number;
}

const ollamaDetails = 24;

/** What can really be picked now: every provider is asked, none is waited for longer than the others. */
export function createListing(options: ListingOptions): () => Promise<ModelInfo[]> {
  const { timeoutMs = 3_000, keepMs = 60_000, now = () => performance.now() } = options;
  let known: { at: number; models: Promise<ModelInfo[]> } | null = null;

  const ask = async (): Promise<ModelInfo[]> => {
    const signal = AbortSignal.timeout(timeoutMs);
    const fromPlaces = options.places.map((place) => modelsAt(place, options, signal));
    const fromOthers = options.others.map((other) => Promise.race([other(), expiry(signal)]));
    const lists = await Promise.allSettled([...fromPlaces, ...fromOthers]);
    return lists.flatMap((one) => (one.status === "fulfilled" ? one.value : []));
  };
  return () => {
    if (known === null || now() - known.at > keepMs) known = { at: now(), models: ask() };
    return known.models;
  };
}

async function modelsAt(place: ProviderPlace, options: ListingOptions, signal: AbortSignal): Promise<ModelInfo[]> {
  const base = apiBase(place.baseUrl);
  const key = await place.key(new URL(base).origin);
  const found =
    place.kind === "ollama"
      ? await ollamaModels(place, base, options, signal)
      : await listedModels(place, base, key, options, signal);
  const names = new Set(found.map((model) => model.id));
  const named = (place.models ?? []).map((model) => info(place, model, options)).filter((model) => !names.has(model.id));
  return [...named, ...found];
}

async function listedModels(
  place: ProviderPlace,
  base: string,
  key: string | null,
  options: ListingOptions,
  signal: AbortSignal,
): Promise<ModelInfo[]> {
  if (key === null && place.needsKey) return [];
  const question =
    place.kind === "anthropic"
      ? { url: `${base}/v1/models?limit=1000`, headers: anthropicHeaders(key ?? "") }
      : { url: `${openaiRoot(base)}/models`, headers: openaiHeaders(key) };
  const answer = await getJson(options.connection, { ...question, timeoutMs: options.timeoutMs ?? 3_000 }, signal);
  return list(answer?.["data"])
    .filter((model) => text(model["id"]) !== "")
    .map((model) => info(place, text(model["id"]), options, model));
}

async function ollamaModels(
  place: ProviderPlace,
  base: string,
  options: ListingOptions,
  signal: AbortSignal,
): Promise<ModelInfo[]> {
  const root = base.replace(/\/api$/, "");
  const tags = await getJson(
    options.connection,
    { url: `${root}/api/tags`, headers: {}, timeoutMs: options.timeoutMs ?? 3_000 },
    signal,
  );
  const names = list(tags?.["models"])
    .map((model) => text(model["name"]))
    .filter((name) => name !== "");
  return Promise.all(
    names.map(async (name, at) => {
      const details = at < ollamaDetails ? await ollamaModel(options, root, name, signal) : null;
      if (!details) return info(place, name, options);
      const { tools, vision, contextTokens } = details;
      return { ...info(place, name, options), tools, vision, ...(contextTokens === undefined ? {} : { contextTokens }) };
    }),
  );
}

function info(place: ProviderPlace, model: string, options: ListingOptions, told: Json = {}): ModelInfo {
  const id = `${place.id}/${model}`;
  const price = place.kind === "ollama" ? { input: 0, output: 0 } : priceOf(id, options.prices);
  const contextTokens = count(told["max_input_tokens"]) ?? count(told["context_length"]) ?? count(told["context_window"]);
  const maxOutputTokens = count(told["max_tokens"]);
  return {
    id,
    provider: place.id,
    name: text(told["display_name"]) || text(told["name"]) || model,
    ...sizesOf(model),
    ...(contextTokens ? { contextTokens } : {}),
    ...(maxOutputTokens ? { maxOutputTokens } : {}),
    ...(price ? { price } : {}),
  };
}

const expiry = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => signal.addEventListener("abort", () => reject(new Error("took too long")), { once: true }));
