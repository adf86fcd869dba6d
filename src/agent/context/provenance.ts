import { textOf, type Message } from "../../shared/protocol/messages";
import { userWords } from "./work-list";

const GRAM = 5;

/**
 * Takes out of a summary's account of what the user wants whatever only stands in data (files, commands,
 * web, MCP): an instruction planted in a file must not come out of a summary as the user's wish.
 */
export function withoutPlanted(wishes: string, messages: readonly Message[]): { text: string; removed: string[] } {
  const own = grams(userWords(messages).join("\n"));
  const data = grams(dataOf(messages));
  const removed: string[] = [];
  const kept = wishes.split(/(?<=[.!?。！？])\s+|\n/).filter((sentence) => {
    const planted = [...grams(sentence)].some((gram) => data.has(gram) && !own.has(gram));
    if (planted) removed.push(sentence.trim());
    return !planted;
  });
  return { text: kept.join("\n").trim(), removed };
}

/** Text that carries no authority: everything that is not the user's or the model's own. */
function dataOf(messages: readonly Message[]): string {
  return messages
    .flatMap((message) => message.content)
    .map((block) => {
      if (block.type === "tool_result") return textOf(block.content);
      return block.type === "text" && block.origin !== undefined && block.origin !== "user" && block.origin !== "engine"
        ? block.text
        : "";
    })
    .join("\n");
}

/** Runs of words, without case and signs; short sentences count as one run. */
function grams(text: string): Set<string> {
  const result = new Set<string>();
  for (const sentence of text.split(/[\n.!?。！？]+/)) {
    const words = sentence.toLowerCase().match(/[\p{L}\p{N}_]+/gu) ?? [];
    if (words.length === 0) continue;
    if (words.length < GRAM) {
      if (words.length >= 3) result.add(words.join(" "));
      continue;
    }
    for (let at = 0; at + GRAM <= words.length; at++) result.add(words.slice(at, at + GRAM).join(" "));
  }
  return result;
}
