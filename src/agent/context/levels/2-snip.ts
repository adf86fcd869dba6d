import type { Message } from "../../../shared/protocol/messages";
import { estimateMessage } from "../estimate";

export interface Snip {
  messages: string[];
  freedTokens: number;
}

/**
 * Stale scaffolding: reminders and nudges of Stride itself that have long been answered. Taken only when
 * another level breaks the cached prefix anyway.
 */
export function staleScaffolding(messages: readonly Message[], keepLast = 12): Snip {
  const snip: Snip = { messages: [], freedTokens: 0 };
  for (const [position, message] of messages.slice(0, Math.max(0, messages.length - keepLast)).entries()) {
    const ours =
      message.role === "user" &&
      message.content.length > 0 &&
      message.content.every((block) => block.type === "text" && block.origin === "engine");
    if (!ours || isSummary(message)) continue;
    // The first message of a history must stay the user's.
    if (position === 0) continue;
    snip.messages.push(message.id);
    snip.freedTokens += estimateMessage(message);
  }
  return snip;
}

const isSummary = (message: Message): boolean => message.id.startsWith("summary-") || message.id.startsWith("collapsed-");
