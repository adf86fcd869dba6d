import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { messageOf } from "../../shared/errors";
import type { ResultContent } from "../../shared/protocol/messages";
import { textBlock } from "../../shared/protocol/messages";

export const RESULT_BUDGET = 50_000;
const PREVIEW = 2_000;

export interface StoredResult {
  content: ResultContent[];
  /** Set when text went to disk. */
  stored?: { path: string; chars: number };
}

/**
 * Level 1: a result over the budget never enters the conversation; it goes to disk at once, and a preview
 * with the path stays, so that the model can read the part it needs.
 */
export async function storeLargeResult(
  dir: string,
  call: string,
  content: readonly ResultContent[],
  budget = RESULT_BUDGET,
): Promise<StoredResult> {
  const chars = content.reduce((sum, block) => sum + (block.type === "text" ? block.text.length : 0), 0);
  if (chars <= budget) return { content: [...content] };
  const text = content.flatMap((block) => (block.type === "text" ? [block.text] : [])).join("\n");
  const path = join(dir, `${call.replace(/[^A-Za-z0-9_-]/g, "_")}.txt`);
  let where = `The whole result is in ${path}; read the part you need with Read (offset, limit) or Grep.`;
  try {
    await mkdir(dir, { recursive: true, mode: 0o700 });
    await writeFile(path, text, { mode: 0o600 });
  } catch (error) {
    where = `The rest could not be kept (${messageOf(error)}). Ask for a smaller part.`;
  }
  const preview = textBlock(`${cutAtLine(text, PREVIEW)}\n\n[${chars} characters in all. ${where}]`);
  return { content: [preview, ...content.filter((block) => block.type !== "text")], stored: { path, chars } };
}

function cutAtLine(text: string, max: number): string {
  const cut = text.slice(0, max);
  const line = cut.lastIndexOf("\n");
  return line > max / 2 ? cut.slice(0, line) : cut.replace(/[\uD800-\uDBFF]$/, "");
}
