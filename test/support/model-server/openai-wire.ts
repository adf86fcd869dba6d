import { callId, inputJson, pieces, stopReasonOf } from "./frame.ts";
import type { Dialect, Frame, ReplyContext } from "./frame.ts";
import type { FaultPoint, Part, Reply, WireUsage } from "./reply.ts";

export const openai: Dialect = { frames, whole, errorFrame: (error) => `data: ${JSON.stringify({ error })}\n\n` };

function frames(reply: Reply, about: ReplyContext): Frame[] {
  const made: Frame[] = [];
  const add = (mark: FaultPoint, delta: object, finish: string | null = null, delayMs = reply.chunkMs ?? 0) =>
    made.push({ mark, delayMs, data: chunk(about, { choices: [{ index: 0, delta, finish_reason: finish }] }) });
  add("start", { role: "assistant", content: "" }, null, 0);
  let calls = 0;
  reply.parts.forEach((part, index) => {
    if (part.kind !== "tool") {
      const field = part.kind === "text" ? "content" : "reasoning_content";
      pieces(textOf(part), reply.chunkSize).forEach((text, at) =>
        add(part.kind, { [field]: text }, null, at === 0 ? part.beforeMs : undefined),
      );
      return;
    }
    const at = calls++;
    const start = { index: at, id: callId(part, about, index), type: "function", function: { name: part.name, arguments: "" } };
    add("tool_json", { tool_calls: [start] }, null, part.beforeMs);
    const cut = pieces(inputJson(part), reply.chunkSize);
    cut.forEach((piece, i) =>
      add(i === cut.length - 1 ? "after_call" : "tool_json", { tool_calls: [{ index: at, function: { arguments: piece } }] }),
    );
  });
  add("end", {}, finishReason(reply));
  if (about.includeUsage)
    made.push({ mark: "end", delayMs: 0, data: chunk(about, { choices: [], usage: usageOf(about.usage) }) });
  made.push({ mark: "end", delayMs: 0, data: "data: [DONE]\n\n" });
  return made;
}

function whole(reply: Reply, about: ReplyContext): unknown {
  const calls = reply.parts.flatMap((part, index) =>
    part.kind === "tool"
      ? [{ id: callId(part, about, index), type: "function", function: { name: part.name, arguments: inputJson(part) } }]
      : [],
  );
  const content = reply.parts.map((part) => (part.kind === "text" ? part.text : "")).join("");
  const message = { role: "assistant", content, ...(calls.length > 0 && { tool_calls: calls }) };
  const choices = [{ index: 0, message, finish_reason: finishReason(reply) }];
  return { ...header(about, "chat.completion"), choices, usage: usageOf(about.usage) };
}

const textOf = (part: Part): string => (part.kind === "text" ? part.text : part.kind === "thinking" ? part.thinking : "");

const header = ({ n, model }: ReplyContext, object: string) => ({ id: `chatcmpl-${n}`, object, created: 1_700_000_000, model });

const chunk = (about: ReplyContext, fields: object): string =>
  `data: ${JSON.stringify({ ...header(about, "chat.completion.chunk"), ...fields })}\n\n`;

const FINISH: Record<string, string> = { end_turn: "stop", stop_sequence: "stop", tool_use: "tool_calls", max_tokens: "length" };
function finishReason(reply: Reply): string {
  const reason = stopReasonOf(reply);
  return FINISH[reason] ?? reason;
}

function usageOf(usage: WireUsage) {
  const prompt = usage.input_tokens + usage.cache_read_input_tokens + usage.cache_creation_input_tokens;
  return {
    prompt_tokens: prompt,
    completion_tokens: usage.output_tokens,
    total_tokens: prompt + usage.output_tokens,
    prompt_tokens_details: { cached_tokens: usage.cache_read_input_tokens },
  };
}
