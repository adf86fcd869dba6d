import { brotliCompressSync, deflateSync, gzipSync } from "node:zlib";
import type { WireCase } from "../support/wire/wire-case";
import { anthropicEvents as a, chatChunks as c, lines, ollamaLines as o, responsesEvents as r, sse } from "../support/wire/wire-words";

const hello = a.reply(a.text(0, "Hello", " world"));
const bytes = (text: string): Buffer => Buffer.from(text);
const complete = (text: string): WireCase["expect"] => ({ outcome: "complete", text });
const retry: WireCase["expect"] = { outcome: "retry" };
const lost: WireCase["expect"] = { outcome: "retry", tools: [] };
const runs = (...tools: { name: string; input: Record<string, unknown> }[]): WireCase["expect"] => ({ outcome: "complete", tools });
const read = (path: string) => ({ name: "read", input: { path } });
const halves = (text: string, at: number): Buffer[] => [bytes(text).subarray(0, at), bytes(text).subarray(at)];
const eachByte = (text: string): Buffer[] => Array.from(bytes(text), (byte) => Buffer.from([byte]));
const deep = (n: number): string => `${"[".repeat(n)}${"]".repeat(n)}`;

const framing: WireCase[] = [
  { name: "one byte a chunk", body: eachByte(hello), expect: complete("Hello world") },
  { name: "one byte a chunk, CR LF, BOM", body: eachByte(`\ufeff${hello.replaceAll("\n", "\r\n")}`), expect: complete("Hello world") },
  { name: "line ends of all kinds", body: [hello.replace("\n\n", "\r\r").replace("\n\n", "\r\n\r\n").replace("\n\n", "\n\r\n")], expect: complete("Hello world") },
  { name: "no blank behind the colon", body: [hello.replaceAll(": ", ":")], expect: complete("Hello world") },
  { name: "data before event", body: [hello.replaceAll(/(event: .*)\n(data: .*)\n/g, "$2\n$1\n")], expect: complete("Hello world") },
  { name: "no event lines", cli: true, body: [hello.replaceAll(/event: .*\n/g, "")], expect: complete("Hello world") },
  { name: "types only in the event lines", cli: true, body: [hello.replaceAll(/"type":"(message|content_block)_\w+",?/g, "")], expect: complete("Hello world") },
  { name: "an event over several data lines", body: [hello.replace('"delta":', '\ndata: "delta":')], expect: complete("Hello world") },
  { name: "keep-alives as empty data lines", cli: true, body: ["data:\n\n", hello.replaceAll("\n\n", "\n\ndata: \n\n")], expect: complete("Hello world") },
  { name: "a storm of pings", body: [sse({ type: "ping" }, "ping").repeat(3_000), hello.replaceAll("\n\n", `\n\n${sse({ type: "ping" }, "ping").repeat(50)}`)], expect: complete("Hello world") },
  { name: "comments inside an event", body: [hello.replaceAll("\ndata", "\n: here\n:\ndata")], expect: complete("Hello world") },
  { name: "one event of 5 MB", cli: true, body: [a.reply(a.text(0, "x".repeat(5 * 2 ** 20)))], expect: { outcome: "complete", chars: 5 * 2 ** 20 } },
  { name: "10 000 deltas in one chunk", body: [a.reply(a.text(0, ..."y".repeat(10_000)))], expect: { outcome: "complete", chars: 10_000 } },
  { name: "a line of 17 MB without end", body: ["data: ", "z".repeat(17 * 2 ** 20)], expect: retry },
  { name: "surrogate halves in two deltas", body: [a.reply(a.text(0, "\\ud83d", "\\ude00")).replaceAll("\\\\u", "\\u")], expect: complete("😀") },
  { name: "a character cut between two chunks", body: halves(a.reply(a.text(0, "né€😀")), a.begin().length + 140), expect: complete("né€😀") },
  { name: "UTF-8 that is too long and cut", body: [Buffer.concat([bytes(a.begin() + sse({ type: "content_block_start", index: 0, content_block: { type: "text", text: "" } }) + 'event: content_block_delta\ndata: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"a'), Buffer.from([0xf0, 0x9f]), bytes('b"}}\n\n' + a.end())])], expect: complete("a\ufffdb") },
  { name: "br though not asked", headers: { "content-encoding": "br" }, body: [brotliCompressSync(hello)], expect: complete("Hello world") },
  { name: "deflate though not asked", headers: { "content-encoding": "deflate" }, body: [deflateSync(hello)], expect: complete("Hello world") },
  { name: "GZIP in two chunks", cli: true, headers: { "content-encoding": "GZIP" }, body: [gzipSync(hello).subarray(0, 30), gzipSync(hello).subarray(30)], expect: complete("Hello world") },
  { name: "gzip that is cut", cli: true, headers: { "content-encoding": "gzip" }, body: [gzipSync(hello.repeat(3)).subarray(0, 90)], expect: retry },
  { name: "gzip cut by a reset", headers: { "content-encoding": "gzip" }, body: [gzipSync(hello).subarray(0, 60)], end: "reset", expect: retry },
  { name: "content-encoding: utf-8", headers: { "content-encoding": "utf-8" }, body: [hello], expect: complete("Hello world") },
  { name: "no content type", headers: { "content-type": "" }, body: [hello], expect: complete("Hello world") },
  { name: "the content type of JSON, the body of a stream", cli: true, headers: { "content-type": "application/json" }, body: [hello], expect: complete("Hello world") },
  { name: "the content type of a stream, the body of JSON", cli: true, body: [a.whole([{ type: "text", text: "hi" }])], expect: complete("hi") },
  { name: "the content type of a stream, an error in JSON", body: [JSON.stringify({ type: "error", error: { type: "authentication_error", message: "no" } })], expect: { outcome: "error", says: /key/ } },
];

const cut: WireCase[] = [
  { name: "closed before the first event is whole", cli: true, body: ["event: message_st"], expect: retry },
  { name: "closed after message_start", body: [a.begin()], expect: retry },
  { name: "reset in the text", cli: true, body: [a.begin() + a.text(0, "Hel")], end: "reset", expect: retry },
  { name: "closed in thinking", body: [a.begin() + a.open(0, { type: "thinking", thinking: "" }) + a.delta(0, { type: "thinking_delta", thinking: "hm" })], expect: retry },
  { name: "closed after thinking with its signature", body: [a.begin() + a.thinking(0, "hm", "sig")], expect: retry },
  { name: "reset inside the arguments", cli: true, body: [a.begin() + a.open(0, { type: "tool_use", id: "t", name: "read", input: {} }) + a.delta(0, { type: "input_json_delta", partial_json: '{"path":"' })], end: "reset", expect: lost },
  { name: "stalled inside the arguments", body: [a.begin() + a.open(0, { type: "tool_use", id: "t", name: "read", input: {} }) + a.delta(0, { type: "input_json_delta", partial_json: '{"path":"a"}' })], end: "hang", expect: lost },
  { name: "a call that is not closed before the end", cli: true, body: [a.reply(a.tool(0, "t", "read", '{"path":"a"}').replace(/event: content_block_stop[^]*/, ""), "tool_use")], expect: lost },
  { name: "the second of two calls is not closed", body: [a.begin() + a.tool(0, "t", "read", '{"path":"a"}') + a.tool(1, "u", "read", '{"path":"b"}').replace(/event: content_block_stop[^]*/, "")], expect: { outcome: "retry" } },
  { name: "a text block that is not closed", cli: true, body: [a.reply(a.text(0, "hi").replace(/event: content_block_stop[^]*/, ""))], expect: complete("hi") },
  { name: "a text block that is not closed, then silence", cli: true, withinMs: 4_000, body: [a.reply(a.text(0, "hi").replace(/event: content_block_stop[^]*/, "")).replace(/event: message_stop[^]*/, "")], end: "hang", expect: complete("hi") },
  { name: "message_delta, then a reset", cli: true, body: [hello.replace(/event: message_stop[^]*/, "")], end: "reset", expect: complete("Hello world") },
  { name: "message_delta, then silence", body: [hello.replace(/event: message_stop[^]*/, "")], end: "hang", withinMs: 4_000, expect: complete("Hello world") },
  { name: "no message_delta but message_stop", body: [hello.replace(/event: message_delta[^]*?\n\n/, "")], expect: complete("Hello world") },
  { name: "only blank lines", body: ["\n\n\n\n"], expect: retry },
  { name: "only comments", cli: true, body: [": a\n\n".repeat(20)], expect: retry },
  { name: "headers, then silence", body: [], end: "hang", expect: retry },
  { name: "content-length longer than the body", headers: { "content-length": "9999" }, body: [a.begin() + a.text(0, "Hel")], end: "reset", expect: retry },
  { name: "content-length shorter than the body", raw: true, body: [`HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncontent-length: ${a.begin().length + 20}\r\n\r\n${hello}`], expect: retry },
  { name: "HTTP/1.0, ended by closing", cli: true, raw: true, body: [`HTTP/1.0 200 OK\r\ncontent-type: text/event-stream\r\n\r\n${hello}`], expect: complete("Hello world") },
  { name: "a broken chunk size", raw: true, body: [`HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n${hello}`], expect: retry },
  { name: "chunked with extensions and a trailer", raw: true, body: [`HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\ntrailer: x-sum\r\n\r\n${hello.length.toString(16)};a=b\r\n${hello}\r\n0\r\nx-sum: 1\r\n\r\n`], expect: complete("Hello world") },
  { name: "chunked without the last chunk", raw: true, body: [`HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n${hello.length.toString(16)}\r\n${hello}\r\n`], expect: complete("Hello world") },
  { name: "no HTTP at all", cli: true, raw: true, body: ["SSH-2.0-OpenSSH_9.2\r\n"], expect: retry },
  { name: "half a status line", raw: true, body: ["HTTP/1.1 20"], expect: retry },
  { name: "closed without a word", raw: true, body: [], expect: retry },
  { name: "101 Switching Protocols", cli: true, raw: true, withinMs: 4_000, body: ["HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\n\r\n"], expect: retry },
  { name: "100 and 103 before the answer", raw: true, body: [`HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nconnection: close\r\ncontent-type: text/event-stream\r\n\r\n${hello}`], expect: complete("Hello world") },
  { name: "204", status: 204, body: [], expect: retry },
  { name: "headers of 200 KB", raw: true, body: [`HTTP/1.1 200 OK\r\nx: ${"h".repeat(200_000)}\r\n\r\n${hello}`], expect: retry },
];

const protocol: WireCase[] = [
  { name: "no message_start", cli: true, body: [hello.slice(a.begin().length)], expect: complete("Hello world") },
  { name: "two replies in one stream", cli: true, body: [hello + a.reply(a.text(0, " again"))], expect: complete("Hello world") },
  { name: "two replies, the first without message_stop", body: [hello.replace(/event: message_stop[^]*/, "") + a.reply(a.text(0, " again"))], expect: complete("Hello world") },
  { name: "text after the stop reason", body: [hello.replace("event: message_stop", `${a.text(7, " more")}event: message_stop`)], expect: complete("Hello world") },
  { name: "an error after the stop reason", cli: true, body: [hello.replace(/event: message_stop[^]*/, a.error("overloaded_error"))], expect: complete("Hello world") },
  { name: "usage in a second message_delta", body: [a.begin() + a.text(0, "hi") + sse({ type: "message_delta", delta: { stop_reason: "end_turn" } }) + sse({ type: "message_delta", delta: {}, usage: { output_tokens: 77 } }) + sse({ type: "message_stop" })], expect: { outcome: "complete", text: "hi", outputTokens: 77 } },
  { name: "a block began twice", body: [a.begin() + a.open(0, { type: "text", text: "" }) + a.text(0, "x") + a.end()], expect: retry },
  { name: "indices out of order", cli: true, body: [a.reply(a.text(5, "one ") + a.text(2, "two"))], expect: complete("one two") },
  { name: "an index that is a word", body: [a.reply(a.text("0" as never, "x"))], expect: retry },
  { name: "an index of 1e9", body: [a.reply(a.text(1e9, "x"))], expect: retry },
  { name: "an index of -1", body: [a.reply(a.text(-1, "x"))], expect: retry },
  { name: "interleaved calls", cli: true, body: [a.reply(a.open(0, { type: "tool_use", id: "t", name: "read", input: {} }) + a.open(1, { type: "tool_use", id: "u", name: "read", input: {} }) + a.delta(1, { type: "input_json_delta", partial_json: '{"path":"b"}' }) + a.delta(0, { type: "input_json_delta", partial_json: '{"path":"a"}' }) + a.close(0) + a.close(1), "tool_use")], expect: runs(read("a"), read("b")) },
  { name: "three calls with one id", cli: true, body: [a.reply(["a", "b", "c"].map((path, at) => a.tool(at, "same", "read", JSON.stringify({ path }))).join(""), "tool_use")], expect: runs(read("a"), read("b"), read("c")) },
  { name: "a call without id", cli: true, body: [a.reply(a.tool(0, "", "read", '{"path":"a"}'), "tool_use")], expect: runs(read("a")) },
  { name: "an id with odd characters", cli: true, body: [a.reply(a.tool(0, "functions.read:0 é", "read", '{"path":"a"}'), "tool_use")], expect: runs(read("a")) },
  { name: "a name with odd characters", cli: true, body: [a.reply(a.tool(0, "t", "read file/é", '{"path":"a"}'), "tool_use")], expect: runs({ name: "read file/é", input: { path: "a" } }) },
  { name: "no name", cli: true, body: [a.reply(a.tool(0, "t", "", '{"path":"a"}'), "tool_use")], expect: runs({ name: "", input: { path: "a" } }) },
  { name: "empty input", body: [a.reply(a.tool(0, "t", "noop", ""), "tool_use")], expect: runs({ name: "noop", input: {} }) },
  { name: "the whole input in the start of the block", cli: true, body: [a.reply(a.open(0, { type: "tool_use", id: "t", name: "read", input: { path: "a" } }) + a.close(0), "tool_use")], expect: runs(read("a")) },
  { name: "arguments that are an object instead of text", body: [a.begin() + a.open(0, { type: "tool_use", id: "t", name: "read", input: {} }) + a.delta(0, { type: "input_json_delta", partial_json: { path: "a" } }) + a.close(0) + a.end("tool_use")], expect: lost },
  { name: "text that is a number", body: [a.begin() + a.open(0, { type: "text", text: "" }) + a.delta(0, { type: "text_delta", text: 5 }) + a.close(0) + a.end()], expect: retry },
  { name: "a delta that is null", body: [a.begin() + a.open(0, { type: "text", text: "" }) + a.delta(0, null) + a.text(1, "hi") + a.end()], expect: complete("hi") },
  { name: "data that is a list", body: [a.begin() + 'data: [{"type":"message_stop"}]\n\n' + a.end()], expect: retry },
  { name: "a broken line among whole ones", cli: true, body: [hello.replace("event: content_block_delta", 'event: content_block_delta\ndata: {"type":"content_block_delta","ind\n\nevent: content_block_delta')], expect: retry },
  { name: "a named event without data", body: [hello.replace("event: content_block_delta", "event: content_block_delta\ndata:\n\nevent: content_block_delta")], expect: retry },
  { name: "a bare JSON error among the events", cli: true, body: [a.begin() + a.text(0, "Hel") + '{"type":"error","error":{"type":"overloaded_error","message":"busy"}}\n\n' + a.end()], expect: retry },
  { name: "a bare page among the events", body: [a.begin() + a.text(0, "Hel") + "<html>gone</html>\n\n" + a.end()], expect: retry },
  { name: "an error event named by its line only", cli: true, body: [a.begin() + 'event: error\ndata: {"error":{"type":"permission_error","message":"no"}}\n\n'], expect: { outcome: "error" } },
  { name: "an error without a type", body: [a.begin() + a.text(0, "Hel") + 'data: {"error":{"message":"upstream gone"}}\n\n' + a.end()], expect: retry },
  { name: "an error of rate inside the reply", body: [a.begin() + a.error("rate_limit_error")], expect: retry },
  { name: "an api_error inside a call", body: [a.begin() + a.tool(0, "t", "read", '{"path":').replace(/event: content_block_stop[^]*/, "") + a.error("api_error")], expect: lost },
  { name: "an error event: too long", body: [a.error("invalid_request_error", "prompt is too long: 9 tokens > 8 maximum")], expect: { outcome: "compact" } },
  { name: "thinking, then text", cli: true, body: [a.reply(a.thinking(0, "hm", "sig") + a.text(1, "hi"))], expect: complete("hi") },
  { name: "thinking, redacted thinking and a call", cli: true, body: [a.reply(a.thinking(0, "hm", "sig") + a.open(1, { type: "redacted_thinking", data: "xx" }) + a.close(1) + a.tool(2, "t", "read", '{"path":"a"}'), "tool_use")], expect: runs(read("a")) },
  { name: "server_tool_use and its result", body: [a.reply(a.open(0, { type: "server_tool_use", id: "s", name: "web_search", input: {} }) + a.delta(0, { type: "input_json_delta", partial_json: '{"query":"x"}' }) + a.close(0) + a.open(1, { type: "web_search_tool_result", tool_use_id: "s", content: [] }) + a.close(1) + a.text(2, "found"))], expect: complete("found") },
  { name: "an unknown block, 100 000 deep", body: [a.reply(a.open(0, { type: "odd", deep: "DEEP" }) + a.close(0) + a.text(1, "hi")).replace('"DEEP"', deep(100_000))], expect: retry },
  { name: "an unknown delta in a text block", body: [a.reply(a.open(0, { type: "text", text: "" }) + a.delta(0, { type: "citations_delta", citation: {} }) + a.delta(0, { type: "text_delta", text: "hi" }) + a.close(0))], expect: complete("hi") },
  { name: "text in the start of its block", body: [a.reply(a.open(0, { type: "text", text: "he" }) + a.delta(0, { type: "text_delta", text: "y" }) + a.close(0))], expect: complete("hey") },
  { name: "usage of wrong types", cli: true, body: [a.begin({ input_tokens: "many", cache_read_input_tokens: -4 }) + a.text(0, "hi") + a.end("end_turn", { output_tokens: null })], expect: complete("hi") },
];

const stops: WireCase[] = [
  { name: "stop_sequence", cli: true, body: [a.reply(a.text(0, "hi"), "stop_sequence")], expect: complete("hi") },
  { name: "refusal with text", cli: true, body: [a.reply(a.text(0, "I cannot"), "refusal")], expect: complete("I cannot") },
  { name: "refusal without a word", cli: true, body: [a.reply("", "refusal")], expect: { outcome: "refused", says: /refused/ } },
  { name: "pause_turn", cli: true, body: [a.reply(a.text(0, "searching"), "pause_turn")], expect: { outcome: "truncated" } },
  { name: "model_context_window_exceeded", cli: true, body: [a.reply(a.text(0, "half of "), "model_context_window_exceeded")], expect: { outcome: "truncated" } },
  { name: "max_tokens in the text", cli: true, body: [a.reply(a.text(0, "half of "), "max_tokens")], expect: { outcome: "truncated" } },
  { name: "max_tokens in thinking", cli: true, body: [a.reply(a.open(0, { type: "thinking", thinking: "" }) + a.delta(0, { type: "thinking_delta", thinking: "hm" }) + a.close(0), "max_tokens")], expect: { outcome: "truncated" } },
  { name: "max_tokens after signed thinking", cli: true, body: [a.reply(a.thinking(0, "hm", "sig"), "max_tokens")], expect: { outcome: "truncated" } },
  { name: "max_tokens in the second call", body: [a.reply(a.tool(0, "t", "read", '{"path":"a"}') + a.tool(1, "u", "read", '{"path":"b'), "max_tokens")], expect: { outcome: "truncated", tools: [read("a")] } },
  { name: "max_tokens in an unclosed call", body: [a.reply(a.tool(0, "t", "read", '{"path":"a').replace(/event: content_block_stop[^]*/, ""), "max_tokens")], expect: lost },
  { name: "an empty stop reason before the real one", body: [a.begin() + a.open(0, { type: "text", text: "" }) + sse({ type: "message_delta", delta: { stop_reason: "" } }) + a.delta(0, { type: "text_delta", text: "hi" }) + a.close(0) + a.end()], expect: complete("hi") },
  { name: "empty content", cli: true, body: [a.reply("")], expect: { outcome: "empty" } },
  { name: "only blanks", cli: true, body: [a.reply(a.text(0, " \n\t "))], expect: { outcome: "empty" } },
  { name: "only thinking", cli: true, body: [a.reply(a.thinking(0, "hm", "sig"))], expect: { outcome: "empty" } },
  { name: "whole JSON with a call", cli: true, headers: { "content-type": "application/json; charset=utf-8" }, body: [a.whole([{ type: "text", text: "so" }, { type: "tool_use", id: "t", name: "read", input: { path: "a" } }], "tool_use")], expect: runs(read("a")) },
  { name: "whole JSON without content", headers: { "content-type": "application/json" }, body: [a.whole([])], expect: { outcome: "empty" } },
  { name: "whole JSON that is cut", headers: { "content-type": "application/json" }, body: [a.whole([{ type: "text", text: "hi" }]).slice(0, 40)], expect: retry },
];

const json = { "content-type": "application/json" };
const told = (status: number, message: string, type = "invalid_request_error", headers: Record<string, string> = {}): Partial<WireCase> => ({
  status,
  headers: { ...json, ...headers },
  body: [JSON.stringify({ type: "error", error: { type, message } })],
});
const http: WireCase[] = [
  ...[408, 409, 425, 500, 502, 503, 504, 520, 529].map((status): WireCase => ({ name: `HTTP ${status}`, cli: status === 504, status, headers: json, body: ["{}"], expect: retry })),
  ...[400, 402, 403, 404, 405, 410, 422, 424, 451].map((status): WireCase => ({ name: `HTTP ${status}`, cli: status === 403, status, headers: json, body: ["{}"], expect: { outcome: "error" } })),
  ...[301, 303, 304, 307, 308].map((status): WireCase => ({ name: `HTTP ${status}`, cli: status === 307, status, headers: { location: "http://127.0.0.1:1/v1/messages" }, body: [], expect: { outcome: "error", says: /redirect|base URL/ } })),
  ...["-5", "0", "0.02", "Wed, 21 Oct 2015 07:28:00 GMT", "soon", ""].map((value): WireCase => ({ name: `429, retry-after "${value}"`, cli: value === "-5", status: 429, headers: { ...json, "retry-after": value }, body: ["{}"], expect: { outcome: "retry", spacedMs: value === "0.02" ? 20 : 30 } })),
  { name: "429, retry-after-ms", status: 429, headers: { ...json, "retry-after-ms": "30" }, body: ["{}"], expect: { outcome: "retry", spacedMs: 30 } },
  { name: "429 without credit", ...told(429, "You exceeded your current quota", "insufficient_quota"), expect: { outcome: "error", says: /credit/ } },
  { name: "503 with a page", cli: true, status: 503, headers: { "content-type": "text/html" }, body: ["<html><body><h1>Down</h1>\n</body></html>"], expect: retry },
  { name: "403 with a page", status: 403, headers: { "content-type": "text/html" }, body: ["<!DOCTYPE html><title>Just a moment...</title>"], expect: { outcome: "error" } },
  { name: "200 with a login page", cli: true, headers: { "content-type": "text/html" }, body: ["<!DOCTYPE html><form action=/login>"], expect: { outcome: "error", says: /web page/ } },
  { name: "200 with a page of no content type", headers: { "content-type": "" }, body: ["\n <HTML>"], expect: { outcome: "error", says: /web page/ } },
  { name: "200 with an error of overload", cli: true, ...told(200, "busy", "overloaded_error"), expect: retry },
  { name: "200 with an error of the key", ...told(200, "no", "authentication_error"), expect: { outcome: "error", says: /key/ } },
  { name: "401 whose body never ends", cli: true, withinMs: 4_000, status: 401, headers: json, body: ["{"], end: "hang", expect: { outcome: "error", says: /key/ } },
  { name: "529 whose body is reset", status: 529, headers: json, body: ["{"], end: "reset", expect: retry },
  { name: "401 with an empty body", status: 401, body: [], expect: { outcome: "error", says: /key/ } },
  { name: "400 with a list", status: 400, headers: json, body: ['[{"error":{"code":400,"message":"Bad thing","status":"INVALID_ARGUMENT"}}]'], expect: { outcome: "error", says: /Bad thing/ } },
  { name: "422 with a detail", status: 422, headers: json, body: ['{"detail":"field required"}'], expect: { outcome: "error", says: /field required/ } },
];

const tooLongWords = [
  "prompt is too long: 210000 tokens > 200000 maximum",
  "input length and `max_tokens` exceed context limit: 190000 + 21333 > 200000, decrease input length or `max_tokens` and try again",
  "This model's maximum context length is 128000 tokens. However, your messages resulted in 130000 tokens.",
  "Your input exceeds the context window of this model. Please adjust your input and try again.",
  "The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).",
  "the request exceeds the available context size. try increasing the context size or enable context shift",
  "Input is too long for requested model.",
  "This model's maximum prompt length is 131072 but the request contains 537812 tokens.",
  "prompt token count of 130000 exceeds the limit of 128000",
  "Invalid request: Your request exceeded model token limit: 262144 (requested: 291351)",
  "Please reduce the length of the messages or completion.",
  "Prompt exceeds max length",
  "Input validation error: `inputs` must have less than 4096 tokens. Given: 5000",
  "Range of input length should be [1, 30720]",
];
const tooLong: WireCase[] = [
  ...tooLongWords.map((message): WireCase => ({ name: `too long: ${message.slice(0, 60)}`, ...told(400, message), expect: { outcome: "compact" } })),
  { name: "413 with a page", status: 413, headers: { "content-type": "text/html" }, body: ["<h1>Payload Too Large</h1>"], expect: { outcome: "compact" } },
  { name: "a code that says too long", dialect: "chat", status: 400, headers: json, body: ['{"error":{"message":"zu lang","type":"invalid_request_error","code":"context_length_exceeded"}}'], expect: { outcome: "compact" } },
  { name: "429, a request above the tokens of a minute", dialect: "chat", ...told(429, "Request too large for m in organization o on tokens per min (TPM): Limit 30000, Requested 41000.", "tokens"), expect: { outcome: "compact" } },
  { name: "429 that only mentions a limit", ...told(429, "This request exceeds the limit of 60 requests per minute", "rate_limit_error"), expect: retry },
  { name: "400 about max_tokens is not too long", ...told(400, "max_tokens: 100000 > 64000, which is the maximum allowed number of output tokens"), expect: { outcome: "error" } },
];

const call = (index: number | undefined, id: string | undefined, name: string | undefined, args?: unknown): object => ({
  tool_calls: [{ ...(index === undefined ? {} : { index }), ...(id === undefined ? {} : { id }), type: "function", function: { ...(name === undefined ? {} : { name }), ...(args === undefined ? {} : { arguments: args }) } }],
});
const chat: WireCase[] = (
  [
    { name: "an empty finish_reason in each chunk", cli: true, body: [c.chunk({ content: "Hel" }, "") + c.chunk({ content: "lo" }, "") + c.chunk({}, "stop") + c.done], expect: complete("Hello") },
    { name: "finish_reason, then silence", cli: true, withinMs: 4_000, body: [c.chunk({ content: "hi" }) + c.chunk({}, "stop")], end: "hang", expect: complete("hi") },
    { name: "finish_reason, then a reset", body: [c.chunk({ content: "hi" }) + c.chunk({}, "stop")], end: "reset", expect: complete("hi") },
    { name: "no end at all", cli: true, body: [c.chunk({ content: "hi" })], expect: retry },
    { name: "only [DONE]", body: [c.done], expect: retry },
    { name: "no end, a call that looks whole", cli: true, body: [c.chunk(call(0, "t", "read", '{"path":"a"}'))], expect: lost },
    { name: "[DONE] but no finish_reason, an open call", body: [c.chunk(call(0, "t", "read", '{"path":"a"}')) + c.done], expect: { outcome: "complete", tools: [] } },
    { name: "two calls, interleaved", cli: true, body: [c.chunk(call(0, "t", "read", "")) + c.chunk(call(1, "u", "read", '{"pa')) + c.chunk(call(0, undefined, undefined, '{"path":"a"}')) + c.chunk(call(1, undefined, undefined, 'th":"b"}')) + c.chunk({}, "tool_calls") + c.done], expect: runs(read("a"), read("b")) },
    { name: "two calls in one chunk, both number 0", cli: true, body: [c.chunk({ tool_calls: [{ index: 0, id: "t", function: { name: "read", arguments: '{"path":"a"}' } }, { index: 0, id: "u", function: { name: "read", arguments: '{"path":"b"}' } }] }) + c.chunk({}, "tool_calls") + c.done], expect: runs(read("a"), read("b")) },
    { name: "a call without a number", body: [c.chunk(call(undefined, "t", "read", '{"path":')) + c.chunk(call(undefined, undefined, undefined, '"a"}')) + c.chunk({}, "tool_calls") + c.done], expect: runs(read("a")) },
    { name: "the name after the arguments", cli: true, body: [c.chunk(call(0, "t", undefined, '{"path":')) + c.chunk(call(0, undefined, "read", '"a"}')) + c.chunk({}, "tool_calls") + c.done], expect: runs(read("a")) },
    { name: "the name in every chunk", body: [c.chunk(call(0, "t", "read", '{"path":')) + c.chunk(call(0, "t", "read", '"a"}')) + c.chunk({}, "tool_calls") + c.done], expect: runs(read("a")) },
    { name: "arguments that are an object", body: [c.chunk(call(0, "t", "read", { path: "a" })) + c.chunk({}, "tool_calls") + c.done], expect: runs(read("a")) },
    { name: "arguments that are a number", body: [c.chunk(call(0, "t", "read", 7)) + c.chunk({}, "tool_calls") + c.done], expect: { outcome: "complete", tools: [] } },
    { name: "the old function_call", cli: true, body: [c.chunk({ function_call: { name: "read", arguments: "" } }) + c.chunk({ function_call: { arguments: '{"path":"a"}' } }) + c.chunk({}, "function_call") + c.done], expect: runs(read("a")) },
    { name: "the call and finish_reason in one chunk", body: [c.chunk(call(0, "t", "read", '{"path":"a"}'), "tool_calls") + c.done], expect: runs(read("a")) },
    { name: "length in the text", cli: true, body: [c.chunk({ content: "half of " }) + c.chunk({}, "length") + c.done], expect: { outcome: "truncated" } },
    { name: "model_length in the text", body: [c.chunk({ content: "half of " }) + c.chunk({}, "model_length") + c.done], expect: { outcome: "truncated" } },
    { name: "length in the second call", body: [c.chunk(call(0, "t", "read", '{"path":"a"}')) + c.chunk(call(1, "u", "read", '{"pa')) + c.chunk({}, "length") + c.done], expect: { outcome: "truncated", tools: [read("a")] } },
    { name: "content_filter without a word", cli: true, body: [c.chunk({}, "content_filter") + c.done], expect: { outcome: "refused", says: /refused/ } },
    { name: "a refusal in words", body: [c.chunk({ refusal: "I cannot" }) + c.chunk({}, "stop") + c.done], expect: complete("I cannot") },
    { name: "finish_reason error", cli: true, body: [c.chunk({ content: "Hel" }) + c.chunk({}, "error") + c.done], expect: retry },
    { name: "finish_reason insufficient_system_resource", body: [c.chunk({ content: "Hel" }) + c.chunk({}, "insufficient_system_resource") + c.done], expect: retry },
    { name: "an error in a choice", body: [sse({ choices: [{ index: 0, delta: {}, error: { code: 502, message: "upstream" }, finish_reason: "error" }] }, "") + c.done], expect: retry },
    { name: "an error event, then [DONE]", cli: true, body: [c.chunk({ content: "Hel" }) + sse({ code: "overloaded", message: "busy" }, "error") + c.done], expect: retry },
    { name: "an error object, then [DONE]", body: [c.chunk({ content: "Hel" }) + sse({ object: "error", message: "boom", code: 500 }, "") + c.done], expect: retry },
    { name: "a bare JSON error, then [DONE]", cli: true, body: [c.chunk({ content: "Hel" }) + '{"error":{"message":"boom"}}\n\n' + c.done], expect: retry },
    { name: "an error of 400 in the stream", body: [sse({ error: { message: "bad", type: "invalid_request_error", code: null } }, "")], expect: { outcome: "error" } },
    { name: "an error of a numeric code in the stream", body: [sse({ error: { message: "bad key", code: 401 } }, "")], expect: { outcome: "error", says: /key/ } },
    { name: "a second choice", body: [sse({ choices: [{ index: 1, delta: { content: "no" }, finish_reason: null }, { index: 0, delta: { content: "yes" }, finish_reason: null }] }, "") + c.chunk({}, "stop") + c.done], expect: complete("yes") },
    { name: "choices that are null", body: [sse({ choices: null, usage: null }, "") + c.chunk({ content: "hi" }, "stop") + c.done], expect: complete("hi") },
    { name: "content in parts", body: [c.chunk({ content: [{ type: "text", text: "h" }, { type: "text", text: "i" }] }) + c.chunk({}, "stop") + c.done], expect: complete("hi") },
    { name: "reasoning, then text", body: [c.chunk({ reasoning_content: "hm" }) + c.chunk({ content: "hi" }) + c.chunk({}, "stop") + c.done], expect: complete("hi") },
    { name: "usage before the end", body: [sse({ choices: [], usage: { prompt_tokens: 5, completion_tokens: 1 } }, "") + c.chunk({ content: "hi" }) + c.chunk({}, "stop") + sse({ choices: [], usage: { prompt_tokens: 5, completion_tokens: 9 } }, "") + c.done], expect: { outcome: "complete", text: "hi", outputTokens: 9 } },
    { name: "whole JSON", cli: true, headers: json, body: [JSON.stringify({ choices: [{ index: 0, message: { role: "assistant", content: "hi" }, finish_reason: "stop" }], usage: { prompt_tokens: 1, completion_tokens: 3 } })], expect: { outcome: "complete", text: "hi", outputTokens: 3 } },
    { name: "whole JSON without finish_reason", headers: json, body: [JSON.stringify({ choices: [{ message: { content: "hi" } }] })], expect: complete("hi") },
    { name: "whole JSON with calls", headers: json, body: [JSON.stringify({ choices: [{ message: { content: null, tool_calls: [{ id: "t", type: "function", function: { name: "read", arguments: '{"path":"a"}' } }] }, finish_reason: "tool_calls" }] })], expect: runs(read("a")) },
    { name: "an empty reply", cli: true, body: [c.chunk({ role: "assistant", content: "" }) + c.chunk({}, "stop") + c.done], expect: { outcome: "empty" } },
    { name: "CR LF and comments", body: [(": PROCESSING\n\n" + c.chunk({ content: "hi" }) + ": PROCESSING\n\n" + c.chunk({}, "stop") + c.done).replaceAll("\n", "\r\n")], expect: complete("hi") },
    { name: "404 of an unknown model", status: 404, headers: json, body: ['{"error":{"message":"The model `m` does not exist","type":"invalid_request_error","code":"model_not_found"}}'], expect: { outcome: "error", says: /Pick another model/ } },
    { name: "400 of an unknown model", status: 400, headers: json, body: ['{"error":{"message":"m is not a valid model ID","code":"model_not_found"}}'], expect: { outcome: "error", says: /Pick another model/ } },
  ] satisfies WireCase[]
).map((one) => ({ dialect: "chat", ...one }));

const responses: WireCase[] = (
  [
    { name: "text", body: [r.created + r.text("hi") + r.completed([{ type: "message" }])], expect: complete("hi") },
    { name: "cut before completed", body: [r.created + r.text("hi")], expect: retry },
    { name: "incomplete by the output limit", body: [r.created + r.text("half") + r.ended("response.incomplete", { status: "incomplete", incomplete_details: { reason: "max_output_tokens" } })], expect: { outcome: "truncated" } },
    { name: "incomplete by the filter", body: [r.created + r.text("h") + r.ended("response.incomplete", { status: "incomplete", incomplete_details: { reason: "content_filter" } })], expect: complete("h") },
    { name: "failed", body: [r.created + r.text("h") + r.ended("response.failed", { status: "failed", error: { code: "server_error", message: "x" } })], expect: retry },
    { name: "failed: too long", body: [r.created + r.ended("response.failed", { status: "failed", error: { code: "context_length_exceeded", message: "x" } })], expect: { outcome: "compact" } },
    { name: "an error event of the key", body: [sse({ type: "error", code: "invalid_api_key", message: "x" })], expect: { outcome: "error" } },
    { name: "a call, cut before it is done", body: [r.created + r.added({ type: "function_call", call_id: "t", name: "read" }) + r.args('{"path":"a"}')], expect: lost },
    { name: "a call whose text comes only when it is done", body: [r.created + r.done({ type: "function_call", call_id: "t", name: "read", arguments: '{"path":"a"}' }) + r.completed([{ type: "function_call" }])], expect: runs(read("a")) },
    { name: "a call, completed but never done", body: [r.created + r.added({ type: "function_call", call_id: "t", name: "read" }) + r.args('{"path":"a"}') + r.completed([{ type: "function_call" }])], expect: lost },
    { name: "a call that began with its arguments", body: [r.created + r.added({ type: "function_call", call_id: "t", name: "read", arguments: "" }) + r.done({ type: "function_call", call_id: "t", name: "read", arguments: '{"path":"a"}' }) + r.completed([{ type: "function_call" }])], expect: runs(read("a")) },
  ] satisfies WireCase[]
).map((one) => ({ dialect: "responses", ...one }));

const ollama: WireCase[] = (
  [
    { name: "text", cli: true, body: [o.text("Hello") + o.text(" world") + o.done()], expect: complete("Hello world") },
    { name: "one byte a chunk", body: eachByte(o.text("né") + o.done()), expect: complete("né") },
    { name: "no line end at the end", body: [(o.text("hi") + o.done()).trimEnd()], expect: complete("hi") },
    { name: "cut before done", cli: true, body: [o.text("hi")], expect: retry },
    { name: "cut inside a line", body: [o.text("hi") + '{"message":{"con'], expect: retry },
    { name: "an error in the stream", cli: true, body: [o.text("hi") + lines({ error: "model runner has unexpectedly stopped" })], expect: retry },
    { name: "error: null", body: [lines({ message: { content: "hi" }, error: null, done: false }) + o.done()], expect: complete("hi") },
    { name: "a call", cli: true, body: [lines({ message: { content: "", tool_calls: [{ function: { name: "read", arguments: { path: "a" } } }] }, done: false }) + o.done()], expect: runs(read("a")) },
    { name: "two calls in one line", cli: true, body: [lines({ message: { tool_calls: ["a", "b"].map((path) => ({ function: { name: "read", arguments: { path } } })) }, done: false }) + o.done()], expect: runs(read("a"), read("b")) },
    { name: "a call, cut before done", body: [lines({ message: { tool_calls: [{ function: { name: "read", arguments: { path: "a" } } }] }, done: false })], expect: { outcome: "retry" } },
    { name: "length", cli: true, body: [o.text("half of ") + o.done("length")], expect: { outcome: "truncated" } },
    { name: "thinking, then text", body: [lines({ message: { thinking: "hm" }, done: false }) + o.text("hi") + o.done()], expect: complete("hi") },
    { name: "all in one line", body: [lines({ message: { content: "hi" }, done: true, done_reason: "stop" })], expect: complete("hi") },
    { name: "404 of an unknown model", cli: true, status: 404, headers: json, body: ['{"error":"model \\"m\\" not found, try pulling it first"}'], expect: { outcome: "error", says: /Pick another model/ } },
    { name: "500 while it loads", status: 500, headers: json, body: ['{"error":"llama runner process has terminated"}'], expect: retry },
    { name: "an empty reply", cli: true, body: [o.done()], expect: { outcome: "empty" } },
    { name: "a page", headers: { "content-type": "text/html" }, body: ["<html>"], expect: { outcome: "error", says: /web page/ } },
  ] satisfies WireCase[]
).map((one) => ({ dialect: "ollama", ...one }));

/** Variants of the classes in streams.jsonl; `cli` marks those that also run through the whole program. */
export const moreStreams: Record<string, WireCase[]> = { framing, cut, protocol, stops, http, tooLong, chat, responses, ollama };
