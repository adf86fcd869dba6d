import type { Message, ToolResultBlock, ToolUseBlock } from "../../shared/protocol/messages";
import { textOf } from "../../shared/protocol/messages";

/** A tool call with what came of it, as the conversation has it. */
export interface Work {
  name: string;
  input: Record<string, unknown>;
  failed: boolean;
  result: string;
}

/** What was done, from the record and not from a model's memory: it cannot be forgotten or made up. */
export function workOf(messages: readonly Message[]): Work[] {
  const results = new Map<string, ToolResultBlock>();
  for (const message of messages)
    for (const block of message.content) if (block.type === "tool_result") results.set(block.toolUseId, block);
  return messages
    .flatMap((message) => message.content)
    .filter((block): block is ToolUseBlock => block.type === "tool_use")
    .map(({ id, name, input }) => {
      const result = results.get(id);
      return { name, input, failed: result?.isError === true, result: result ? textOf(result.content) : "" };
    });
}

const changing = new Set(["Edit", "MultiEdit", "Write", "NotebookEdit", "Rename"]);

const pathOf = (work: Work): string | null => {
  const path = work.input["file_path"] ?? work.input["notebook_path"] ?? work.input["path"];
  return typeof path === "string" ? path : null;
};

/** In the order they were last touched: the latest stands last. */
export function filesOf(work: readonly Work[]): { changed: string[]; read: string[]; touched: string[] } {
  const changed = new Set<string>();
  const touched = new Set<string>();
  for (const one of work) {
    const path = pathOf(one);
    if (!path || one.failed || !(changing.has(one.name) || one.name === "Read")) continue;
    if (changing.has(one.name)) changed.add(path);
    touched.delete(path);
    touched.add(path);
  }
  const all = [...touched];
  return { changed: [...changed], read: all.filter((path) => !changed.has(path)), touched: all };
}

/** Each command once, with how often it ran and how it went the last time. */
export function commandsOf(work: readonly Work[]): string[] {
  const runs = new Map<string, { times: number; failed: boolean }>();
  for (const { name, input, failed } of work) {
    if (name !== "Bash" || typeof input["command"] !== "string") continue;
    const command = oneLine(input["command"], 160);
    runs.set(command, { times: (runs.get(command)?.times ?? 0) + 1, failed });
  }
  return [...runs].map(
    ([command, { times, failed }]) => `${command} → ${failed ? "failed" : "ok"}${times > 1 ? ` (${times} times)` : ""}`,
  );
}

/** The plan the user approved last. */
export function planOf(work: readonly Work[]): string | null {
  const plan = work.findLast(({ name, failed }) => name === "ExitPlanMode" && !failed)?.input["plan"];
  return typeof plan === "string" ? plan : null;
}

/** Only the call itself: what a result says is data, and stays out of a line that the model reads as its own. */
export function lineOf(work: Work): string {
  const subject =
    pathOf(work) ?? work.input["command"] ?? work.input["pattern"] ?? work.input["url"] ?? work.input["description"] ?? "";
  return `${work.name} ${oneLine(String(subject), 140)}${work.failed ? " (failed)" : ""}`.trim();
}

export const oneLine = (text: string, max: number): string => {
  const line = text.replace(/\s+/g, " ").trim();
  return line.length <= max ? line : `${line.slice(0, max - 1)}…`;
};

/** The user's own words, in order: what nobody but they may change. */
export function userWords(messages: readonly Message[]): string[] {
  return messages
    .filter((message) => message.role === "user")
    .map((message) =>
      textOf(message.content.filter((block) => block.type === "text" && (block.origin ?? "user") === "user")).trim(),
    )
    .filter((text) => text !== "");
}

/** Text joined and shortened to `maxChars`: what is long gives first, what is short stays whole. */
export function fitWords(words: readonly string[], maxChars: number): string[] {
  const total = words.reduce((sum, text) => sum + text.length, 0);
  if (total <= maxChars) return [...words];
  const limit = Math.max(MIN_WORDS, levelFor(words, maxChars));
  const short = words.map((text) => (text.length <= limit ? text : oneLine(text, limit)));
  const corrections = new Set(short.filter((text) => correction.test(text)));
  let over = short.reduce((sum, text) => sum + text.length, 0) - maxChars;
  let dropped = 0;
  // The first says what it is about, the newest where it stands, corrections what must not be done again.
  const kept = short.map((text, at) => {
    const needed = at === 0 || at >= short.length - KEPT_NEWEST || corrections.has(text);
    if (needed || over <= 0) return text;
    over -= text.length;
    dropped++;
    return null;
  });
  const note = `[${dropped} more messages of the user from here on; Recall finds them]`;
  const first = kept.indexOf(null);
  return first < 0 ? short : kept.flatMap((text, at) => (at === first ? [note] : text === null ? [] : [text]));
}

const MIN_WORDS = 120;
const KEPT_NEWEST = 20;
const correction = /\b(no|not|don't|never|always|must|instead|wrong|actually|only|stop|prefer|nicht|nie|immer|kein)\b/i;

/** The length at which cutting all longer texts makes the whole fit. */
function levelFor(words: readonly string[], maxChars: number): number {
  let low = 0;
  let high = Math.max(...words.map((text) => text.length));
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    const total = words.reduce((sum, text) => sum + Math.min(text.length, middle), 0);
    if (total <= maxChars) low = middle;
    else high = middle - 1;
  }
  return low;
}
