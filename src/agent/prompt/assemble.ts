import type { ToolSpec } from "../../shared/protocol/model";
import { basePrompt } from "./sections/base";
import { environmentSection, type Environment } from "./sections/environment";

export interface PromptParts {
  environment: Environment;
  /** Names (with a few words) of tools whose schema is sent only when asked for. */
  deferredTools: readonly { name: string; description: string }[];
  /** The user's own prompt instead of ours, and what they add to it. */
  replace?: string;
  append?: string;
}

export interface AssembledPrompt {
  system: { text: string; cache?: boolean }[];
}

/**
 * The system prompt, most stable part first: what all users share, what this session keeps. It is made
 * once per session; everything that changes later is appended to the conversation instead.
 */
export function assemblePrompt(parts: PromptParts): AssembledPrompt {
  const base = parts.replace ?? basePrompt;
  const session = [environmentSection(parts.environment), deferredSection(parts.deferredTools), parts.append ?? ""]
    .filter((text) => text !== "")
    .join("\n\n");
  return { system: [{ text: base }, { text: session, cache: true }] };
}

function deferredSection(tools: PromptParts["deferredTools"]): string {
  if (tools.length === 0) return "";
  return [
    "# More tools",
    "Load these with ToolSearch before you call them:",
    ...tools.map((tool) => `- ${tool.name}: ${firstWords(tool.description, MAX_LINE - tool.name.length - 4)}`),
  ].join("\n");
}

/** About fifteen tokens: enough to know what to search for. */
const MAX_LINE = 56;

function firstWords(text: string, max: number): string {
  const words = text.split(" ");
  let line = "";
  for (const word of words) {
    if (line.length + word.length + 1 > max) break;
    line = line === "" ? word : `${line} ${word}`;
  }
  return line.replace(/[\s,;:(\u2013-]+$/, "");
}

/** One order for ever: the tool list is the first thing in the cached prefix. */
export const inStableOrder = (tools: readonly ToolSpec[]): ToolSpec[] =>
  [...tools].sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
