import type { StopReason, Usage } from "../../shared/protocol/model";
import { parseData, type Dialect } from "../exchange";
import { toldError, type FailureSite } from "../failures";
import type { Reply } from "../reply";
import { count, list, object, text, type Json } from "./json";
import { spokenBlocks } from "./spoken-blocks";

interface Call {
  id: string;
  name: string;
  /** Arguments that came before the name. */
  early: string;
  /** Set when its block was opened: not before the name is whole. */
  block: number | null;
}

/** Chat completions, as OpenAI and the many servers that imitate it send them. */
export function openaiChatDialect(site: FailureSite): Dialect {
  const calls = new Map<string, Call>();
  let last: Call | null = null;
  const spoken = spokenBlocks();
  let lastWords = false;

  const openCall = (call: Call, reply: Reply): number => {
    if (call.block !== null) return call.block;
    call.block = spoken.next(reply);
    reply.open(call.block, { type: "tool_use", id: call.id, name: call.name });
    if (call.early !== "" && !reply.over) reply.append(call.block, call.early);
    return call.block;
  };
  const callFor = (piece: Json): Call => {
    const id = text(piece["id"]);
    const begins = text(object(piece["function"])["name"]) !== "";
    const place = count(piece["index"]);
    // Without an index, an id or a name begins a call and everything else belongs to the last one. Some servers number
    // all calls 0, some give every piece an id of its own: only where there is a name too it is another call.
    let key = place === undefined ? (id === "" ? "" : `id ${id}`) : `at ${place}`;
    if (last && place === undefined && !calls.has(key) && !(begins && (id !== "" || last.block !== null))) return last;
    if (key === "") key = `number ${calls.size}`;
    const known = calls.get(key);
    if (known && (!begins || id === "" || known.id === "" || known.id === id)) {
      known.id ||= id;
      return known;
    }
    if (known) key = `${key} ${id}`;
    const call = calls.get(key) ?? { id, name: "", early: "", block: null };
    calls.set(key, call);
    return call;
  };
  const toolPiece = (piece: Json, reply: Reply): void => {
    const call = callFor(piece);
    last = call;
    const work = object(piece["function"]);
    const name = text(work["name"]);
    if (call.block === null && name !== call.name) call.name += name;
    const raw = work["arguments"];
    const words = typeof raw === "string" ? raw : raw === undefined || raw === null ? "" : JSON.stringify(raw);
    if (call.name === "") call.early += words;
    else if (words !== "") reply.append(openCall(call, reply), words);
  };
  const message = (delta: Json, reply: Reply): void => {
    spoken.write("thinking", text(delta["reasoning_content"]) || text(delta["reasoning"]), reply);
    spoken.write("text", textOfContent(delta["content"]) + text(delta["refusal"]), reply);
    for (const piece of list(delta["tool_calls"])) if (!reply.over) toolPiece(piece, reply);
    // What calls looked like before there could be several.
    if (delta["function_call"]) toolPiece({ index: 0, function: delta["function_call"] }, reply);
  };
  const finish = (reason: string, reply: Reply): void => {
    if (brokenOff.has(reason)) return reply.fail(toldError(site, { message: `the reply ended with "${reason}"` }));
    spoken.end(reply);
    for (const call of calls.values()) reply.close(openCall(call, reply));
    reply.stop(stopReason(reason));
    lastWords = true;
  };
  /** The end came without a reason: text is taken as it is, a call that nobody closed is not run. */
  const cutOff = (reply: Reply): void => {
    spoken.end(reply);
    for (const call of calls.values())
      reply.abandon(openCall(call, reply), "the reply ended without saying that this call was complete, so it was not run");
    reply.stop("end_turn");
  };
  const chunk = (data: Json, deltaName: "delta" | "message", reply: Reply): void => {
    const [choice] = list(data["choices"]).filter(({ index }) => (count(index) ?? 0) === 0);
    const error = data["error"] ?? choice?.["error"] ?? (data["object"] === "error" ? data : null);
    if (error !== null) return reply.fail(toldError(site, error));
    if (!begun) {
      begun = true;
      reply.begin(text(data["model"]) || undefined, {});
    }
    const usage = usageOf(data["usage"]);
    if (usage) reply.addUsage(usage);
    if (choice && !reply.stopped) {
      message(object(choice[deltaName]), reply);
      // Some say "" as long as it goes on; what came in one piece is whole without a reason.
      const reason = text(choice["finish_reason"]) || (deltaName === "message" ? "stop" : "");
      if (!reply.over && reason !== "") finish(reason, reply);
    }
    if (usage && reply.stopped) lastWords = false;
  };
  let begun = false;

  return {
    event(sse, reply) {
      if (sse.data.trim() === "[DONE]") {
        lastWords = false;
        if (begun && !reply.stopped) cutOff(reply);
        return;
      }
      const data = parseData(sse, reply, site);
      if (data) chunk(sse.event === "error" && !data["error"] ? { error: data } : data, "delta", reply);
    },
    whole: (json, reply) => chunk(json, "message", reply),
    isTerminal: (sse) => sse.data.trim() === "[DONE]",
    wantsMore: () => lastWords,
  };
}

/** Most send a string; some send parts. */
const textOfContent = (content: unknown): string =>
  typeof content === "string"
    ? content
    : list(content)
        .map((part) => text(part["text"]))
        .join("");

function usageOf(raw: unknown): Partial<Usage> | null {
  const from = object(raw);
  const prompt = count(from["prompt_tokens"]);
  const output = count(from["completion_tokens"]);
  if (prompt === undefined && output === undefined) return null;
  const cached = count(object(from["prompt_tokens_details"])["cached_tokens"]) ?? 0;
  return { inputTokens: Math.max(0, (prompt ?? 0) - cached), cacheReadTokens: cached, outputTokens: output ?? 0 };
}

/** Reasons by which servers say that they could not go on. */
const brokenOff = new Set(["error", "network_error", "insufficient_system_resource", "abort", "cancelled"]);

function stopReason(reason: string): StopReason {
  if (reason === "stop") return "end_turn";
  if (reason === "tool_calls" || reason === "function_call") return "tool_use";
  if (/length|max_tokens/i.test(reason)) return "max_tokens";
  return /^(content_filter|sensitive|refusal|safety)$/i.test(reason) ? "refusal" : "other";
}
