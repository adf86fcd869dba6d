import { textBlock, type Message } from "../../shared/protocol/messages";
import { estimateTokens } from "./estimate";
import { filesOf, workOf } from "./work-list";

const FILES = 5;
const TOKENS_A_FILE = 5_000;

/** After a summary the files last worked on come back, as they are now, so that the work goes on at once. */
export async function recentFiles(
  id: string,
  covered: readonly Message[],
  readFile: (path: string) => Promise<string | null>,
): Promise<Message[]> {
  const { changed, read } = filesOf(workOf(covered));
  const order = [...read, ...changed].slice(-FILES);
  const texts = await Promise.all(order.map(async (path) => ({ path, text: await readFile(path) })));
  const blocks = texts.flatMap(({ path, text }) =>
    text === null ? [] : [textBlock(`<file path="${path}">\n${cut(text)}\n</file>`, "tool")],
  );
  if (blocks.length === 0) return [];
  return [
    { id: `files-${id}`, role: "user", content: [textBlock("The files last worked on, as they are now:", "engine"), ...blocks] },
  ];
}

function cut(text: string): string {
  if (estimateTokens(text) <= TOKENS_A_FILE) return text;
  const chars = Math.floor((text.length * TOKENS_A_FILE) / estimateTokens(text));
  return `${text.slice(0, chars)}\n[cut here; Read has the rest]`;
}
