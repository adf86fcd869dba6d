import { resolve } from "node:path";
import { textBlock } from "../shared/protocol/messages";
import type { Files } from "../shared/ports/files";
import type { Conversation } from "./conversation";
import type { LiveSession } from "./live-session";

/** A conversation that was cut off says so, and the model hears which calls may have happened. */
export async function markInterrupted(
  live: LiveSession,
  conversation: Conversation,
  files: Pick<Files, "tidy">,
  cwd: string,
): Promise<void> {
  const { interrupted, openTurn, lastTurn } = conversation.state();
  const { repaired } = conversation.opened.log.health;
  if (interrupted.length === 0 && openTurn === null && repaired === undefined) return;
  live.emit({
    type: "session_resumed",
    interrupted: interrupted.map(({ call }) => call),
    ...(repaired !== undefined && { repaired }),
  });
  const unknown = interrupted.filter((call) => !call.readOnly);
  if (unknown.length > 0) {
    const text = `Stride was interrupted while these ran; their effect is unknown, check before you repeat them:\n${unknown.map((call) => `- ${call.name}: ${call.title}`).join("\n")}`;
    const message = {
      id: `resumed-${conversation.opened.log.lastSeq}`,
      role: "user" as const,
      content: [textBlock(text, "engine")],
    };
    live.emit({ type: "attachment", turn: openTurn ?? lastTurn ?? "", message, origin: "engine", what: "interrupted calls" });
  }
  await conversation.flush();
  const calls = new Set(unknown.map(({ call }) => call));
  for (const path of writtenBy(calls, conversation)) await files.tidy?.(resolve(cwd, path));
}

function writtenBy(calls: ReadonlySet<string>, conversation: Conversation): string[] {
  return conversation
    .everything()
    .flatMap((message) => message.content)
    .flatMap((block) =>
      block.type === "tool_use" && calls.has(block.id) ? [block.input["file_path"] ?? block.input["notebook_path"]] : [],
    )
    .filter((path): path is string => typeof path === "string");
}
