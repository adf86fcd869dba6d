import type { ModelPrice } from "../shared/protocol/model";
import { modelName } from "./model-names";

interface Tariff {
  price: ModelPrice;
  /** Prompts over this many tokens cost more. */
  long?: { over: number; price: ModelPrice };
  contextTokens?: number;
  maxOutputTokens?: number;
}

/**
 * Dollars per million tokens, by the beginning of the model's name; list prices of November 2026.
 * What is not here is unknown, and stays so until the user's own table names it.
 */
const tariffs: Record<string, Tariff> = {
  "claude-fable-5-": claude(10, 50, 0.025),
  "claude-mythos-5-": claude(10, 50, 0.025),
  "claude-fable-5": claude(10, 50),
  "claude-mythos-5": claude(10, 50),
  "claude-opus-5-5": claude(4, 20, 0.05),
  "claude-opus-5": claude(5, 25),
  "claude-opus-4-8": claude(5, 25),
  "claude-opus-4-7": claude(5, 25),
  "claude-opus-4-6": claude(5, 25),
  "claude-opus-4-5": { ...claude(5, 25), contextTokens: 200_000, maxOutputTokens: 64_000 },
  "claude-opus-4": { ...claude(15, 75), contextTokens: 200_000, maxOutputTokens: 32_000 },
  "claude-sonnet-5": claude(2, 10),
  "claude-sonnet-4-6": claude(3, 15),
  "claude-sonnet-4": { ...claude(3, 15), contextTokens: 200_000, maxOutputTokens: 64_000 },
  "claude-haiku-5-5": { ...claude(0.1, 0.5), long: { over: 100_000, price: claude(0.5, 2.5).price } },
  "claude-haiku-4-5": { ...claude(1, 5), contextTokens: 200_000, maxOutputTokens: 64_000 },
  "claude-3-5-haiku": { ...claude(0.8, 4), contextTokens: 200_000, maxOutputTokens: 8_192 },
  "gpt-6-astra": other(10, 50, 1),
  "gpt-6-sol": other(2, 10, 0.2),
  "gpt-6-luna": other(0.1, 0.5, 0.01),
  "gpt-6.1-sol": other(2, 10, 0.1),
  "gpt-5.6-terra": other(2, 12, 0.2),
  "gpt-5.6-luna": other(0.2, 1.2, 0.02),
  "gpt-5.4-mini": other(0.75, 4.5, 0.075, 400_000),
  "gpt-5.4": other(2.5, 15, 0.25),
  "gpt-5.2": other(1.75, 14, 0.175, 400_000),
  "gpt-5.1": other(1.25, 10, 0.125, 400_000),
  "gpt-5-nano": other(0.05, 0.4, 0.005, 400_000),
  "gpt-5-mini": other(0.25, 2, 0.025, 400_000),
  "gpt-5": other(1.25, 10, 0.125, 400_000),
  "gpt-4.1-mini": other(0.4, 1.6, 0.1, 1_000_000),
  "gpt-4.1": other(2, 8, 0.5, 1_000_000),
  "gpt-4o-mini": other(0.15, 0.6, 0.075, 128_000),
  "gpt-4o": other(2.5, 10, 1.25, 128_000),
  "gemini-3-pro": { ...other(2, 12, 0.2, 1_000_000), long: { over: 200_000, price: other(4, 18, 0.4).price } },
  "gemini-3-flash": other(0.5, 3, 0.05, 1_000_000),
  "gemini-2.5-pro": { ...other(1.25, 10, 0.125, 1_000_000), long: { over: 200_000, price: other(2.5, 15, 0.25).price } },
  "gemini-2.5-flash-lite": other(0.1, 0.4, 0.01, 1_000_000),
  "gemini-2.5-flash": other(0.3, 2.5, 0.03, 1_000_000),
};

const longestFirst = Object.keys(tariffs).sort((a, b) => b.length - a.length);

export type PriceTable = Record<string, ModelPrice>;

/** `promptTokens` decides between the prices of long and short prompts. null = unknown. */
export function priceOf(id: string, own: PriceTable = {}, promptTokens = 0): ModelPrice | null {
  const { provider, model } = modelName(id, [id.split("/")[0] ?? ""]);
  const mine = own[id] ?? own[`${provider}/${model}`] ?? own[model] ?? prefixed(own, model);
  if (mine) return mine;
  if (provider === "ollama" || provider === "practice") return { input: 0, output: 0 };
  const tariff = tariffOf(model);
  if (!tariff) return null;
  return tariff.long && promptTokens > tariff.long.over ? tariff.long.price : tariff.price;
}

/** Sizes we know without asking the provider. */
export function sizesOf(model: string): { contextTokens?: number; maxOutputTokens?: number } {
  const { contextTokens, maxOutputTokens } = tariffOf(model) ?? {};
  return {
    ...(contextTokens === undefined ? {} : { contextTokens }),
    ...(maxOutputTokens === undefined ? {} : { maxOutputTokens }),
  };
}

function tariffOf(model: string): Tariff | null {
  // Some gateways put the maker before the name.
  const name = model.slice(model.lastIndexOf("/") + 1).replace(/^(anthropic|openai|google)\./, "");
  const prefix = longestFirst.find((prefix) => covers(prefix, name));
  return prefix === undefined ? null : (tariffs[prefix] ?? null);
}

/** A prefix ends at a part of the name: `gpt-5` is not `gpt-5.7`, whose price nobody told us. */
const covers = (prefix: string, name: string): boolean =>
  name.startsWith(prefix) && (name.length === prefix.length || prefix.endsWith("-") || /^[-@:]/.test(name.slice(prefix.length)));

function prefixed(own: PriceTable, model: string): ModelPrice | undefined {
  const key = Object.keys(own)
    .filter((key) => key.endsWith("*") && model.startsWith(key.slice(0, -1)))
    .sort((a, b) => b.length - a.length)[0];
  return key === undefined ? undefined : own[key];
}

/** Writing to the cache costs a quarter more than input, reading from it a fraction. */
function claude(input: number, output: number, cacheRead = 0.1): Tariff {
  return {
    price: { input, output, cacheRead: round(input * cacheRead), cacheWrite: round(input * 1.25) },
    contextTokens: 1_000_000,
    maxOutputTokens: 128_000,
  };
}

function other(input: number, output: number, cacheRead: number, contextTokens?: number): Tariff {
  return { price: { input, output, cacheRead }, ...(contextTokens === undefined ? {} : { contextTokens }) };
}

function round(value: number): number {
  return Math.round(value * 10_000) / 10_000;
}
