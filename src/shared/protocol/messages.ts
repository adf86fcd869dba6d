/** The conversation as every part of Stride knows it: close to the Anthropic wire, owned by us. */

/** Where a piece of text came from. Only "user" text carries the user's authority. */
export type Origin = "user" | "engine" | "instructions" | "tool" | "web" | "mcp" | "memory";

export interface TextBlock {
  type: "text";
  text: string;
  origin?: Origin;
}
export interface ImageBlock {
  type: "image";
  mediaType: string;
  /** base64 */
  data: string;
}
export interface DocumentBlock {
  type: "document";
  mediaType: "application/pdf";
  /** base64 */
  data: string;
  title?: string;
}
export interface ThinkingBlock {
  type: "thinking";
  thinking: string;
  signature: string;
}
export interface RedactedThinkingBlock {
  type: "redacted_thinking";
  data: string;
}
export interface ToolUseBlock {
  type: "tool_use";
  id: string;
  name: string;
  /** The strictly parsed JSON object; absent when the arguments were not one (then `invalid` says why). */
  input: Record<string, unknown>;
  /** Set when the raw arguments could not be parsed: the call never runs, the model is told. */
  invalid?: { raw: string; problem: string };
}
export interface ToolResultBlock {
  type: "tool_result";
  toolUseId: string;
  content: ResultContent[];
  isError?: boolean;
  origin?: Origin;
}
/** A block of a provider we do not understand; kept as it came and passed back. */
export interface OpaqueBlock {
  type: "opaque";
  provider: string;
  raw: unknown;
}

export type ResultContent = TextBlock | ImageBlock | DocumentBlock;
export type Block =
  TextBlock | ImageBlock | DocumentBlock | ThinkingBlock | RedactedThinkingBlock | ToolUseBlock | ToolResultBlock | OpaqueBlock;

export interface Message {
  id: string;
  role: "user" | "assistant";
  content: Block[];
}

export const textBlock = (text: string, origin?: Origin): TextBlock =>
  origin ? { type: "text", text, origin } : { type: "text", text };

export const textOf = (content: readonly Block[]): string =>
  content.map((block) => (block.type === "text" ? block.text : "")).join("");
