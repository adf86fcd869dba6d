import type { Usage } from "../../shared/protocol/model";
import { parseData, type Dialect } from "../exchange";
import { modelError, toldError, type FailureSite } from "../failures";
import type { Reply } from "../reply";
import { count, list, object, text, type Json } from "./json";

/** The Responses API. An output item has two places: its readable text, and, for reasoning, the sealed item itself. */
export function openaiResponsesDialect(site: FailureSite): Dialect {
  return {
    event(sse, reply) {
      if (sse.data.trim() === "[DONE]") return;
      const data = parseData(sse, reply, site);
      if (data) handle(data, reply, site);
    },
    whole(json, reply) {
      reply.begin(text(json["model"]) || undefined, {});
      for (const [at, item] of list(json["output"]).entries()) finishItem(at, item, reply);
      finishResponse(json, reply, site);
    },
    isTerminal: (sse) => sse.data.includes('"response.completed"'),
  };
}

const place = (data: Json): number => (count(data["output_index"]) ?? -1) * 2;

function handle(data: Json, reply: Reply, site: FailureSite): void {
  const at = place(data);
  switch (data["type"]) {
    case "response.created":
      return reply.begin(text(object(data["response"])["model"]) || undefined, {});
    case "response.output_item.added":
      return openItem(at, object(data["item"]), reply);
    case "response.output_text.delta":
    case "response.refusal.delta":
      return write(at, "text", text(data["delta"]), reply);
    case "response.reasoning_summary_text.delta":
    case "response.reasoning_text.delta":
      return write(at, "thinking", text(data["delta"]), reply);
    case "response.function_call_arguments.delta":
      return reply.append(at, text(data["delta"]));
    case "response.output_item.done":
      return finishItem(at / 2, object(data["item"]), reply);
    case "response.completed":
    case "response.incomplete":
      return finishResponse(object(data["response"]), reply, site);
    case "response.failed":
      return reply.fail(toldError(site, object(data["response"])["error"]));
    case "error":
      return reply.fail(toldError(site, data["error"] ?? data));
    default:
  }
}

function openItem(at: number, item: Json, reply: Reply): void {
  if (item["type"] === "function_call") reply.open(at, { type: "tool_use", id: text(item["call_id"]), name: text(item["name"]) });
}

function write(at: number, type: "text" | "thinking", words: string, reply: Reply): void {
  if (words === "") return;
  if (!reply.isOpen(at)) reply.open(at, { type });
  if (!reply.over) reply.append(at, words);
}

function finishItem(index: number, item: Json, reply: Reply): void {
  const at = index * 2;
  const wasOpen = reply.isOpen(at);
  if (item["type"] === "function_call" && !wasOpen) {
    openItem(at, item, reply);
    if (!reply.over) reply.append(at, text(item["arguments"]));
  }
  if (item["type"] === "function_call" && wasOpen) reply.supply(at, text(item["arguments"]));
  if (item["type"] === "message" && !wasOpen)
    write(
      at,
      "text",
      list(item["content"])
        .map((part) => text(part["text"]))
        .join(""),
      reply,
    );
  if (reply.over) return;
  // "incomplete": the output limit fell inside the call.
  if (item["status"] === "incomplete") reply.abandon(at, "the reply reached its output limit in this call, so it was not run");
  else reply.close(at);
  if (item["type"] !== "function_call" && item["type"] !== "message") {
    reply.open(at + 1, { type: "opaque", raw: item });
    reply.close(at + 1);
  }
}

function finishResponse(response: Json, reply: Reply, site: FailureSite): void {
  const usage = usageOf(response["usage"]);
  reply.addUsage(usage);
  if (response["status"] === "failed") return reply.fail(toldError(site, response["error"]));
  const why = text(object(response["incomplete_details"])["reason"]);
  if (response["status"] === "incomplete")
    reply.stop(why === "max_output_tokens" ? "max_tokens" : why === "content_filter" ? "refusal" : "other");
  else if (response["status"] === "cancelled")
    return reply.fail(modelError(site, "unavailable", `${site.provider} cancelled the reply`));
  else reply.stop(list(response["output"]).some((item) => item["type"] === "function_call") ? "tool_use" : "end_turn");
  reply.end();
}

function usageOf(raw: unknown): Partial<Usage> {
  const from = object(raw);
  const cached = count(object(from["input_tokens_details"])["cached_tokens"]) ?? 0;
  const input = count(from["input_tokens"]);
  const output = count(from["output_tokens"]);
  return {
    ...(input === undefined ? {} : { inputTokens: Math.max(0, input - cached), cacheReadTokens: cached }),
    ...(output === undefined ? {} : { outputTokens: output }),
  };
}
