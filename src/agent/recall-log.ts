import type { Block, Message } from "../shared/protocol/messages";

export interface Recalled {
  /** Who said it: "user", "assistant", "result of Bash". */
  who: string;
  /** Messages from the start of the conversation. */
  place: number;
  text: string;
}

const AROUND = 600;

interface Passage extends Recalled {
  score: number;
}

/**
 * Searches the whole conversation, also what compression took out of the model's view. Passages with most of
 * the words come first, of those the newest; each is cut to the surroundings of its first match.
 */
export function recall(messages: readonly Message[], query: string, limit: number): Recalled[] {
  const words = [...new Set(query.toLowerCase().match(/[\p{L}\p{N}_./-]+/gu) ?? [])];
  if (words.length === 0) return [];
  const names = new Map<string, string>();
  const found: Passage[] = [];
  for (const [place, message] of messages.entries()) {
    for (const block of message.content) {
      if (block.type === "tool_use") names.set(block.id, block.name);
      const text = textIn(block);
      const score = text === "" || isReminder(block) ? 0 : scoreOf(text.toLowerCase(), words);
      if (score > 0) found.push({ score, place, who: whoSaid(block, message.role, names), text });
    }
  }
  return found
    .sort((a, b) => b.score - a.score || b.place - a.place)
    .slice(0, limit)
    .map(({ who, place, text }) => ({ who, place, text: around(text, words) }));
}

/** Each word once; whole words count more than parts of longer ones. */
function scoreOf(text: string, words: readonly string[]): number {
  let score = 0;
  for (const word of words) {
    const at = text.indexOf(word);
    if (at < 0) continue;
    const whole = !isWordLetter(text[at - 1]) && !isWordLetter(text[at + word.length]);
    score += whole ? 3 : 2;
  }
  return score;
}

const isWordLetter = (letter: string | undefined): boolean => letter !== undefined && /[\p{L}\p{N}_]/u.test(letter);

function around(text: string, words: readonly string[]): string {
  const folded = text.toLowerCase();
  const places = words.map((word) => folded.indexOf(word)).filter((at) => at >= 0);
  const from = Math.max(0, Math.min(...places) - AROUND / 3);
  const part = text.slice(from, from + AROUND);
  return `${from > 0 ? "…" : ""}${part}${from + AROUND < text.length ? "…" : ""}`;
}

function textIn(block: Block): string {
  if (block.type === "text") return block.text;
  if (block.type === "tool_use") return `${block.name} ${JSON.stringify(block.input)}`;
  if (block.type === "tool_result") return block.content.map((part) => (part.type === "text" ? part.text : "")).join("\n");
  return "";
}

/** What Stride itself put in says nothing that is not elsewhere. */
const isReminder = (block: Block): boolean => block.type === "text" && block.origin === "engine";

function whoSaid(block: Block, role: Message["role"], names: ReadonlyMap<string, string>): string {
  if (block.type === "tool_result") return `result of ${names.get(block.toolUseId) ?? "a tool"}`;
  return block.type === "tool_use" ? "call" : role;
}
