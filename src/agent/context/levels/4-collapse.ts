import { textBlock, textOf, type Message } from "../../../shared/protocol/messages";
import { estimateMessage, estimateMessages } from "../estimate";
import { lineOf, oneLine, workOf } from "../work-list";

export interface Collapse {
  messages: string[];
  view: Message[];
  freedTokens: number;
}

const MAX_LINES = 40;

/**
 * A view over the older part: every prompt of the user word for word, the work between in one line a call,
 * the last words of each answer. The log keeps everything, so it can be rolled back. Instruction files that
 * opened the conversation stay as they are.
 */
export function collapseOlder(messages: readonly Message[], id: string, keepTokens: number): Collapse | null {
  const cut = cutAt(messages, keepTokens);
  const older = messages.slice(0, cut).filter((message) => !isInstructions(message));
  if (older.length < 4) return null;
  const view = stretches(older).flatMap((stretch, position) => viewOf(stretch, `${id}-${position}`));
  const freedTokens = estimateMessages(older) - estimateMessages(view);
  return freedTokens < 1_000 ? null : { messages: older.map((message) => message.id), view, freedTokens };
}

/** The newest stretch that fits stays whole; it begins with a prompt, so that no call loses its result. */
export function cutAt(messages: readonly Message[], keepTokens: number): number {
  let tokens = 0;
  let cut = messages.length;
  for (let at = messages.length - 1; at >= 0; at--) {
    const message = messages[at];
    if (!message) break;
    tokens += estimateMessage(message);
    if (tokens > keepTokens && cut < messages.length) break;
    if (isPrompt(message)) cut = at;
    if (tokens > keepTokens) break;
  }
  return cut === messages.length ? lastBoundary(messages) : cut;
}

/** Also inside one very long turn there must be a place to cut: before a reply whose calls are answered. */
function lastBoundary(messages: readonly Message[]): number {
  for (let at = messages.length - 6; at > 0; at--) if (messages[at]?.role === "assistant") return at;
  return 0;
}

export const isPrompt = (message: Message): boolean =>
  message.role === "user" && message.content.some((block) => block.type === "text" && (block.origin ?? "user") === "user");

/** Instruction files of the working folder; they survive every level word for word. */
export const isInstructions = (message: Message): boolean =>
  message.content.some((block) => block.type === "text" && block.origin === "instructions");

function stretches(messages: readonly Message[]): Message[][] {
  const result: Message[][] = [];
  for (const message of messages) {
    if (isPrompt(message) || result.length === 0) result.push([message]);
    else result.at(-1)?.push(message);
  }
  return result;
}

function viewOf(stretch: readonly Message[], id: string): Message[] {
  const [first] = stretch;
  const prompt = first && isPrompt(first) ? [first] : [];
  const rest = stretch.slice(prompt.length);
  const lines = workOf(rest).map((work) => `- ${lineOf(work)}`);
  const shown =
    lines.length > MAX_LINES
      ? [...lines.slice(0, 10), `- … ${lines.length - MAX_LINES} more calls …`, ...lines.slice(-(MAX_LINES - 10))]
      : lines;
  const words = rest
    .filter((message) => message.role === "assistant")
    .map((message) => textOf(message.content).trim())
    .filter(Boolean)
    .at(-1);
  const text = [
    ...(shown.length > 0 ? ["[Collapsed: the calls of this stretch, without their results]", ...shown] : []),
    ...(words === undefined ? [] : [oneLine(words, 1_500)]),
  ].join("\n");
  return text === "" ? prompt : [...prompt, { id: `collapsed-${id}`, role: "assistant", content: [textBlock(text)] }];
}
