import type { Message, ToolResultBlock } from "../../../shared/protocol/messages";
import { estimateBlock } from "../estimate";

export interface Clearing {
  calls: string[];
  freedTokens: number;
}

/** A cleared result leaves one line; smaller ones are not worth the broken cache. */
const WORTH_TOKENS = 100;

/** Old tool results whose text can go: all but the newest `keep`, oldest first, as many as `target` tokens need. */
export function oldResults(messages: readonly Message[], keep: number, target = Infinity): Clearing {
  const results = messages.flatMap((message) =>
    message.content.filter((block): block is ToolResultBlock => block.type === "tool_result"),
  );
  const clearing: Clearing = { calls: [], freedTokens: 0 };
  for (const result of results.slice(0, Math.max(0, results.length - keep))) {
    const tokens = estimateBlock(result);
    if (tokens < WORTH_TOKENS) continue;
    if (clearing.freedTokens >= target) break;
    clearing.calls.push(result.toolUseId);
    clearing.freedTokens += tokens - 30;
  }
  return clearing;
}
