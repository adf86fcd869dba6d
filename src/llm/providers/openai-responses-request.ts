import type { Block, Message, ResultContent } from "../../shared/protocol/messages";
import type { ModelRequest } from "../../shared/protocol/model";
import { wellFormed } from "../tool-input";
import type { Json } from "./json";
import { resultText } from "./openai-chat-request";
import { wireName } from "./wire-names";

/** Nothing is kept at the provider: the sealed reasoning comes back to us and is sent again with the history. */
export function openaiResponsesBody(request: ModelRequest, model: string, provider: string): string {
  const instructions = request.system
    .map((section) => section.text)
    .filter((section) => section !== "")
    .join("\n\n");
  return JSON.stringify({
    model,
    stream: true,
    store: false,
    include: ["reasoning.encrypted_content"],
    ...(request.thinkingTokens ? { reasoning: { summary: "auto" } } : {}),
    ...(request.maxTokens === undefined ? {} : { max_output_tokens: request.maxTokens }),
    ...(request.sessionId === undefined ? {} : { prompt_cache_key: request.sessionId }),
    ...(instructions === "" ? {} : { instructions: wellFormed(instructions) }),
    ...(request.tools.length === 0
      ? {}
      : {
          tools: request.tools.map(({ name, description, inputSchema }) => ({
            type: "function",
            name,
            description,
            parameters: inputSchema,
            strict: false,
          })),
        }),
    input: request.messages.flatMap((message) => message.content.flatMap((block) => inputItems(block, message.role, provider))),
  });
}

function inputItems(block: Block, role: Message["role"], provider: string): Json[] {
  switch (block.type) {
    case "tool_use":
      return [{ type: "function_call", call_id: block.id, name: wireName(block.name), arguments: JSON.stringify(block.input) }];
    case "tool_result": {
      const output = { type: "function_call_output", call_id: block.toolUseId, output: resultText(block) };
      const pictures = block.content.filter((part) => part.type !== "text").map(inputPart);
      return pictures.length === 0 ? [output] : [output, { type: "message", role: "user", content: pictures }];
    }
    case "opaque":
      return block.provider === provider ? [block.raw as Json] : [];
    case "thinking":
    case "redacted_thinking":
      return [];
    default:
      if (block.type === "text" && block.text === "") return [];
      return [
        {
          type: "message",
          role,
          content: [
            role === "assistant" && block.type === "text"
              ? { type: "output_text", text: wellFormed(block.text) }
              : inputPart(block),
          ],
        },
      ];
  }
}

function inputPart(part: ResultContent): Json {
  if (part.type === "text") return { type: "input_text", text: wellFormed(part.text) };
  const url = `data:${part.mediaType};base64,${part.data}`;
  if (part.type === "image") return { type: "input_image", image_url: url };
  return { type: "input_file", filename: part.title ?? "document.pdf", file_data: url };
}
