import { expect, test } from "vitest";
import { createConnection } from "../../../src/llm/connection";
import { editorProvider } from "../../../src/llm/providers/editor";
import { ollamaProvider } from "../../../src/llm/providers/ollama";
import { openaiProvider, openaiRoot } from "../../../src/llm/providers/openai";
import { createTextToolParser } from "../../../src/llm/providers/text-tools";
import { withRetry } from "../../../src/llm/retry";
import type { Message } from "../../../src/shared/protocol/messages";
import type { ModelStream, StreamEvent } from "../../../src/shared/protocol/model";
import { noUsage } from "../../../src/shared/protocol/model";
import { ask, listen, serve, type Heard, type TestServer } from "./fault-server";

const history: Message[] = [
  { id: "1", role: "user", content: [{ type: "text", text: "go" }] },
  {
    id: "2",
    role: "assistant",
    content: [
      { type: "thinking", thinking: "hm", signature: "" },
      { type: "text", text: "ok" },
      { type: "tool_use", id: "c1", name: "Read", input: { path: "a" } },
    ],
  },
  {
    id: "3",
    role: "user",
    content: [
      {
        type: "tool_result",
        toolUseId: "c1",
        isError: true,
        content: [
          { type: "text", text: "no" },
          { type: "image", mediaType: "image/png", data: "AA==" },
        ],
      },
      { type: "text", text: "and?" },
    ],
  },
];
const request = ask({
  system: [{ text: "s1" }, { text: "s2" }],
  messages: history,
  tools: [{ name: "Read", description: "d", inputSchema: { type: "object" } }],
});

type Make = (server: TestServer) => ModelStream;
const chat: Make = (server) =>
  openaiProvider({
    id: "o",
    baseUrl: server.url,
    key: async () => "k",
    connection: createConnection(),
    limits: { firstByteMs: 500, idleMs: 300 },
  });
const responses: Make = (server) =>
  openaiProvider({ id: "o", baseUrl: server.url, key: async () => "k", connection: createConnection(), api: "responses" });

async function talk(
  make: Make,
  lines: unknown[],
  check: (heard: Heard, body: Record<string, never>, server: TestServer) => void,
  raw = "",
): Promise<void> {
  const server = await serve((response) =>
    response
      .writeHead(200, { "content-type": "text/event-stream" })
      .end(lines.map((line) => `data: ${JSON.stringify(line)}\n\n`).join("") + raw),
  );
  try {
    const heard = await listen(withRetry(make(server), { attempts: 1 }), undefined, request);
    expect(heard.broken).toEqual([]);
    check(heard, JSON.parse(server.requests.at(-1)?.body ?? "{}") as Record<string, never>, server);
  } finally {
    await server.close();
  }
}

const delta = (change: unknown, reason: string | null = null): unknown => ({
  model: "gpt",
  choices: [{ index: 0, delta: change, finish_reason: reason }],
});
const tool = (piece: object): unknown => delta({ tool_calls: [piece] });
const call = (name: string, args: unknown, more: object = {}): object => ({ ...more, function: { name, arguments: args } });

test("chat: the request", () =>
  talk(chat, [delta({ content: "hi" }, "stop")], (_, body, server) => {
    expect(server.requests[0]).toMatchObject({ path: "/v1/chat/completions", headers: { authorization: "Bearer k" } });
    expect(body).toEqual({
      model: "m",
      stream: true,
      stream_options: { include_usage: true },
      tools: [{ type: "function", function: { name: "Read", description: "d", parameters: { type: "object" } } }],
      messages: [
        { role: "system", content: "s1\n\ns2" },
        { role: "user", content: "go" },
        {
          role: "assistant",
          content: "ok",
          tool_calls: [{ id: "c1", type: "function", function: { name: "Read", arguments: '{"path":"a"}' } }],
        },
        { role: "tool", tool_call_id: "c1", content: "Error: no\n(see the attachment)" },
        {
          role: "user",
          content: [
            { type: "image_url", image_url: { url: "data:image/png;base64,AA==" } },
            { type: "text", text: "and?" },
          ],
        },
      ],
    });
  }));
test("chat: reasoning, text, usage behind the end", () =>
  talk(
    chat,
    [
      delta({ reasoning_content: "hm" }),
      delta({ content: "a" }),
      delta({}, "stop"),
      { choices: [], usage: { prompt_tokens: 10, completion_tokens: 2, prompt_tokens_details: { cached_tokens: 4 } } },
    ],
    (heard) => {
      expect(heard.blocks).toEqual([
        { type: "thinking", thinking: "hm", signature: "" },
        { type: "text", text: "a" },
      ]);
      expect(heard.events.at(-1)).toMatchObject({ usage: { inputTokens: 6, cacheReadTokens: 4, outputTokens: 2 } });
    },
    "data: [DONE]\n\n",
  ));

const runs = (name: string, lines: unknown[], expected: Heard["runnable"], raw?: string): void =>
  test(`chat: ${name}`, () => talk(chat, lines, (heard) => expect(heard.runnable).toEqual(expected), raw));
const a = { name: "Read", input: { path: "a" } };
const b = { name: "Read", input: { path: "b" } };
runs("arguments as an object", [tool(call("Read", { path: "a" }, { index: 0, id: "1" })), delta({}, "tool_calls")], [a]);
runs(
  "no index at all",
  [
    tool(call("Read", '{"path":', { id: "1" })),
    tool({ function: { arguments: '"a"}' } }),
    tool(call("Read", '{"path":"b"}', { id: "2" })),
    delta({}, "tool_calls"),
  ],
  [a, b],
);
runs(
  "every call numbered 0",
  [
    tool(call("Read", '{"path":"a"}', { index: 0, id: "1" })),
    tool(call("Read", '{"path":"b"}', { index: 0, id: "2" })),
    delta({}, "tool_calls"),
  ],
  [a, b],
);
runs(
  "two calls, pieces in turn",
  [
    tool(call("Read", '{"pa', { index: 0, id: "1" })),
    tool(call("Read", '{"pa', { index: 1, id: "2" })),
    tool({ index: 0, function: { arguments: 'th":"a"}' } }),
    tool({ index: 1, function: { arguments: 'th":"b"}' } }),
    delta({}, "tool_calls"),
  ],
  [a, b],
);
runs(
  "one id twice",
  [
    tool(call("Read", '{"path":"a"}', { index: 0, id: "1" })),
    tool(call("Read", '{"path":"b"}', { index: 1, id: "1" })),
    delta({}, "tool_calls"),
  ],
  [a, b],
);
runs("the end without a reason", [tool(call("Read", '{"path":"a"}', { index: 0, id: "1" }))], [], "data: [DONE]\n\n");
runs(
  "the limit behind a whole call: the last one is not run",
  [
    tool(call("Read", '{"path":"a"}', { index: 0, id: "1" })),
    tool(call("Read", '{"path":"b"}', { index: 1, id: "2" })),
    delta({}, "length"),
  ],
  [a],
);
runs("cut before the end", [tool(call("Read", '{"path":"a"}', { index: 0, id: "1" }))], []);
test("chat: an error object in the stream", () =>
  talk(chat, [delta({}), { error: { message: "busy", type: "server_error" } }], (heard) =>
    expect(heard.error).toMatchObject({ kind: "unavailable" }),
  ));
test("chat: an account without credit is not asked again", () =>
  talk(chat, [{ error: { message: "quota", code: "insufficient_quota" } }], (heard) =>
    expect(heard.error).toMatchObject({ kind: "exhausted", status: 402 }),
  ));
test("chat: silence behind the end is no loss", async () => {
  const server = await serve((response) =>
    response
      .writeHead(200, { "content-type": "text/event-stream" })
      .write(`data: ${JSON.stringify(delta({ content: "hi" }, "stop"))}\n\n`),
  );
  expect(await listen(chat(server))).toMatchObject({ text: "hi", stopReason: "end_turn", broken: [] });
  await server.close();
});
for (const [base, root] of [
  ["http://a", "http://a/v1"],
  ["https://g/v1beta/openai", "https://g/v1beta/openai"],
  ["https://o/api", "https://o/api"],
] as const) {
  test(`root of ${base}`, () => expect(openaiRoot(base)).toBe(root));
}

const item = (index: number, more: object): object => ({ output_index: index, ...more });
test("responses: reasoning, text and a call", () =>
  talk(
    responses,
    [
      { type: "response.created", response: { model: "gpt-x" } },
      { type: "response.output_item.added", ...item(0, { item: { type: "reasoning", id: "r" } }) },
      { type: "response.reasoning_summary_text.delta", ...item(0, { delta: "hm" }) },
      { type: "response.output_item.done", ...item(0, { item: { type: "reasoning", id: "r", encrypted_content: "E" } }) },
      { type: "response.output_text.delta", ...item(1, { delta: "a" }) },
      {
        type: "response.output_item.done",
        ...item(1, { item: { type: "message", status: "completed", content: [{ type: "output_text", text: "a" }] } }),
      },
      {
        type: "response.output_item.added",
        ...item(2, { item: { type: "function_call", call_id: "c", name: "Read", arguments: "" } }),
      },
      { type: "response.function_call_arguments.delta", ...item(2, { delta: '{"path":"a"}' }) },
      {
        type: "response.output_item.done",
        ...item(2, {
          item: { type: "function_call", call_id: "c", name: "Read", arguments: '{"path":"a"}', status: "completed" },
        }),
      },
      {
        type: "response.completed",
        response: {
          status: "completed",
          output: [{ type: "function_call" }],
          usage: { input_tokens: 9, output_tokens: 3, input_tokens_details: { cached_tokens: 5 } },
        },
      },
    ],
    (heard, body) => {
      expect(heard.blocks).toEqual([
        { type: "thinking", thinking: "hm", signature: "" },
        { type: "opaque", provider: "o", raw: { type: "reasoning", id: "r", encrypted_content: "E" } },
        { type: "text", text: "a" },
        { type: "tool_use", id: "c", name: "Read", input: { path: "a" } },
      ]);
      expect(heard.events.at(-1)).toEqual({
        type: "message_end",
        stopReason: "tool_use",
        usage: { inputTokens: 4, outputTokens: 3, cacheReadTokens: 5, cacheWriteTokens: 0 },
      });
      expect(body).toMatchObject({ store: false, instructions: "s1\n\ns2", tools: [{ type: "function", name: "Read" }] });
      expect((body["input"] as unknown as { type: string }[]).map((one) => one.type)).toEqual([
        "message",
        "message",
        "function_call",
        "function_call_output",
        "message",
        "message",
      ]);
    },
  ));
test("responses: the limit inside a call", () =>
  talk(
    responses,
    [
      { type: "response.output_item.added", ...item(0, { item: { type: "function_call", call_id: "c", name: "Read" } }) },
      { type: "response.function_call_arguments.delta", ...item(0, { delta: '{"path":"a"}' }) },
      {
        type: "response.output_item.done",
        ...item(0, { item: { type: "function_call", call_id: "c", name: "Read", status: "incomplete" } }),
      },
      { type: "response.incomplete", response: { status: "incomplete", incomplete_details: { reason: "max_output_tokens" } } },
    ],
    (heard) => expect([heard.runnable, heard.tools.length, heard.stopReason]).toEqual([[], 1, "max_tokens"]),
  ));
test("responses: failed", () =>
  talk(
    responses,
    [{ type: "response.failed", response: { status: "failed", error: { code: "server_error", message: "x" } } }],
    (heard) => expect(heard.error?.kind).toBe("unavailable"),
  ));
test("responses: cut inside a call", () =>
  talk(
    responses,
    [{ type: "response.output_item.added", ...item(0, { item: { type: "function_call", call_id: "c", name: "Read" } }) }],
    (heard) => expect([heard.runnable, heard.error?.kind]).toEqual([[], "unavailable"]),
  ));

async function ollama(
  abilities: string[],
  lines: unknown[],
  check: (heard: Heard, body: { messages: { role: string; content: string }[]; tools?: unknown; options: object }) => void,
): Promise<void> {
  const server = await serve((response, _, __, path) => {
    if (path === "/api/show")
      return void response.end(JSON.stringify({ capabilities: abilities, model_info: { "llama.context_length": 8_192 } }));
    response
      .writeHead(200, { "content-type": "application/x-ndjson" })
      .end(lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
  });
  try {
    const heard = await listen(
      ollamaProvider({ id: "ollama", baseUrl: server.url, connection: createConnection() }),
      undefined,
      request,
    );
    expect(heard.broken).toEqual([]);
    check(heard, JSON.parse(server.requests.at(-1)?.body ?? "") as never);
  } finally {
    await server.close();
  }
}
const line = (message: object, more: object = { done: false }): object => ({
  model: "llama",
  message: { role: "assistant", ...message },
  ...more,
});
const done = line({ content: "" }, { done: true, done_reason: "stop", prompt_eval_count: 5, eval_count: 2 });

test("ollama: native tools", () =>
  ollama(
    ["completion", "tools"],
    [line({ content: "a" }), line({ content: "", tool_calls: [{ function: { name: "Read", arguments: { path: "a" } } }] }), done],
    (heard, body) => {
      expect([heard.text, heard.runnable]).toEqual(["a", [a]]);
      expect(heard.tools[0]?.id).not.toBe("");
      expect(heard.events.at(-1)).toMatchObject({ usage: { inputTokens: 5, outputTokens: 2 } });
      expect(body.options).toEqual({ num_ctx: 8_192 });
      expect(body.tools).toHaveLength(1);
    },
  ));
test("ollama: tools as text", () =>
  ollama(
    ["completion"],
    Array.from('ok\n```tool_call\n{"name":"Read","input":{"path":"a"}}\n```\n')
      .map((content) => line({ content }))
      .concat(done),
    (heard, body) => {
      expect([heard.text, heard.runnable]).toEqual(["ok\n", [a]]);
      expect(body.tools).toBeUndefined();
      expect(body.messages[0]?.content).toMatch(/```tool_call[\s\S]*- Read: d/);
      expect(body.messages.map(({ role }) => role)).toEqual(["system", "user", "assistant", "user"]);
      expect(body.messages[2]?.content).toContain('{"name":"Read","input":{"path":"a"}}');
      expect(body.messages[3]?.content).toContain("Result of call c1:\nError: no");
    },
  ));
test("ollama: a block that was not closed is no call", () =>
  ollama(["completion"], [line({ content: '```tool_call\n{"name":"Read","input":{"path":"a"}}' }), done], (heard) =>
    expect([heard.runnable, heard.tools.length]).toEqual([[], 1]),
  ));
test("ollama: cut before done", () =>
  ollama(["tools"], [line({ content: "a" })], (heard) => expect(heard.error?.kind).toBe("unavailable")));
test("ollama: an error line", () =>
  ollama(["tools"], [{ error: "model 'x' not found" }], (heard) => expect(heard.error).toBeDefined()));

const textTools = (name: string, words: string, expected: unknown): void =>
  test(`text tools: ${name}`, () => {
    for (const step of [1, 3, 1000]) {
      const parser = createTextToolParser();
      const pieces = [];
      for (let at = 0; at < words.length; at += step) pieces.push(...parser.push(words.slice(at, at + step)));
      const end = parser.end();
      pieces.push(...end.pieces);
      const text = pieces.map((piece) => ("text" in piece ? piece.text : "")).join("");
      const calls = pieces.flatMap((piece) => ("call" in piece ? [piece.call] : []));
      expect([text, calls, end.open]).toEqual(expected);
    }
  });
textTools("words only", "a `b` ``` c\n```js\nx\n```\n", ["a `b` ``` c\n```js\nx\n```\n", [], null]);
textTools("a call", 'x\n```tool_call\n{"name":"A","input":{"b":1}}\n```', ["x\n", [{ name: "A", raw: '{"b":1}' }], null]);
textTools("a broken call keeps its text", "```tool_call\n{a}\n```\n", ["", [{ name: "unknown", raw: "{a}" }], null]);
textTools("in the middle of a line it is no fence", "see ```tool_call\n", ["see ```tool_call\n", [], null]);
textTools("not closed", "```tool_call\n{", ["", [], "{"]);

const events: StreamEvent[] = [
  { type: "message_start", model: "e", provider: "editor", usage: noUsage() },
  { type: "message_end", stopReason: "end_turn", usage: noUsage() },
];
const ports = (batches: (StreamEvent[] | null)[], cancelled: string[] = []): Parameters<typeof editorProvider>[0] => ({
  editorModels: async () => [],
  startEditorModel: async () => "call-1",
  nextFromEditorModel: async () => (batches.length === 0 ? new Promise<never>(() => undefined) : (batches.shift() ?? null)),
  cancelEditorModel: async (id) => void cancelled.push(id),
});
test("editor: events are passed on, what follows the end is not", async () => {
  const heard = await listen(editorProvider(ports([[events[0]!], [events[1]!, events[1]!]])));
  expect([heard.broken, heard.stopReason]).toEqual([[], "end_turn"]);
});
test("editor: an early end is a lost reply", async () =>
  expect((await listen(editorProvider(ports([[events[0]!], null])))).error?.kind).toBe("unavailable"));
test("editor: stop reaches the editor, and is quick though the editor hangs", async () => {
  const cancelled: string[] = [];
  const stop = new AbortController();
  setTimeout(() => stop.abort(), 20);
  const began = performance.now();
  const heard = await listen(withRetry(editorProvider(ports([], cancelled))), stop.signal);
  expect([heard.error?.kind, cancelled[0]]).toEqual(["aborted", "call-1"]);
  expect(performance.now() - began).toBeLessThan(1_500);
});
