import type { Message, ToolResultBlock } from "../../../shared/protocol/messages";
import { estimateBlock, estimateMessage } from "../estimate";

export interface Clearing {
  calls: string[];
  freedTokens: number;
  /** Tokens behind the first cleared result that stay: their place in the cache changes. */
  rewritten: number;
  /** The last message before the first result that is kept: up to here the history stays as it is from now on. */
  settled?: string;
}

/** A cleared result leaves one line; smaller ones are not worth the broken cache. */
const WORTH_TOKENS = 100;
const LINE_TOKENS = 30;

/** Old tool results whose text can go: all but the newest `keep`, and but those the person keeps. */
export function oldResults(messages: readonly Message[], keep: number, kept: ReadonlySet<string> = new Set()): Clearing {
  const clearing: Clearing = { calls: [], freedTokens: 0, rewritten: 0 };
  let left = messages.reduce((sum, message) => sum + resultsOf(message).length, 0) - keep;
  let before: Message | undefined;
  for (const message of messages) {
    if (left <= 0 && clearing.settled === undefined && before && resultsOf(message).length > 0) clearing.settled = before.id;
    before = message;
    if (clearing.calls.length > 0) clearing.rewritten += estimateMessage(message);
    for (const result of resultsOf(message)) {
      if (left-- <= 0) continue;
      const tokens = estimateBlock(result);
      if (tokens < WORTH_TOKENS || kept.has(result.toolUseId)) continue;
      if (clearing.calls.length === 0) clearing.rewritten += estimateMessage(message);
      clearing.calls.push(result.toolUseId);
      clearing.freedTokens += tokens - LINE_TOKENS;
    }
  }
  clearing.rewritten = Math.max(0, clearing.rewritten - clearing.freedTokens);
  return clearing;
}

const none: ToolResultBlock[] = [];

function resultsOf(message: Message): ToolResultBlock[] {
  if (message.role !== "user" || message.content[0]?.type !== "tool_result") return none;
  return message.content.filter((block): block is ToolResultBlock => block.type === "tool_result");
}
