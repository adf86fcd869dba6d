import type { Message, ToolUseBlock } from "../../shared/protocol/messages";
import { textOf } from "../../shared/protocol/messages";

/** A call the practice model made and what came of it. */
export interface Step {
  name: string;
  input: Record<string, unknown>;
  /** undefined while there is no result yet */
  result?: string;
  failed: boolean;
}

/** One prompt of the user and what was done for it so far. */
export interface Exchange {
  prompt: string;
  steps: Step[];
}

/** The conversation cut at the user's own messages; text from Stride, files and tools is not a prompt. */
export function exchangesOf(messages: readonly Message[]): Exchange[] {
  const exchanges: Exchange[] = [];
  for (const message of messages) {
    const current = exchanges.at(-1);
    if (message.role === "assistant") {
      const calls = message.content.filter((block): block is ToolUseBlock => block.type === "tool_use");
      current?.steps.push(...calls.map(({ name, input, id }) => withId({ name, input, failed: false }, id)));
      continue;
    }
    for (const block of message.content) {
      if (block.type !== "tool_result") continue;
      const step = exchanges.flatMap((exchange) => exchange.steps).find((candidate) => idOf(candidate) === block.toolUseId);
      if (!step) continue;
      step.result = textOf(block.content);
      step.failed = block.isError === true;
    }
    const prompt = textOf(message.content.filter((block) => block.type === "text" && (block.origin ?? "user") === "user")).trim();
    if (prompt !== "") exchanges.push({ prompt, steps: [] });
  }
  return exchanges;
}

const ids = new WeakMap<Step, string>();
const idOf = (step: Step): string | undefined => ids.get(step);

function withId(step: Step, id: string): Step {
  ids.set(step, id);
  return step;
}
