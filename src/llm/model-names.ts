/** Where a model is asked for, and by which name the provider knows it. */
export interface ModelName {
  provider: string;
  model: string;
}

/** Short names people know; a newer family changes only this table. */
const aliases: Record<string, string> = {
  default: "anthropic/claude-sonnet-5-5",
  sonnet: "anthropic/claude-sonnet-5-5",
  "sonnet[1m]": "anthropic/claude-sonnet-5-5",
  opus: "anthropic/claude-opus-5-5",
  "opus[1m]": "anthropic/claude-opus-5-5",
  opusplan: "anthropic/claude-opus-5-5",
  best: "anthropic/claude-fable-5-1",
  fable: "anthropic/claude-fable-5-1",
  haiku: "anthropic/claude-haiku-5-5",
  practice: "practice/practice",
};

/** "provider/model", an alias, or a plain name; a plain name is Anthropic's. A slash may also belong to the name itself. */
export function modelName(id: string, providers: readonly string[]): ModelName {
  const known = aliases[id.trim().toLowerCase()] ?? id.trim();
  const slash = known.indexOf("/");
  const provider = known.slice(0, Math.max(0, slash));
  if (slash > 0 && providers.includes(provider)) return { provider, model: known.slice(slash + 1) };
  // An unknown provider stays visible as such: the error then names it.
  if (slash > 0 && !known.slice(slash + 1).includes("/") && !known.startsWith("claude"))
    return { provider, model: known.slice(slash + 1) };
  return { provider: "anthropic", model: known };
}

export const modelId = ({ provider, model }: ModelName): string => `${provider}/${model}`;

export const isAlias = (id: string): boolean => id.trim().toLowerCase() in aliases;
