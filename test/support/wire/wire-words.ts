type Json = Record<string, unknown>;

/** An event whose name is its type, unless another one is given; "" = no name. */
export const sse = (data: Json, name = String(data["type"])): string =>
  `${name === "" ? "" : `event: ${name}\n`}data: ${JSON.stringify(data)}\n\n`;

export const lines = (...all: Json[]): string => all.map((one) => `${JSON.stringify(one)}\n`).join("");

const begin = (usage: Json = { input_tokens: 3, output_tokens: 1 }): string =>
  sse({ type: "message_start", message: { id: "m1", type: "message", role: "assistant", model: "m", content: [], usage } });
const end = (reason: string | null = "end_turn", usage: Json = { output_tokens: 5 }): string =>
  sse({ type: "message_delta", delta: { stop_reason: reason, stop_sequence: null }, usage }) + sse({ type: "message_stop" });
const open = (index: number, block: Json): string => sse({ type: "content_block_start", index, content_block: block });
const delta = (index: number, change: Json | null): string => sse({ type: "content_block_delta", index, delta: change });
const close = (index: number): string => sse({ type: "content_block_stop", index });

export const anthropicEvents = {
  begin,
  end,
  open,
  delta,
  close,
  reply: (blocks: string, reason?: string): string => begin() + blocks + end(reason),
  text: (index: number, ...pieces: string[]): string =>
    open(index, { type: "text", text: "" }) +
    pieces.map((text) => delta(index, { type: "text_delta", text })).join("") +
    close(index),
  thinking: (index: number, thinking: string, signature: string): string =>
    open(index, { type: "thinking", thinking: "", signature: "" }) +
    delta(index, { type: "thinking_delta", thinking }) +
    delta(index, { type: "signature_delta", signature }) +
    close(index),
  tool: (index: number, id: string, name: string, json: string): string =>
    open(index, { type: "tool_use", id, name, input: {} }) +
    [json.slice(0, 4), json.slice(4)].map((partial_json) => delta(index, { type: "input_json_delta", partial_json })).join("") +
    close(index),
  error: (type: string, message = "scripted"): string => sse({ type: "error", error: { type, message } }),
  whole: (content: Json[], stop_reason = "end_turn"): string =>
    JSON.stringify({
      id: "m1",
      type: "message",
      role: "assistant",
      model: "m",
      content,
      stop_reason,
      usage: { input_tokens: 3, output_tokens: 5 },
    }),
};

export const chatChunks = {
  chunk: (change: Json | object, finish: string | null = null): string =>
    sse(
      { id: "c", object: "chat.completion.chunk", model: "m", choices: [{ index: 0, delta: change, finish_reason: finish }] },
      "",
    ),
  done: "data: [DONE]\n\n",
};

const ended = (type: string, response: Json): string =>
  sse({ type, response: { model: "m", usage: { input_tokens: 3, output_tokens: 5 }, ...response } });
const added = (item: Json): string => sse({ type: "response.output_item.added", output_index: 0, item });
const done = (item: Json): string =>
  sse({ type: "response.output_item.done", output_index: 0, item: { status: "completed", ...item } });

export const responsesEvents = {
  created: sse({ type: "response.created", response: { model: "m" } }),
  added,
  done,
  ended,
  text: (text: string): string =>
    added({ type: "message" }) +
    sse({ type: "response.output_text.delta", output_index: 0, delta: text }) +
    done({ type: "message", content: [{ type: "output_text", text }] }),
  args: (text: string): string => sse({ type: "response.function_call_arguments.delta", output_index: 0, delta: text }),
  completed: (output: Json[]): string => ended("response.completed", { status: "completed", output }),
};

export const ollamaLines = {
  text: (content: string): string => lines({ model: "m", message: { role: "assistant", content }, done: false }),
  done: (done_reason = "stop"): string =>
    lines({
      model: "m",
      message: { role: "assistant", content: "" },
      done: true,
      done_reason,
      prompt_eval_count: 3,
      eval_count: 5,
    }),
};
