import { setTimeout } from "node:timers/promises";
import type { ModelInfo, ModelRequest, ModelStream, StreamEvent } from "../../shared/protocol/model";
import { exchangesOf, type Exchange } from "./conversation";
import { say, whatItCan, whatItIs, type PracticeReply } from "./reply";
import { create, isCreate, isReplace, isUndo, replace, undo } from "./skills/change";
import { tour } from "./skills/tour";
import { find, runTests, summarise } from "./skills/workspace";

export const practiceModelInfo: ModelInfo = {
  id: "practice/practice",
  provider: "practice",
  name: "Practice model (offline, no key)",
  contextTokens: 200_000,
  price: { input: 0, output: 0, cacheRead: 0, cacheWrite: 0 },
  tools: true,
};

const skills: { matches(prompt: string): boolean; answer(exchange: Exchange, earlier: readonly Exchange[]): PracticeReply }[] = [
  { matches: isUndo, answer: undo },
  { matches: isReplace, answer: replace },
  { matches: isCreate, answer: create },
  { matches: (prompt) => /\btour\b/i.test(prompt), answer: tour },
  { matches: (prompt) => /\b(run|execute)\b.*\btests?\b/i.test(prompt), answer: runTests },
  {
    matches: (prompt) =>
      /\b(summari[sz]e|list|overview|describe)\b.*\b(workspace|project|folder|files|repo(sitory)?)\b/i.test(prompt),
    answer: summarise,
  },
  { matches: (prompt) => /^\s*(please\s+)?(find|search|where is|grep)\b/i.test(prompt), answer: find },
  {
    matches: (prompt) => /^\s*(hello|hi|hey|hallo|good (morning|day|evening))\b/i.test(prompt),
    answer: () => say(`Hello! ${whatItIs}\n\n${whatItCan}`),
  },
];

/** Deterministic, in-process, honest about what it is: the same conversation always gets the same answer. */
export function practiceModel(options: { delayMs?: number } = {}): ModelStream {
  const delayMs = options.delayMs ?? 6;
  return async function* practice(request, signal) {
    const reply = answer(request);
    yield { type: "message_start", model: "practice/practice", provider: "practice", usage: usageOf(request, 0) };
    yield { type: "block_start", index: 0, block: { type: "text" } };
    for (const text of pieces(reply.text)) {
      yield { type: "block_delta", index: 0, text };
      if (delayMs > 0) await pause(delayMs, signal);
      if (signal.aborted) return yield { type: "error", error: { kind: "aborted", message: "Stopped." } };
    }
    yield { type: "block_stop", index: 0, block: { type: "text", text: reply.text } };
    yield* callBlocks(request, reply);
    yield {
      type: "message_end",
      stopReason: reply.calls ? "tool_use" : "end_turn",
      usage: usageOf(request, Math.ceil(reply.text.length / 4)),
    };
  };
}

function answer(request: ModelRequest): PracticeReply {
  const exchanges = exchangesOf(request.messages);
  const current = exchanges.at(-1);
  if (!current) return say(whatItCan);
  const skill = skills.find((candidate) => candidate.matches(current.prompt));
  return skill
    ? skill.answer(current, exchanges.slice(0, -1))
    : say(`${whatItIs} I do not understand that sentence.\n\n${whatItCan}`);
}

function* callBlocks(request: ModelRequest, reply: PracticeReply): Generator<StreamEvent> {
  for (const [position, { name, input }] of (reply.calls ?? []).entries()) {
    const id = `practice_${request.messages.length}_${position}`;
    const index = position + 1;
    yield { type: "block_start", index, block: { type: "tool_use", id, name } };
    yield { type: "block_delta", index, text: JSON.stringify(input) };
    yield { type: "block_stop", index, block: { type: "tool_use", id, name, input } };
  }
}

const pieces = (text: string): string[] => text.match(/\S+\s*|\s+/g) ?? [];

const usageOf = (request: ModelRequest, outputTokens: number) => ({
  inputTokens: Math.ceil(JSON.stringify(request.messages).length / 4),
  outputTokens,
  cacheReadTokens: 0,
  cacheWriteTokens: 0,
});

/** An abort ends the pause early; the caller looks at the signal. */
const pause = (ms: number, signal: AbortSignal): Promise<unknown> => setTimeout(ms, undefined, { signal }).catch(() => undefined);
