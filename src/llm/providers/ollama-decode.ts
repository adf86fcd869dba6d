import type { Dialect } from "../exchange";
import { parseData } from "../exchange";
import { toldError, type FailureSite } from "../failures";
import type { Reply } from "../reply";
import { count, list, object, text, type Json } from "./json";
import { spokenBlocks } from "./spoken-blocks";
import { createTextToolParser, type TextPiece } from "./text-tools";

/** One JSON object a line; a tool call comes whole in one of them, or as text by our own protocol. */
export function ollamaDialect(site: FailureSite, options: { textTools: boolean }): Dialect {
  const parser = options.textTools ? createTextToolParser() : null;
  const spoken = spokenBlocks();
  let begun = false;

  const call = (name: string, raw: string, reply: Reply): number => {
    const block = spoken.next(reply);
    reply.open(block, { type: "tool_use", id: "", name });
    if (!reply.over) reply.append(block, raw);
    return block;
  };
  const pieces = (all: TextPiece[], reply: Reply): void => {
    for (const piece of all) {
      if ("text" in piece) spoken.write("text", piece.text, reply);
      else reply.close(call(piece.call.name, piece.call.raw, reply));
    }
  };
  const finish = (line: Json, reply: Reply): void => {
    const cut = line["done_reason"] === "length";
    const rest = parser?.end();
    if (rest) {
      pieces(rest.pieces, reply);
      if (rest.open !== null)
        reply.abandon(call("unknown", rest.open, reply), "the tool_call block was not closed, so it was not run");
    }
    spoken.end(reply);
    reply.addUsage({ inputTokens: count(line["prompt_eval_count"]) ?? 0, outputTokens: count(line["eval_count"]) ?? 0 });
    reply.stop(cut ? "max_tokens" : "end_turn");
  };
  const take = (line: Json, reply: Reply): void => {
    if (line["error"] !== undefined && line["error"] !== null) return reply.fail(toldError(site, line["error"]));
    if (!begun) reply.begin(text(line["model"]) || undefined, {});
    begun = true;
    const message = object(line["message"]);
    spoken.write("thinking", text(message["thinking"]), reply);
    const words = text(message["content"]);
    if (parser) pieces(parser.push(words), reply);
    else spoken.write("text", words, reply);
    for (const one of list(message["tool_calls"])) {
      const work = object(one["function"]);
      const raw = work["arguments"];
      reply.close(call(text(work["name"]), typeof raw === "string" ? raw : JSON.stringify(raw ?? {}), reply));
    }
    if (line["done"] === true) finish(line, reply);
  };

  return {
    framing: "lines",
    event(line, reply) {
      const data = parseData(line, reply, site);
      if (data) take(data, reply);
    },
    whole: take,
    // The last line has no line end on some servers; that it is whole its own `done` says.
    isTerminal: (line) => /"done"\s*:\s*true/.test(line.data),
  };
}
