import type { Message, ToolResultBlock, ToolUseBlock } from "../../shared/protocol/messages";
import { textOf } from "../../shared/protocol/messages";

/** A tool call with what came of it, as the conversation has it. */
export interface Work {
  name: string;
  input: Record<string, unknown>;
  failed: boolean;
  result: string;
}

/** What was done, from the record and not from a model's memory: it cannot be forgotten or made up. */
export function workOf(messages: readonly Message[]): Work[] {
  const results = new Map<string, ToolResultBlock>();
  for (const message of messages)
    for (const block of message.content) if (block.type === "tool_result") results.set(block.toolUseId, block);
  return messages
    .flatMap((message) => message.content)
    .filter((block): block is ToolUseBlock => block.type === "tool_use")
    .map(({ id, name, input }) => {
      const result = results.get(id);
      return { name, input, failed: result?.isError === true, result: result ? textOf(result.content) : "" };
    });
}

const changing = new Set(["Edit", "MultiEdit", "Write", "NotebookEdit", "Rename"]);

const pathOf = (work: Work): string | null => {
  const path = work.input["file_path"] ?? work.input["notebook_path"] ?? work.input["path"];
  return typeof path === "string" ? path : null;
};

export function filesOf(work: readonly Work[]): { changed: string[]; read: string[] } {
  const changed = new Set<string>();
  const read = new Set<string>();
  for (const one of work) {
    const path = pathOf(one);
    if (!path || one.failed) continue;
    if (changing.has(one.name)) changed.add(path);
    else if (one.name === "Read") {
      // The latest read stands last.
      read.delete(path);
      read.add(path);
    }
  }
  return { changed: [...changed], read: [...read].filter((path) => !changed.has(path)) };
}

export function commandsOf(work: readonly Work[]): string[] {
  return work
    .filter((one) => one.name === "Bash" && typeof one.input["command"] === "string")
    .map((one) => `${oneLine(String(one.input["command"]), 160)} → ${one.failed ? "failed" : "ok"}`);
}

export function lineOf(work: Work): string {
  const subject =
    pathOf(work) ?? work.input["command"] ?? work.input["pattern"] ?? work.input["url"] ?? work.input["description"] ?? "";
  return `${work.name} ${oneLine(String(subject), 140)}${work.failed ? ` (failed: ${oneLine(work.result, 120)})` : ""}`.trim();
}

export const oneLine = (text: string, max: number): string => {
  const line = text.replace(/\s+/g, " ").trim();
  return line.length <= max ? line : `${line.slice(0, max - 1)}…`;
};

/** The user's own words, in order: what nobody but they may change. */
export function userWords(messages: readonly Message[]): string[] {
  return messages
    .filter((message) => message.role === "user")
    .map((message) =>
      textOf(message.content.filter((block) => block.type === "text" && (block.origin ?? "user") === "user")).trim(),
    )
    .filter((text) => text !== "");
}
