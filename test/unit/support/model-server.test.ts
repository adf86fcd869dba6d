import Anthropic from "@anthropic-ai/sdk";
import { afterEach, expect, test } from "vitest";
import { historyProblems } from "../../support/model-server/history-rules";
import { part, reply } from "../../support/model-server/reply";
import type { Fault, Reply } from "../../support/model-server/reply";
import { startModelServer } from "../../support/model-server/start-model-server";
import type { ModelServer, ModelServerOptions } from "../../support/model-server/start-model-server";

const started: ModelServer[] = [];
afterEach(() => Promise.all(started.splice(0).map((server) => server.stop())));

async function start(script: ModelServerOptions["script"], options: Partial<ModelServerOptions> = {}) {
  const server = await startModelServer({ script, ...options });
  started.push(server);
  const client = new Anthropic({ apiKey: "k", authToken: null, baseURL: server.url, maxRetries: 0 });
  return { server, client };
}

const ask = (text = "go") => ({ model: "m", max_tokens: 100, messages: [{ role: "user" as const, content: text }] });

const post = (server: ModelServer, path: string, body: object, signal?: AbortSignal) =>
  fetch(server.url + path, {
    method: "POST",
    headers: { "x-api-key": "k" },
    body: JSON.stringify(body),
    ...(signal && { signal }),
  });

/** The bytes that arrived and how it ended, as a client without any library sees it. */
async function receive(made: Reply, path = "/v1/messages") {
  const { server } = await start([made]);
  let text = "";
  try {
    const answer = await post(server, path, { ...ask(), stream: true }, AbortSignal.timeout(400));
    for await (const chunk of answer.body!) text += Buffer.from(chunk).toString();
    return { text, end: "closed", status: answer.status };
  } catch (error) {
    return { text, end: (error as Error).name === "TimeoutError" ? "silent" : "broken", status: 0 };
  }
}

test("the official client assembles text, thinking and calls", async () => {
  const parts = [part.thinking("hm"), part.text("I will read it, café 😀."), part.tool("Read", { file_path: "a", limit: 3 })];
  const { client, server } = await start([reply.of(parts, { chunkSize: 3 })]);
  const message = await client.messages.stream(ask()).finalMessage();
  expect(message.content.map((block) => block.type)).toEqual(["thinking", "text", "tool_use"]);
  expect(message.content[1]).toMatchObject({ text: "I will read it, café 😀." });
  expect(message.content[2]).toMatchObject({ name: "Read", input: { file_path: "a", limit: 3 } });
  expect(message.stop_reason).toBe("tool_use");
  expect(server.calls[0]!.firstByteAt).toBeGreaterThan(server.calls[0]!.at);
  expect(server.problems).toEqual([]);
});

test("without a stream the whole message comes", async () => {
  const { client } = await start([reply.text("hi", { gzip: true })]);
  expect((await client.messages.create(ask())).content).toMatchObject([{ type: "text", text: "hi" }]);
});

test("gzip arrives piece by piece", async () => {
  const { client } = await start([reply.text("one two three", { gzip: true, chunkSize: 4, chunkMs: 20 })]);
  const pieces: string[] = [];
  await client.messages
    .stream(ask())
    .on("text", (text) => pieces.push(text))
    .done();
  expect(pieces).toEqual(["one ", "two ", "thre", "e"]);
});

test("a function answers by the state of the conversation", async () => {
  const { client } = await start((call) =>
    call.results[0] ? reply.text(`got ${call.results[0].text}`) : reply.tool("Read", { file_path: call.userText }),
  );
  const first = await client.messages.create(ask("a.ts"));
  const use = first.content[0] as Anthropic.ToolUseBlock;
  const second = await client.messages.create({
    ...ask(),
    messages: [
      { role: "user", content: "a.ts" },
      { role: "assistant", content: [use] },
      { role: "user", content: [{ type: "tool_result", tool_use_id: use.id, content: "1" }] },
    ],
  });
  expect(second.content).toMatchObject([{ text: "got 1" }]);
});

const whole = reply.of([part.text("x".repeat(240)), part.tool("Read", { file_path: "y".repeat(240) })]);
const check = (fault: Fault, end: string, has: RegExp, not: RegExp) =>
  test(`${fault.how} at ${fault.at}`, async () => {
    const got = await receive(reply.broken(whole, fault));
    expect(got.end).toBe(end);
    expect(got.text).toMatch(has);
    expect(got.text).not.toMatch(not);
  });
check({ at: "status", how: "reset" }, "broken", /^$/, /./);
check({ at: "status", how: "silence" }, "silent", /^$/, /./);
check({ at: "start", how: "close" }, "closed", /^$/, /./);
check({ at: "text", how: "reset" }, "broken", /text_delta/, /tool_use/);
check({ at: "text", how: "silence" }, "silent", /text_delta/, /tool_use/);
check({ at: "text", how: "silence", ms: 50 }, "closed", /message_stop/, /^$/);
check({ at: "tool_json", how: "reset" }, "broken", /input_json_delta/, /"index":1}\n/);
check({ at: "tool_json", how: "bad_json" }, "closed", /content_bl\n[^]*message_stop/, /^$/);
check({ at: "after_call", how: "close" }, "closed", /content_block_stop","index":1/, /message_delta/);
check({ at: "end", how: "close" }, "closed", /content_block_stop","index":1/, /message_delta/);
check(
  { at: "text", how: "error_event", error: { type: "overloaded_error", message: "busy" } },
  "closed",
  /event: error\ndata: .*overloaded_error/,
  /tool_use/,
);

test("status codes carry body and headers", async () => {
  const { server } = await start([reply.status(529, undefined, { "retry-after": "7" })]);
  const answer = await post(server, "/v1/messages", ask());
  expect([answer.status, answer.headers.get("retry-after")]).toEqual([529, "7"]);
  expect(await answer.json()).toMatchObject({ type: "error", error: { type: "overloaded_error" } });
});

test("raw bytes arrive as they are, chunk by chunk", async () => {
  const got = await receive(
    reply.base64([Buffer.from("data: a").toString("base64"), Buffer.from("b\n\n").toString("base64")], { end: "reset" }),
  );
  expect(got).toEqual({ text: "data: ab\n\n", end: "broken", status: 0 });
});

test("OpenAI chunks: content, calls by index, usage, DONE", async () => {
  const { text } = await receive(reply.of([part.text("hi"), part.tool("Read", { a: 1 }, { id: "c1" })]), "/v1/chat/completions");
  const events = text.split("\n\n").filter(Boolean);
  expect(events.at(-1)).toBe("data: [DONE]");
  const chunks = events.slice(0, -1).map((event) => JSON.parse(event.slice(6)).choices[0]);
  expect(chunks.map((chunk) => chunk.delta.content ?? "").join("")).toBe("hi");
  expect(chunks[2].delta.tool_calls).toEqual([
    { index: 0, id: "c1", type: "function", function: { name: "Read", arguments: "" } },
  ]);
  expect(chunks.at(-1).finish_reason).toBe("tool_calls");
});

const use = (...ids: string[]) => ({
  role: "assistant",
  content: ids.map((id) => ({ type: "tool_use", id, name: "Read", input: {} })),
});
const result = (...ids: string[]) => ({
  role: "user",
  content: ids.map((id) => ({ type: "tool_result", tool_use_id: id, content: "1" })),
});
const user = { role: "user", content: "go" };
const legal = (name: string, messages: object[], expected: RegExp | null) =>
  test(`history: ${name}`, () => {
    const problems = historyProblems({ messages }, "anthropic").join("\n");
    if (expected) expect(problems).toMatch(expected);
    else expect(problems).toBe("");
  });
legal("calls with results", [user, use("a", "b"), result("a", "b")], null);
legal("missing result", [user, use("a", "b"), result("a")], /b has no tool_result/);
legal("doubled result", [user, use("a"), result("a", "a")], /two tool_results for a/);
legal("foreign result", [user, result("a")], /two user messages[^]*belongs to no tool_use/);
legal("open call at the end", [user, use("a")], /calls without results/);
legal("id used twice", [user, use("a"), result("a"), use("a"), result("a")], /used twice/);
legal("empty text", [{ role: "user", content: [{ type: "text", text: "" }] }], /empty text/);
legal(
  "forged thinking",
  [user, { role: "assistant", content: [{ type: "thinking", thinking: "x", signature: "scripted-no" }] }, user],
  /was changed/,
);

test("an illegal history is refused like a provider does, and noted", async () => {
  const { server } = await start([reply.text("hi")]);
  const answer = await post(server, "/v1/messages", { ...ask(), messages: [user, use("a"), user] });
  expect(answer.status).toBe(400);
  expect(server.problems).toEqual(["call 1: messages.2: tool_use a has no tool_result"]);
});

test("a request nobody scripted is a problem", async () => {
  const { server } = await start([]);
  expect((await post(server, "/v1/messages", ask())).status).toBe(400);
  expect(server.problems).toEqual(["call 1: the script has no reply left"]);
});

test("bills the cached prefix up to the breakpoint", async () => {
  const { client } = await start(() => reply.text("ok"), { bills: true });
  const system = [{ type: "text" as const, text: "s".repeat(8000), cache_control: { type: "ephemeral" as const } }];
  const first = await client.messages.create({ ...ask(), system });
  const second = await client.messages.create({ ...ask("something else"), system });
  expect(first.usage.cache_creation_input_tokens).toBeGreaterThan(2000);
  expect(second.usage.cache_read_input_tokens).toBe(first.usage.cache_creation_input_tokens);
  expect(second.usage.cache_creation_input_tokens).toBe(0);
  const changed = await client.messages.create({ ...ask(), system: [{ ...system[0]!, text: `!${system[0]!.text}` }] });
  expect(changed.usage.cache_read_input_tokens).toBe(0);
});

test("wrong key, model lists, token count", async () => {
  const { server, client } = await start([reply.text("hi")], { key: "secret" });
  expect((await post(server, "/v1/messages", ask())).status).toBe(401);
  const { server: open, client: known } = await start([]);
  expect((await known.models.list()).data.map(({ id }) => id)).toContain("claude-sonnet-4-5");
  expect(
    (await known.messages.countTokens({ model: "m", messages: [{ role: "user", content: "x".repeat(400) }] })).input_tokens,
  ).toBeGreaterThan(100);
  expect(await (await fetch(`${open.url}/api/tags`)).json()).toMatchObject({ models: [{ name: "claude-sonnet-4-5" }, {}] });
  await expect(client.messages.create(ask())).rejects.toThrow(/invalid x-api-key/);
});

test("a client that hangs up is seen", async () => {
  const { server } = await start([reply.hang()]);
  const stop = new AbortController();
  const asked = post(server, "/v1/messages", ask(), stop.signal).catch(() => "stopped");
  const call = await server.arrived(1);
  stop.abort();
  expect(await asked).toBe("stopped");
  await expect.poll(() => call.aborted).toBe(true);
});
