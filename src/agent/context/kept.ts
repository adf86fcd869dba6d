import type { Message } from "../../shared/protocol/messages";

/** A call's own message and the one with its result, by the id of the call. */
export const holdsCall = ({ content }: Message, call: string): boolean =>
  content.some((block) =>
    block.type === "tool_result" ? block.toolUseId === call : block.type === "tool_use" && block.id === call,
  );

/** Of these, what the projection leaves word for word because the person said so: calls stay with their results. */
export function staysOf(messages: readonly Message[], kept: ReadonlySet<string>): readonly Message[] {
  if (kept.size === 0) return [];
  const calls = messages
    .filter(({ id }) => kept.has(id))
    .flatMap(({ content }) => content.flatMap((block) => (block.type === "tool_use" ? [block.id] : [])));
  const all = [...kept, ...calls];
  return messages.filter((message) => kept.has(message.id) || all.some((call) => holdsCall(message, call)));
}
