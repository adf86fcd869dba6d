import { join } from "node:path";
import type { ForeignHistory, ForeignMessage, ForeignSession } from "./foreign";
import { skip } from "./foreign";
import { blocksOf, filesBelow, isObject, jsonLines, stringIn, timeOf } from "./parse";

/** `~/.claude/projects/<folder>/<session>.jsonl`. The line format is not documented: what is not understood is skipped. */
export const claudeCode: ForeignHistory = {
  source: "Claude Code",
  find: ({ home }) => filesBelow(join(home, ".claude", "projects"), 1, (name) => name.endsWith(".jsonl")),
  async read(path) {
    const session: ForeignSession = { cwd: "", title: "", model: "", messages: [], skipped: {} };
    let reply = "";
    for await (const line of jsonLines(path, session.skipped)) {
      session.cwd ||= stringIn(line, "cwd");
      if (line.type === "summary") session.title = stringIn(line, "summary");
      if (line.type === "custom-title" || line.type === "ai-title") session.title = stringIn(line, "title") || session.title;
      if (line.type !== "user" && line.type !== "assistant") continue;
      if (line.isSidechain === true) {
        skip(session.skipped, "messages of subagents");
        continue;
      }
      if (line.isMeta === true || !isObject(line.message)) continue;
      const content = blocksOf(line.message.content, session.skipped);
      const last: ForeignMessage | undefined = session.messages.at(-1);
      const id = stringIn(line.message, "id");
      if (content.length === 0) continue;
      if (line.type === "assistant") session.model = stringIn(line.message, "model") || session.model;
      // One reply is stored as a line for each of its blocks.
      if (line.type === "assistant" && last?.role === "assistant" && id !== "" && id === reply) last.content.push(...content);
      else session.messages.push({ role: line.type, at: timeOf(line.timestamp, last?.at ?? 0), content });
      reply = line.type === "assistant" ? id : "";
    }
    return session.messages.length > 0 ? session : null;
  },
};
