import type { AgentEvent } from "../../shared/protocol/agent";
import type { Block } from "../../shared/protocol/messages";

/** What of an event a person would look for; "" for the rest. */
export function searchableText(event: AgentEvent): string {
  switch (event.type) {
    case "user_message":
    case "assistant_message":
      return textOfBlocks(event.message.content);
    case "tool_finished":
      return textOfBlocks(event.result.content);
    case "session_titled":
      return event.title;
    default:
      return "";
  }
}

/** The types `searchableText` answers for. */
export const searchableTypes = ["user_message", "assistant_message", "tool_finished", "session_titled"] as const;

export interface SearchTerm {
  text: string;
  /** The last word may still be being typed. */
  prefix: boolean;
}

/** Words, and "quoted phrases". */
export function searchTerms(query: string): SearchTerm[] {
  const terms = [...query.matchAll(/"([^"]+)"|(\S+)/g)].map((match) => ({
    text: match[1] ?? match[2]!.replaceAll('"', ""),
    prefix: match[1] === undefined,
  }));
  return terms
    .filter(({ text }) => /[\p{L}\p{N}]/u.test(text))
    .map((term, at, all) => ({ ...term, prefix: term.prefix && at === all.length - 1 }));
}

/** The surroundings of the first match, on one line. */
export function snippetOf(text: string, terms: readonly SearchTerm[], around = 80): string {
  const folded = text.toLowerCase();
  const at = Math.max(0, ...terms.map((term) => folded.indexOf(term.text.toLowerCase())));
  const from = Math.max(0, at - around);
  const part = text
    .slice(from, at + 2 * around)
    .replace(/\s+/g, " ")
    .trim();
  return `${from > 0 ? "…" : ""}${part}${at + 2 * around < text.length ? "…" : ""}`;
}

function textOfBlocks(content: readonly Block[]): string {
  const parts: string[] = [];
  for (const block of content) {
    if (block.type === "text") parts.push(block.text);
    else if (block.type === "tool_use")
      parts.push(
        block.name,
        ...Object.values(block.input).map((value) => (typeof value === "string" ? value : JSON.stringify(value))),
      );
    else if (block.type === "tool_result") parts.push(textOfBlocks(block.content));
  }
  return parts.join("\n");
}
