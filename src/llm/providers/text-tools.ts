import type { ToolSpec } from "../../shared/protocol/model";
import { parseToolInput } from "../tool-input";
import { object, text } from "./json";

/** Tools for models that know none: they are described in the prompt, and calls come back as fenced blocks. */
export function textToolPrompt(tools: readonly ToolSpec[]): string {
  if (tools.length === 0) return "";
  const specs = tools.map(
    ({ name, description, inputSchema }) => `- ${name}: ${description}\n  arguments: ${JSON.stringify(inputSchema)}`,
  );
  return [
    "You can use tools. To call one, write a block of exactly this form, on lines of its own:",
    `${fence}\n{"name": "the tool's name", "input": {"argument": "value"}}\n${fenceEnd}`,
    "The block holds one JSON object and nothing else. After your calls, stop writing: the results come in the next message. The tools are:",
    ...specs,
  ].join("\n");
}

export const fence = "```tool_call";
const fenceEnd = "```";

export const writtenCall = (name: string, input: Record<string, unknown>): string =>
  `${fence}\n${JSON.stringify({ name, input })}\n${fenceEnd}`;

export type TextPiece = { text: string } | { call: TextCall };

export interface TextCall {
  name: string;
  /** What `parseToolInput` is to judge: the arguments, or the whole block when it is broken. */
  raw: string;
}

export interface TextToolParser {
  push(words: string): TextPiece[];
  /** What is left; a block that was not closed is no call. */
  end(): { pieces: TextPiece[]; open: string | null };
}

/** Words pass through as they come, but for a line that may still become a fence. */
export function createTextToolParser(): TextToolParser {
  let line = "";
  let lineIsText = false;
  let block: string[] | null = null;

  const takeLine = (whole: string, pieces: TextPiece[]): void => {
    if (block === null && whole.trimEnd() === fence) block = [];
    else if (block === null) pieces.push({ text: `${whole}\n` });
    else if (whole.trimEnd() === fenceEnd) {
      pieces.push({ call: readCall(block.join("\n")) });
      block = null;
    } else block.push(whole);
  };

  return {
    push(words) {
      const pieces: TextPiece[] = [];
      const lines = words.split("\n");
      for (const [at, part] of lines.entries()) {
        line += part;
        const ends = at < lines.length - 1;
        if (lineIsText) {
          pieces.push({ text: ends ? `${line}\n` : line });
          line = "";
          lineIsText = !ends;
        } else if (ends) {
          takeLine(line, pieces);
          line = "";
        } else if (block === null && line !== "" && !fence.startsWith(line.trimEnd())) {
          pieces.push({ text: line });
          line = "";
          lineIsText = true;
        }
      }
      return pieces;
    },
    end() {
      const pieces: TextPiece[] = [];
      if (block !== null && line.trimEnd() === fenceEnd) takeLine(line, pieces);
      else if (block !== null) block.push(line);
      else if (line !== "") pieces.push({ text: line });
      return { pieces, open: block === null ? null : block.join("\n") };
    },
  };
}

function readCall(raw: string): TextCall {
  const parsed = parseToolInput(raw);
  const name = text(parsed.input["name"]);
  if ("invalid" in parsed || name === "")
    return { name: name || "unknown", raw: "invalid" in parsed ? raw : `${raw} has no name` };
  return { name, raw: JSON.stringify(object(parsed.input["input"] ?? parsed.input["arguments"])) };
}
