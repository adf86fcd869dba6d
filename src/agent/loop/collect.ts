import type { AgentEvent } from "../../shared/protocol/agent";
import type { Block, ToolUseBlock } from "../../shared/protocol/messages";
import {
  noUsage,
  type BlockStart,
  type ModelError,
  type ModelStream,
  type ModelRequest,
  type StopReason,
  type Usage,
} from "../../shared/protocol/model";

export interface Collected {
  /** Whole blocks in order; an interrupted text keeps what was shown. */
  blocks: Block[];
  model: string;
  stopReason: StopReason;
  usage: Usage;
  error?: ModelError;
}

export interface CollectPorts {
  turn: string;
  request: string;
  emit(event: AgentEvent): void;
  /** A tool block is whole: it may start now, while the stream runs on. */
  onToolUse(block: ToolUseBlock): void;
}

type DeltaKind = "text" | "thinking" | "tool_input";

interface OpenBlock {
  kind: DeltaKind | null;
  tool?: { id: string; name: string };
  text: string;
}

/** Turns one model stream into whole blocks. Never throws: a stream that breaks its contract is an error value. */
export async function collect(
  model: ModelStream,
  request: ModelRequest,
  ports: CollectPorts,
  signal: AbortSignal,
): Promise<Collected> {
  const collected: Collected = { blocks: [], model: request.model ?? "", stopReason: "other", usage: noUsage() };
  const open = new Map<number, OpenBlock>();
  const { turn, emit } = ports;
  let ended = false;
  for await (const event of model(request, signal)) {
    switch (event.type) {
      case "message_start":
        collected.model = event.model;
        collected.usage = event.usage;
        break;
      case "block_start":
        open.set(event.index, openBlock(event.block));
        break;
      case "block_delta": {
        const block = open.get(event.index);
        if (!block?.kind) break;
        if (block.kind === "text") block.text += event.text;
        const delta = {
          type: "delta",
          turn,
          request: ports.request,
          block: event.index,
          kind: block.kind,
          text: event.text,
        } as const;
        emit(block.tool ? { ...delta, tool: block.tool } : delta);
        break;
      }
      case "block_stop":
        open.delete(event.index);
        collected.blocks.push(event.block);
        if (event.block.type === "tool_use") ports.onToolUse(event.block);
        break;
      case "message_end":
        collected.stopReason = event.stopReason;
        collected.usage = event.usage;
        ended = true;
        break;
      case "waiting":
        emit({
          type: "request_waiting",
          turn,
          request: ports.request,
          why: event.why,
          attempt: event.attempt,
          waitMs: event.waitMs,
          ...(event.error && { error: event.error }),
        });
        break;
      case "fallback":
        emit({ type: "model_fallback", turn, from: event.from, to: event.to, error: event.error });
        break;
      case "error":
        collected.error = event.error;
        ended = true;
        break;
    }
  }
  if (signal.aborted) collected.error = { kind: "aborted", message: "Stopped." };
  else if (!ended) collected.error = { kind: "unavailable", message: "The model's reply ended without an end.", partial: true };
  if (collected.error?.kind === "aborted") keepShownText(collected, open);
  return collected;
}

function openBlock(start: BlockStart): OpenBlock {
  switch (start.type) {
    case "text":
    case "thinking":
      return { kind: start.type, text: "" };
    case "tool_use":
      return { kind: "tool_input", tool: { id: start.id, name: start.name }, text: "" };
    case "other":
      return { kind: null, text: "" };
  }
}

/** The user stopped and has read this far: the conversation keeps it. */
function keepShownText(collected: Collected, open: Map<number, OpenBlock>): void {
  for (const block of open.values()) {
    if (block.kind === "text" && block.text.trim() !== "") collected.blocks.push({ type: "text", text: block.text });
  }
}
