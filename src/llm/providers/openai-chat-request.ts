import type { Message, ResultContent, ToolResultBlock } from "../../shared/protocol/messages";
import type { ModelRequest } from "../../shared/protocol/model";
import { wellFormed } from "../tool-input";
import type { Json } from "./json";
import { wireName } from "./wire-names";

/** `official`: OpenAI itself has renamed the limit; servers that imitate it know the old name. */
export function openaiChatBody(request: ModelRequest, model: string, official: boolean): string {
  return JSON.stringify({
    model,
    stream: true,
    stream_options: { include_usage: true },
    ...(request.maxTokens === undefined ? {} : { [official ? "max_completion_tokens" : "max_tokens"]: request.maxTokens }),
    ...(request.tools.length === 0
      ? {}
      : {
          tools: request.tools.map(({ name, description, inputSchema }) => ({
            type: "function",
            function: { name, description, parameters: inputSchema },
          })),
        }),
    messages: [...systemMessages(request), ...request.messages.flatMap(wireMessages)],
  });
}

function systemMessages(request: ModelRequest): Json[] {
  const content = request.system
    .map((section) => section.text)
    .filter((section) => section !== "")
    .join("\n\n");
  return content === "" ? [] : [{ role: "system", content: wellFormed(content) }];
}

function wireMessages(message: Message): Json[] {
  return message.role === "assistant" ? assistantMessages(message) : userMessages(message);
}

function assistantMessages(message: Message): Json[] {
  const content = message.content.flatMap((block) => (block.type === "text" ? [block.text] : [])).join("");
  const calls = message.content.flatMap((block) =>
    block.type === "tool_use"
      ? [{ id: block.id, type: "function", function: { name: wireName(block.name), arguments: JSON.stringify(block.input) } }]
      : [],
  );
  if (content === "" && calls.length === 0) return [];
  return [
    {
      role: "assistant",
      content: content === "" ? null : wellFormed(content),
      ...(calls.length > 0 ? { tool_calls: calls } : {}),
    },
  ];
}

/** Results first, each a message of its own; they hold text only, so pictures follow as the user's. */
function userMessages(message: Message): Json[] {
  const results = message.content.filter((block) => block.type === "tool_result");
  const pictures = results.flatMap((result) => result.content.filter((part) => part.type !== "text"));
  const own = message.content.filter((block) => block.type === "text" || block.type === "image" || block.type === "document");
  const parts = [...pictures, ...own].flatMap(wirePart);
  return [
    ...results.map((result) => ({ role: "tool", tool_call_id: result.toolUseId, content: resultText(result) })),
    ...(parts.length === 0
      ? []
      : [
          {
            role: "user",
            content: parts.every((part) => part["type"] === "text") ? parts.map((part) => part["text"]).join("\n") : parts,
          },
        ]),
  ];
}

export function resultText(result: ToolResultBlock): string {
  const words = result.content.map((part) => (part.type === "text" ? part.text : "(see the attachment)")).join("\n");
  return wellFormed(result.isError ? `Error: ${words}` : words);
}

function wirePart(part: ResultContent): Json[] {
  if (part.type === "text") return part.text === "" ? [] : [{ type: "text", text: wellFormed(part.text) }];
  const url = `data:${part.mediaType};base64,${part.data}`;
  if (part.type === "image") return [{ type: "image_url", image_url: { url } }];
  return [{ type: "file", file: { filename: part.title ?? "document.pdf", file_data: url } }];
}
