import type { StopReason, Usage } from "../../shared/protocol/model";
import { parseData, type Dialect } from "../exchange";
import { toldError, type FailureSite } from "../failures";
import type { OpenBlockSpec, Reply } from "../reply";
import { count, list, object, text, type Json } from "./json";

/** Messages API events. Unknown events, deltas and stop reasons are passed over; unknown blocks are kept as they are. */
export function anthropicDialect(site: FailureSite): Dialect {
  let usageIsDue = false;
  return {
    event(sse, reply) {
      if (sse.event === "ping" || sse.data.trim() === "[DONE]") return;
      const data = parseData(sse, reply, site);
      if (!data) return;
      // Gateways leave out the one name or the other.
      const type = text(data["type"]) || (data["error"] ? "error" : sse.event);
      handle(type, data, reply, site);
      if (type === "message_delta") usageIsDue = reply.stopped && Object.keys(usageOf(data["usage"])).length === 0;
    },
    wantsMore: () => usageIsDue,
    whole(json, reply) {
      reply.begin(text(json["model"]) || undefined, usageOf(json["usage"]));
      const said = json["content"];
      const content = typeof said === "string" ? [{ type: "text", text: said }] : list(said);
      for (const [index, block] of content.entries()) openWhole(index, block, reply);
      if (typeof json["stop_reason"] === "string" || content.length > 0) reply.stop(stopReason(text(json["stop_reason"])));
    },
    isTerminal: (sse) => sse.event === "message_stop" || sse.data.includes('"message_stop"'),
  };
}

function handle(type: string, data: Json, reply: Reply, site: FailureSite): void {
  const index = data["index"] as number;
  switch (type) {
    case "message_start": {
      const message = object(data["message"]);
      return reply.begin(text(message["model"]) || undefined, usageOf(message["usage"]));
    }
    case "content_block_start":
      return openBlock(index, object(data["content_block"]), reply);
    case "content_block_delta":
      return delta(index, object(data["delta"]), reply);
    case "content_block_stop":
      return reply.close(index);
    case "message_delta": {
      const reason = object(data["delta"])["stop_reason"];
      reply.addUsage(usageOf(data["usage"]));
      if (typeof reason === "string" && reason !== "") reply.stop(stopReason(reason));
      return;
    }
    case "message_stop":
      reply.stop("end_turn");
      return reply.end();
    case "error":
      return reply.fail(toldError(site, data["error"]));
    default:
  }
}

function openBlock(index: number, block: Json, reply: Reply): void {
  const type = text(block["type"]);
  if (type === "") return reply.broken("a block without a type");
  reply.open(index, specOf(type, block));
  const input = object(block["input"]);
  if (type === "tool_use" && Object.keys(input).length > 0) reply.supply(index, JSON.stringify(input));
  const first = type === "text" ? text(block["text"]) : type === "thinking" ? text(block["thinking"]) : "";
  if (first !== "" && !reply.over) reply.append(index, first);
}

function openWhole(index: number, block: Json, reply: Reply): void {
  openBlock(index, block, reply);
  if (block["type"] === "tool_use" && !reply.over) reply.append(index, JSON.stringify(block["input"] ?? {}));
  reply.close(index);
}

function specOf(type: string, block: Json): OpenBlockSpec {
  if (type === "text") return { type };
  if (type === "thinking") return { type, signature: text(block["signature"]) };
  if (type === "redacted_thinking") return { type, data: text(block["data"]) };
  if (type === "tool_use") return { type, id: text(block["id"]), name: text(block["name"]) };
  return { type: "opaque", raw: { ...block } };
}

function delta(index: number, change: Json, reply: Reply): void {
  const raw = reply.opaque(index);
  if (raw && change["type"] !== "input_json_delta") return extend(raw, change);
  switch (change["type"]) {
    case "text_delta":
      return words(index, "text", change["text"], reply);
    case "thinking_delta":
      return words(index, "thinking", change["thinking"], reply);
    case "input_json_delta":
      return words(index, raw ? "opaque" : "tool_use", change["partial_json"], reply);
    case "signature_delta":
      return reply.sign(index, text(change["signature"]));
    default:
  }
}

function words(index: number, type: OpenBlockSpec["type"], value: unknown, reply: Reply): void {
  if (value === undefined || value === null) return;
  if (typeof value !== "string") return reply.broken("a delta that is no text");
  if (reply.isOpen(index) && reply.typeOf(index) !== type) return reply.broken("a delta of another kind than its block");
  reply.append(index, value);
}

/** A block of a kind we do not know grows by whatever its deltas carry, so that it can be sent back whole. */
function extend(raw: Json, change: Json): void {
  for (const [key, value] of Object.entries(change)) {
    if (key === "type") continue;
    raw[key] = typeof value === "string" && typeof raw[key] === "string" ? raw[key] + value : value;
  }
}

function usageOf(raw: unknown): Partial<Usage> {
  const from = object(raw);
  const usage: Partial<Usage> = {};
  for (const [ours, theirs] of usageNames) {
    const value = count(from[theirs]);
    if (value !== undefined) usage[ours] = value;
  }
  return usage;
}

const usageNames: readonly (readonly [keyof Usage, string])[] = [
  ["inputTokens", "input_tokens"],
  ["outputTokens", "output_tokens"],
  ["cacheReadTokens", "cache_read_input_tokens"],
  ["cacheWriteTokens", "cache_creation_input_tokens"],
];

function stopReason(reason: string): StopReason {
  switch (reason) {
    case "end_turn":
    case "tool_use":
    case "max_tokens":
    case "stop_sequence":
    case "refusal":
    case "pause_turn":
      return reason;
    case "model_context_window_exceeded":
      return "max_tokens";
    default:
      return "other";
  }
}
