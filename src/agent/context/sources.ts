import type { Message } from "../../shared/protocol/messages";
import { estimateMessage } from "./estimate";

export type Source = "messages" | "results" | "instructions" | "memory" | "summary" | "reminders";

/** For the meter: what the window is filled with. */
export function sourcesOf(messages: readonly Message[], fixed: { system: number; tools: number }): Record<string, number> {
  const sources = { ...fixed, results: 0, instructions: 0, messages: 0 } as Record<string, number>;
  for (const message of messages) {
    const { source, tokens } = sourceOf(message);
    sources[source] = (sources[source] ?? 0) + tokens;
  }
  for (const source of Object.keys(sources)) sources[source] = Math.round(sources[source] ?? 0);
  return sources;
}

const known = new WeakMap<Message, { source: Source; tokens: number }>();

function sourceOf(message: Message): { source: Source; tokens: number } {
  let found = known.get(message);
  if (!found) known.set(message, (found = { source: originOf(message), tokens: estimateMessage(message) }));
  return found;
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
