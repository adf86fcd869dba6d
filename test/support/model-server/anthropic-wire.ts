import { createHash } from "node:crypto";
import { callId, inputJson, pieces, stopReasonOf } from "./frame.ts";
import type { Dialect, Frame, ReplyContext } from "./frame.ts";
import type { FaultPoint, Part, Reply } from "./reply.ts";

export const anthropic: Dialect = { frames, whole, errorFrame: (error) => event("error", { error }) };

/** The server signs thinking, so that a client which changes it is found out when it comes back. */
export const signatureOf = (thinking: string): string =>
  `scripted-${createHash("sha256").update(thinking).digest("base64url").slice(0, 32)}`;

function frames(reply: Reply, about: ReplyContext): Frame[] {
  const made: Frame[] = [];
  const add = (mark: FaultPoint, name: string, fields: object = {}, delayMs = reply.chunkMs ?? 0) =>
    made.push({ mark, data: event(name, fields), delayMs });
  const usage = { ...about.usage, output_tokens: 1 };
  add("start", "message_start", { message: { ...header(about), content: [], stop_reason: null, stop_sequence: null, usage } }, 0);
  reply.parts.forEach((part, index) => {
    add("start", "content_block_start", { index, content_block: emptyBlock(part, about, index) }, part.beforeMs);
    if (index === 0) add("start", "ping");
    for (const delta of deltas(part, reply.chunkSize)) add(markOf(part), "content_block_delta", { index, delta });
    add(part.kind === "tool" ? "after_call" : "start", "content_block_stop", { index });
  });
  const delta = { stop_reason: stopReasonOf(reply), stop_sequence: null };
  add("end", "message_delta", { delta, usage: { output_tokens: about.usage.output_tokens } });
  add("end", "message_stop");
  return made;
}

function whole(reply: Reply, about: ReplyContext): unknown {
  const content = reply.parts.map((part, index) => {
    const block = emptyBlock(part, about, index);
    if (part.kind === "text") return { ...block, text: part.text };
    if (part.kind === "tool") return { ...block, input: part.input };
    return { ...block, thinking: part.thinking, signature: part.signature ?? signatureOf(part.thinking) };
  });
  return { ...header(about), content, stop_reason: stopReasonOf(reply), stop_sequence: null, usage: about.usage };
}

const event = (type: string, fields: object): string => `event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`;

const header = ({ n, model }: ReplyContext) => ({
  id: `msg_${String(n).padStart(4, "0")}`,
  type: "message",
  role: "assistant",
  model,
});

const markOf = (part: Part): FaultPoint => (part.kind === "tool" ? "tool_json" : part.kind);

function emptyBlock(part: Part, about: ReplyContext, index: number) {
  if (part.kind === "text") return { type: "text", text: "" };
  if (part.kind === "thinking") return { type: "thinking", thinking: "", signature: "" };
  return { type: "tool_use", id: callId(part, about, index), name: part.name, input: {} };
}

function deltas(part: Part, chunkSize?: number): object[] {
  if (part.kind === "text") return pieces(part.text, chunkSize).map((text) => ({ type: "text_delta", text }));
  if (part.kind === "tool")
    return ["", ...pieces(inputJson(part), chunkSize)].map((partial_json) => ({ type: "input_json_delta", partial_json }));
  const thought = pieces(part.thinking, chunkSize).map((thinking) => ({ type: "thinking_delta", thinking }));
  return [...thought, { type: "signature_delta", signature: part.signature ?? signatureOf(part.thinking) }];
}
