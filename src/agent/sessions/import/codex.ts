import { join } from "node:path";
import { textBlock, type Block } from "../../../shared/protocol/messages";
import { skip, type ForeignHistory, type ForeignSession } from "./foreign";
import { filesBelow, isObject, jsonLines, parse, resultOf, stringIn, timeOf, type Json } from "./parse";

/** `~/.codex/sessions/<year>/<month>/<day>/rollout-*.jsonl`; older files have items without an envelope. */
export const codex: ForeignHistory = {
  source: "Codex",
  find: ({ home }) => filesBelow(join(home, ".codex", "sessions"), 3, (name) => name.endsWith(".jsonl")),
  async read(path) {
    const session: ForeignSession = { cwd: "", title: "", model: "", messages: [], skipped: {} };
    for await (const line of jsonLines(path, session.skipped)) {
      const item = isObject(line.payload) ? line.payload : line;
      if (line.type === "session_meta" || line.type === "turn_context") {
        session.cwd ||= stringIn(item, "cwd");
        session.model = stringIn(item, "model") || session.model;
        continue;
      }
      // Told to the screen; the items themselves are in the file too.
      if (line.type === "event_msg" || line.type === "compacted") continue;
      add(session, item, timeOf(line.timestamp, session.messages.at(-1)?.at ?? 0));
    }
    return session.messages.length > 0 ? session : null;
  },
};

function add(session: ForeignSession, item: Json, at: number): void {
  const call = stringIn(item, "call_id");
  switch (item.type) {
    case "message": {
      const text = textOf(item.content);
      if (item.role === "assistant") return say(session, "assistant", at, text ? [textBlock(text)] : []);
      if (item.role === "user" && !isEnvironment(text)) return say(session, "user", at, text ? [textBlock(text)] : []);
      return skip(session.skipped, "instructions");
    }
    case "function_call":
    case "custom_tool_call":
    case "local_shell_call":
      return say(session, "assistant", at, [
        { type: "tool_use", id: call, name: stringIn(item, "name") || "shell", input: inputOf(item) },
      ]);
    case "function_call_output":
    case "custom_tool_call_output":
      return say(session, "user", at, [
        { type: "tool_result", toolUseId: call, content: outputOf(session, item.output), origin: "tool" },
      ]);
    default:
      if (typeof item.type === "string") skip(session.skipped, `${item.type} items`);
  }
}

/** Items of one side that follow each other are one message; a call belongs to the text before it. */
function say(session: ForeignSession, role: "user" | "assistant", at: number, content: Block[]): void {
  if (content.length === 0) return;
  const last = session.messages.at(-1);
  const isResult = content[0]?.type === "tool_result";
  if (last?.role === role && (role === "assistant" || (isResult && last.content[0]?.type === "tool_result")))
    last.content.push(...content);
  else session.messages.push({ role, at, content });
}

function inputOf(item: Json): Record<string, unknown> {
  const input = typeof item.arguments === "string" ? parse(item.arguments) : (item.input ?? item.action);
  return isObject(input) ? input : { input };
}

function outputOf(session: ForeignSession, output: unknown): ReturnType<typeof resultOf> {
  const value = typeof output === "string" ? (parse(output) ?? output) : output;
  if (isObject(value)) return resultOf(value.output ?? value.content ?? JSON.stringify(value), session.skipped);
  return resultOf(typeof output === "string" ? output : value, session.skipped);
}

const textOf = (content: unknown): string =>
  typeof content === "string" ? content : Array.isArray(content) ? content.map((part) => stringIn(part, "text")).join("") : "";

const isEnvironment = (text: string): boolean =>
  /^\s*<(environment_context|user_instructions|permissions|INSTRUCTIONS)\b/.test(text) ||
  text.startsWith("# AGENTS.md instructions");
