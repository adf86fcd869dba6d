import { textBlock, type Message } from "../../shared/protocol/messages";
import { estimateTokens } from "./estimate";
import { filesOf, workOf } from "./work-list";

const FILES = 5;
const TOKENS_A_FILE = 5_000;

/** After a summary the files last worked on come back, as they are now, so that the work goes on at once. */
export async function recentFiles(
  id: string,
  log: readonly Message[],
  readFile: (path: string) => Promise<string | null>,
  patienceMs: number,
): Promise<Message[]> {
  const order = filesOf(workOf(log)).touched.slice(-FILES);
  const texts = await Promise.all(order.map(async (path) => ({ path, text: await soon(readFile(path), patienceMs) })));
  const blocks = texts.flatMap(({ path, text }) => (text === null ? [] : [textBlock(fenced(path, text), "tool")]));
  if (blocks.length === 0) return [];
  return [
    { id: `files-${id}`, role: "user", content: [textBlock("The files last worked on, as they are now:", "engine"), ...blocks] },
  ];
}

/** A file cannot close its own fence and go on as somebody else. */
const fenced = (path: string, text: string): string =>
  `<file path="${path.replaceAll('"', "'")}">\n${cut(text).replaceAll(/<(?=\/?file\b)/gi, "‹")}\n</file>`;

function cut(text: string): string {
  const tokens = estimateTokens(text);
  if (tokens <= TOKENS_A_FILE) return text;
  return `${text.slice(0, Math.floor((text.length * TOKENS_A_FILE * 0.97) / tokens))}\n[cut here; Read has the rest]`;
}

/** A slow disk must not make anybody wait for a convenience. */
function soon(text: Promise<string | null>, ms: number): Promise<string | null> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<null>((resolve) => (timer = setTimeout(resolve, ms, null)));
  return Promise.race([text.catch(() => null), late]).finally(() => clearTimeout(timer));
}
