import { createReadStream, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { textBlock, type Block, type ResultContent } from "../../../shared/protocol/messages";
import { skip } from "./foreign";

/** Files and lines beyond these are left out and counted. */
export const maxFileBytes = 256 << 20;
const maxLineChars = 16 << 20;
const maxFiles = 20_000;

export type Json = Record<string, unknown>;

export const isObject = (value: unknown): value is Json => typeof value === "object" && value !== null && !Array.isArray(value);

export const stringIn = (value: unknown, key: string): string => {
  const found = isObject(value) ? value[key] : undefined;
  return typeof found === "string" ? found : "";
};

export async function* jsonLines(path: string, skipped: Record<string, number>): AsyncIterable<Json> {
  const input = createReadStream(path, { encoding: "utf8", end: maxFileBytes });
  for await (const line of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
    if (line.trim() === "") continue;
    const value = line.length > maxLineChars ? undefined : parse(line);
    if (isObject(value)) yield value;
    else skip(skipped, "unreadable lines");
  }
}

/** Undefined: not there, too large, or no JSON. */
export function jsonFile(path: string): unknown {
  try {
    return statSync(path).size > maxFileBytes ? undefined : parse(readFileSync(path, "utf8"));
  } catch {
    return undefined;
  }
}

export function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Files below a folder; links are not followed. */
export function filesBelow(dir: string, depth: number, wanted: (name: string) => boolean): string[] {
  try {
    const entries = readdirSync(dir, { withFileTypes: true });
    const found = entries.flatMap((entry) => {
      if (entry.isDirectory()) return depth > 0 ? filesBelow(join(dir, entry.name), depth - 1, wanted) : [];
      return entry.isFile() && wanted(entry.name) ? [join(dir, entry.name)] : [];
    });
    return found.slice(0, maxFiles);
  } catch {
    return [];
  }
}

/** ms since epoch of an ISO text or a number; the fallback otherwise. */
export function timeOf(value: unknown, fallback: number): number {
  const time = typeof value === "number" ? value : typeof value === "string" ? Date.parse(value) : Number.NaN;
  return Number.isFinite(time) ? time : fallback;
}

/** Content in the shape of the Anthropic wire, which several agents store as it is. */
export function blocksOf(content: unknown, skipped: Record<string, number>): Block[] {
  if (typeof content === "string") return content.trim() ? [textBlock(content)] : [];
  if (!Array.isArray(content)) return [];
  return content.flatMap((block: unknown): Block[] => {
    if (!isObject(block)) return [];
    if (block.type === "tool_use" && stringIn(block, "id")) {
      return [
        {
          type: "tool_use",
          id: stringIn(block, "id"),
          name: stringIn(block, "name") || "tool",
          input: isObject(block.input) ? block.input : {},
        },
      ];
    }
    if (block.type === "tool_result" && stringIn(block, "tool_use_id")) {
      const result = {
        type: "tool_result" as const,
        toolUseId: stringIn(block, "tool_use_id"),
        content: resultOf(block.content, skipped),
        origin: "tool" as const,
      };
      return [block.is_error === true ? { ...result, isError: true } : result];
    }
    return simpleBlock(block, skipped);
  });
}

/** Texts and images; never an empty list, a result has to say something. */
export function resultOf(content: unknown, skipped: Record<string, number>): ResultContent[] {
  const blocks =
    typeof content === "string"
      ? [textBlock(content, "tool")]
      : Array.isArray(content)
        ? content.filter(isObject).flatMap((block) => simpleBlock(block, skipped))
        : [];
  return blocks.length > 0 ? blocks : [textBlock("(nothing)", "tool")];
}

function simpleBlock(block: Json, skipped: Record<string, number>): ResultContent[] {
  const { source } = block;
  if (typeof block.text === "string") return block.text ? [textBlock(block.text)] : [];
  if (block.type === "image" && isObject(source) && source.type === "base64" && typeof source.data === "string") {
    return [{ type: "image", mediaType: stringIn(source, "media_type") || "image/png", data: source.data }];
  }
  skip(skipped, `${stringIn(block, "type") || "unknown"} blocks`);
  return [];
}
