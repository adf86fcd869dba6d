import { basename, join } from "node:path";
import { statSync } from "node:fs";
import type { Block } from "../../../shared/protocol/messages";
import { skip, type ForeignHistory, type ForeignSession } from "./foreign";
import { blocksOf, filesBelow, isObject, jsonFile, parse, resultOf, stringIn, timeOf } from "./parse";

/** `~/.continue/sessions/<session>.json`; `sessions.json` beside them is only a list. */
export const continueDev: ForeignHistory = {
  source: "Continue",
  find: ({ home }) =>
    filesBelow(join(home, ".continue", "sessions"), 0, (name) => name.endsWith(".json") && basename(name) !== "sessions.json"),
  async read(path) {
    const file = jsonFile(path);
    if (!isObject(file) || !Array.isArray(file.history)) return null;
    const folder = stringIn(file, "workspaceDirectory").replace(/^file:\/\//, "");
    const session: ForeignSession = { cwd: decode(folder), title: stringIn(file, "title"), model: "", messages: [], skipped: {} };
    const at = timeOf(file.dateCreated, statSync(path).mtimeMs);
    for (const entry of file.history as unknown[]) {
      const message = isObject(entry) ? entry.message : undefined;
      if (!isObject(message)) skip(session.skipped, "unknown entries");
      else if (message.role === "tool") {
        const content: Block[] = [
          {
            type: "tool_result",
            toolUseId: stringIn(message, "toolCallId"),
            content: resultOf(message.content, session.skipped),
            origin: "tool",
          },
        ];
        session.messages.push({ role: "user", at, content });
      } else if (message.role === "user" || message.role === "assistant") {
        const content = [...blocksOf(message.content, session.skipped), ...callsOf(message.toolCalls)];
        if (content.length > 0) session.messages.push({ role: message.role, at, content });
      } else skip(session.skipped, `${stringIn(message, "role") || "unknown"} messages`);
    }
    return session.messages.length > 0 ? session : null;
  },
};

function callsOf(calls: unknown): Block[] {
  if (!Array.isArray(calls)) return [];
  return calls.filter(isObject).map((call) => {
    const input = parse(stringIn(call.function, "arguments"));
    return {
      type: "tool_use",
      id: stringIn(call, "id"),
      name: stringIn(call.function, "name") || "tool",
      input: isObject(input) ? input : {},
    };
  });
}

function decode(uriPath: string): string {
  try {
    return decodeURIComponent(uriPath);
  } catch {
    return uriPath;
  }
}
