import { basename, dirname, join } from "node:path";
import { skip, type ForeignHistory, type ForeignSession } from "./foreign";
import { blocksOf, filesBelow, isObject, jsonFile, stringIn, timeOf } from "./parse";

/** Cline and its descendants: `<globalStorage>/<extension>/tasks/<task>/api_conversation_history.json`. */
const clineLike = (source: string, extension: string): ForeignHistory => ({
  source,
  find: ({ globalStorage }) =>
    globalStorage.flatMap((dir) =>
      filesBelow(join(dir, extension, "tasks"), 1, (name) => name === "api_conversation_history.json"),
    ),
  async read(path) {
    const history = jsonFile(path);
    if (!Array.isArray(history)) return null;
    const session: ForeignSession = { cwd: "", title: "", model: "", messages: [], skipped: {} };
    // A task is named by the time it began.
    let at = timeOf(Number(basename(dirname(path))), 0);
    for (const entry of history as unknown[]) {
      if (!isObject(entry) || (entry.role !== "user" && entry.role !== "assistant")) {
        skip(session.skipped, "unknown entries");
        continue;
      }
      at = timeOf(entry.ts, at);
      const content = blocksOf(entry.content, session.skipped);
      if (content.length > 0) session.messages.push({ role: entry.role, at, content });
      session.cwd ||= folderIn(content);
      session.title ||= taskIn(content);
    }
    return session.messages.length > 0 ? session : null;
  },
});

export const cline = clineLike("Cline", "saoudrizwan.claude-dev");
export const roo = clineLike("Roo Code", "rooveterinaryinc.roo-cline");

/** The workspace stands only in the text that was sent along. */
const folderIn = (content: unknown[]): string => textIn(content, /Current (?:Working|Workspace) Directory \(([^)\n]+)\)/);
const taskIn = (content: unknown[]): string => textIn(content, /<(?:task|user_message)>\s*([^\n<]{1,200})/);

function textIn(content: unknown[], pattern: RegExp): string {
  for (const block of content) {
    const found = pattern.exec(stringIn(block, "text"))?.[1];
    if (found) return found.trim();
  }
  return "";
}
