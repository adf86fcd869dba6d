import { afterEach, expect, test } from "vitest";
import { createModel, type CreateModelOptions, type Model } from "../../../src/llm/create-model";
import { modelId, modelName } from "../../../src/llm/model-names";
import { priceOf } from "../../../src/llm/pricing";
import type { EngineSettings } from "../../../src/shared/protocol/host";
import type { ModelStream, StreamEvent } from "../../../src/shared/protocol/model";
import { noUsage } from "../../../src/shared/protocol/model";
import { ask, listen, serve, type TestServer } from "./fault-server";

const made: { close(): unknown }[] = [];
afterEach(async () => {
  for (const one of made.splice(0)) await one.close();
});

const started = async (answer: Parameters<typeof serve>[0]): Promise<TestServer> => {
  const server = await serve(answer);
  made.push(server);
  return server;
};
const model = (settings: Partial<EngineSettings>, more: Partial<CreateModelOptions> = {}): Model => {
  const one = createModel({
    settings: { model: "claude-sonnet-5-5", ...settings },
    key: async () => "sk-canary",
    retry: { attempts: 1, firstDelayMs: 1 },
    ...more,
  });
  made.push(one);
  return one;
};

const ev = (data: unknown): string => `data: ${JSON.stringify(data)}\n\n`;
const claude =
  ev({ type: "message_start", message: {} }) +
  ev({ type: "content_block_start", index: 0, content_block: { type: "text", text: "claude" } }) +
  ev({ type: "content_block_stop", index: 0 }) +
  ev({ type: "message_delta", delta: { stop_reason: "end_turn" } });
const gpt = `${ev({ choices: [{ index: 0, delta: { content: "gpt" }, finish_reason: "stop" }] })}data: [DONE]\n\n`;
const sse = { "content-type": "text/event-stream" };

test("the environment's base URL, a plain model name", async () => {
  const server = await started((response) => response.writeHead(200, sse).end(claude));
  const heard = await listen(
    model({ model: "sonnet" }, { environment: { ANTHROPIC_BASE_URL: `${server.url}/v1` } }).stream,
    undefined,
    ask({ model: undefined as never }),
  );
  expect(heard.text).toBe("claude");
  expect(JSON.parse(server.requests[0]?.body ?? "")).toMatchObject({ model: "claude-sonnet-5-5", stream: true });
});
test("the user's setting stands before the environment", async () => {
  const server = await started((response) => response.writeHead(200, sse).end(claude));
  const one = model({ baseUrl: server.url }, { environment: { ANTHROPIC_BASE_URL: "http://127.0.0.1:1" } });
  expect((await listen(one.stream)).text).toBe("claude");
});
test("roles have their own models", async () => {
  const server = await started((response) => response.writeHead(200, sse).end(claude));
  const { stream } = model({ baseUrl: server.url, models: { vision: "anthropic/claude-eyes" } });
  for (const role of ["main", "fast", "long", "vision"] as const)
    await listen(stream, undefined, ask({ role, model: undefined as never }));
  expect(server.requests.map((request) => (JSON.parse(request.body) as { model: string }).model)).toEqual([
    "claude-sonnet-5-5",
    "claude-haiku-5-5",
    "claude-sonnet-5-5",
    "claude-eyes",
  ]);
});
test("a fallback answers, says so, and the first model is back when it works again", async () => {
  let down = true;
  let now = 0;
  const first = await started((response) => (down ? response.writeHead(529).end() : response.writeHead(200, sse).end(claude)));
  const second = await started((response) => response.writeHead(200, sse).end(gpt));
  const settings: Partial<EngineSettings> = {
    baseUrl: first.url,
    fallbackModels: ["local/gpt"],
    providers: { local: { kind: "openai", baseUrl: second.url } },
  };
  const { stream } = model(settings, { breaker: { failures: 2, openMs: 100, now: () => now } });
  const heard = await listen(stream);
  expect(heard.events[0]).toMatchObject({ type: "fallback", from: "anthropic/m", to: "local/gpt", error: { status: 529 } });
  expect([heard.text, heard.broken]).toEqual(["gpt", []]);
  await listen(stream);
  await listen(stream);
  expect([first.requests.length, second.requests.length]).toEqual([2, 3]);
  down = false;
  now = 100;
  expect((await listen(stream)).text).toBe("claude");
});
test("no fallback once something was shown, nor for a request that is wrong", async () => {
  const second = await started((response) => response.writeHead(200, sse).end(gpt));
  const shown = await started((response) => {
    response
      .writeHead(200, sse)
      .write(claude.slice(0, claude.indexOf('data: {"type":"content_block_stop')), () => response.destroy());
  });
  const settings = { fallbackModels: ["local/gpt"], providers: { local: { kind: "openai" as const, baseUrl: second.url } } };
  expect((await listen(model({ ...settings, baseUrl: shown.url }).stream)).error).toMatchObject({
    kind: "unavailable",
    partial: true,
  });
  const wrong = await started((response) => response.writeHead(400).end());
  expect((await listen(model({ ...settings, baseUrl: wrong.url }).stream)).error?.kind).toBe("invalid");
  expect(second.requests).toEqual([]);
});
test("an unknown provider and a base URL that is none are told, not thrown", async () => {
  expect((await listen(model({}).stream, undefined, ask({ model: "nowhere/x" }))).error).toMatchObject({
    kind: "not_found",
    message: expect.stringContaining("nowhere") as string,
  });
  expect((await listen(model({ baseUrl: "nonsense" }).stream)).error).toMatchObject({
    kind: "invalid",
    message: expect.stringContaining("nonsense") as string,
  });
});
test("an injected provider", async () => {
  const stream: ModelStream = async function* (request): AsyncGenerator<StreamEvent> {
    yield { type: "message_start", model: request.model ?? "", provider: "practice", usage: noUsage() };
    yield { type: "message_end", stopReason: "end_turn", usage: noUsage() };
  };
  const one = model(
    { model: "practice" },
    {
      extra: { practice: { stream, models: async () => [{ id: "practice/practice", provider: "practice", name: "Practice" }] } },
    },
  );
  const heard = await listen(one.stream, undefined, ask({ model: undefined as never }));
  expect([heard.broken, heard.stopReason]).toEqual([[], "end_turn"]);
  expect(one.metrics.successOn).toEqual([1]);
});
test("warm opens the connection the request uses", async () => {
  const server = await started((response) => response.writeHead(200, sse).end(claude));
  const one = model({ baseUrl: server.url });
  one.warm();
  await expect.poll(() => server.open()).toBe(1);
  await listen(one.stream);
  expect(server.open()).toBe(1);
});

test("models: what is reachable, with sizes and prices, asked once", async () => {
  const anthropic = await started((response) =>
    response.end('{"data":[{"id":"claude-opus-5-5","display_name":"Opus","max_input_tokens":1000000}]}'),
  );
  const local = await started((response) => response.end('{"data":[{"id":"gpt-4o"},{"id":"mystery","context_length":4096}]}'));
  const ollama = await started((response, _, __, path) =>
    response.end(
      path === "/api/tags"
        ? '{"models":[{"name":"llama:8b"}]}'
        : '{"capabilities":["completion","tools"],"model_info":{"llama.context_length":131072}}',
    ),
  );
  const dead = await started(() => undefined);
  const settings: Partial<EngineSettings> = {
    baseUrl: anthropic.url,
    prices: { mystery: { input: 1, output: 2 } },
    providers: {
      local: { kind: "openai", baseUrl: local.url },
      ollama: { kind: "ollama", baseUrl: ollama.url },
      dead: { kind: "openai", baseUrl: dead.url, models: ["named"] },
    },
  };
  const editor = {
    editorModels: async () => [{ id: "editor/x", provider: "editor", name: "X" }],
    startEditorModel: async () => "1",
    nextFromEditorModel: async () => null,
    cancelEditorModel: async () => undefined,
  };
  const one = model(settings, { key: async (provider) => (provider === "anthropic" ? "k" : null), editor });
  const models = await one.models();
  expect(models).toEqual([
    {
      id: "anthropic/claude-opus-5-5",
      provider: "anthropic",
      name: "Opus",
      contextTokens: 1_000_000,
      maxOutputTokens: 128_000,
      price: { input: 4, output: 20, cacheRead: 0.2, cacheWrite: 5 },
    },
    {
      id: "local/gpt-4o",
      provider: "local",
      name: "gpt-4o",
      contextTokens: 128_000,
      price: { input: 2.5, output: 10, cacheRead: 1.25 },
    },
    { id: "local/mystery", provider: "local", name: "mystery", contextTokens: 4_096, price: { input: 1, output: 2 } },
    {
      id: "ollama/llama:8b",
      provider: "ollama",
      name: "llama:8b",
      contextTokens: 131_072,
      price: { input: 0, output: 0 },
      tools: true,
      vision: false,
    },
    { id: "dead/named", provider: "dead", name: "named" },
    { id: "editor/x", provider: "editor", name: "X" },
  ]);
  await one.models();
  expect(anthropic.requests).toHaveLength(1);
});

const named = (id: string, expected: string): void =>
  test(`model ${id}`, () => expect(modelId(modelName(id, ["anthropic", "openai", "gate"]))).toBe(expected));
named("sonnet", "anthropic/claude-sonnet-5-5");
named("Opus", "anthropic/claude-opus-5-5");
named("default", "anthropic/claude-sonnet-5-5");
named("claude-x", "anthropic/claude-x");
named("openai/gpt-5", "openai/gpt-5");
named("gate/maker/name", "gate/maker/name");
named("other/name", "other/name");
named("practice", "practice/practice");

const price = (id: string, expected: number | null, tokens = 0, own = {}): void =>
  test(`price of ${id} at ${tokens}`, () => expect(priceOf(id, own, tokens)?.input ?? null).toBe(expected));
price("anthropic/claude-sonnet-4-5-20250929", 3);
price("claude-opus-4-5-20251101", 5);
price("claude-opus-4-1-20250805", 15);
price("claude-opus-4-20250514", 15);
price("claude-opus-5-5", 4);
price("claude-haiku-5-5", 0.1);
price("claude-haiku-5-5", 0.5, 100_001);
price("gate/anthropic.claude-sonnet-5", 2);
price("openrouter/anthropic/claude-sonnet-5", 2);
price("openai/gpt-5.2", 1.75);
price("openai/gpt-5.9", null);
price("openai/gpt-5-2025-08-07", 1.25);
price("gemini/gemini-2.5-pro", 2.5, 300_000);
price("gemini/gemini-2.5-flash-lite", 0.1);
price("mystery", null);
price("mystery", 7, 0, { mystery: { input: 7, output: 1 } });
price("x/mystery-2", 8, 0, { "mystery*": { input: 8, output: 1 } });
price("ollama/anything", 0);
