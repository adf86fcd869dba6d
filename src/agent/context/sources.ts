import { goesOn } from "../../shared/goes-on";
import type { Block, Message } from "../../shared/protocol/messages";
import { estimateBlock, estimateMessage, estimateTokens } from "./estimate";

export type Source = "messages" | "results" | "instructions" | "memory" | "summary" | "reminders";

/** For the meter: what the window is filled with. Of a list that went on only the new messages are looked at. */
export class SourceMeter {
  #counted: readonly Message[] = [];
  #sums = noSources();

  of(messages: readonly Message[], fixed: { system: number; tools: number }): Record<string, number> {
    const wentOn = goesOn(this.#counted, messages);
    if (!wentOn) this.#sums = noSources();
    for (const message of wentOn ? messages.slice(this.#counted.length) : messages)
      this.#sums[originOf(message)] += tokensOf(message);
    this.#counted = messages;
    const { results, instructions, messages: words, ...rest } = this.#sums;
    const used = Object.entries(rest).filter(([, tokens]) => tokens > 0);
    const sources = { ...fixed, results, instructions, messages: words, ...Object.fromEntries(used) };
    return Object.fromEntries(Object.entries(sources).map(([source, tokens]) => [source, Math.round(tokens)]));
  }
}

const noSources = (): Record<Source, number> => ({
  messages: 0,
  results: 0,
  instructions: 0,
  memory: 0,
  summary: 0,
  reminders: 0,
});

/** What the model wrote is counted by the provider and by nobody else here: for its share in a meter a look at parts is enough. */
const tokensOf = (message: Message): number =>
  message.role === "user" ? estimateMessage(message) : message.content.reduce((sum, block) => sum + roughTokens(block), 0);

function roughTokens(block: Block): number {
  switch (block.type) {
    case "text":
      return roughText(block.text);
    case "thinking":
      return roughText(block.thinking);
    case "tool_use":
      return roughValue(block.input);
    default:
      return estimateBlock(block);
  }
}

/** Names and strings are what arguments are made of. */
function roughValue(value: unknown): number {
  if (typeof value === "string") return roughText(value);
  if (typeof value !== "object" || value === null) return 1;
  return Object.entries(value).reduce((sum, [key, inner]) => sum + key.length / 4 + 2 + roughValue(inner), 0);
}

const sampled = 2_000;

function roughText(text: string): number {
  if (text.length <= 4 * sampled) return estimateTokens(text);
  const middle = Math.floor(text.length / 2);
  const sample = text.slice(0, sampled) + text.slice(middle, middle + sampled) + text.slice(-sampled);
  return (estimateTokens(sample) * text.length) / sample.length;
}

function originOf(message: Message): Source {
  if (message.role === "assistant") return "messages";
  if (message.id.startsWith("summary-")) return "summary";
  const [first] = message.content;
  if (first?.type === "tool_result") return "results";
  const origin = first?.type === "text" ? first.origin : undefined;
  if (origin === "instructions" || origin === "memory") return origin;
  return origin === "engine" || origin === "tool" ? "reminders" : "messages";
}
