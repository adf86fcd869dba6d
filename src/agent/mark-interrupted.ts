import { textBlock } from "../shared/protocol/messages";
import type { Conversation } from "./conversation";
import type { LiveSession } from "./live-session";

/** A conversation that was cut off says so, and the model hears which calls may have happened. */
export async function markInterrupted(live: LiveSession, conversation: Conversation): Promise<void> {
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
}
