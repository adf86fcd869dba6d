import { createServer as createTcpServer, type AddressInfo } from "node:net";
import { expect, test, vi } from "vitest";
import { createConnection } from "../../../src/llm/connection";
import { anthropicProvider } from "../../../src/llm/providers/anthropic";
import { openaiProvider } from "../../../src/llm/providers/openai";
import { withRetry, type RetryOptions } from "../../../src/llm/retry";
import { ask, listen, serve, type Heard, type TestServer } from "./fault-server";

const quick: Partial<RetryOptions> = { attempts: 3, firstDelayMs: 5, budgetMs: 2_000 };
const ev = (data: unknown): string => `data: ${JSON.stringify(data)}\n\n`;
const say = (text: string): string =>
  ev({
    type: "message_start",
    message: { model: "m", usage: { input_tokens: 3, cache_read_input_tokens: 7, cache_creation_input_tokens: 2 } },
  }) +
  ev({ type: "content_block_start", index: 0, content_block: { type: "text", text: "" } }) +
  ev({ type: "content_block_delta", index: 0, delta: { type: "text_delta", text } }) +
  ev({ type: "content_block_stop", index: 0 }) +
  ev({ type: "message_delta", delta: { stop_reason: "end_turn" }, usage: { output_tokens: 4 } }) +
  ev({ type: "message_stop" });

async function talk(
  answer: Parameters<typeof serve>[0],
  check: (heard: Heard, server: TestServer) => void | Promise<void>,
  retry = quick,
  path = "",
  limits = { firstByteMs: 300, idleMs: 200 },
): Promise<void> {
  const server = await serve(answer);
  const connection = createConnection();
  const provider = anthropicProvider({
    id: "anthropic",
    baseUrl: server.url + path,
    key: async () => "sk-canary",
    connection,
    limits,
  });
  try {
    const heard = await listen(withRetry(provider, retry));
    expect(heard.broken).toEqual([]);
    expect(JSON.stringify(heard.events)).not.toContain("canary");
    await check(heard, server);
  } finally {
    connection.close();
    await server.close();
  }
}

const sse = { "content-type": "text/event-stream" };

test("usage with cache figures", () =>
  talk(
    (response) => response.writeHead(200, sse).end(say("hi")),
    (heard) =>
      expect(heard.events.at(-1)).toEqual({
        type: "message_end",
        stopReason: "end_turn",
        usage: { inputTokens: 3, outputTokens: 4, cacheReadTokens: 7, cacheWriteTokens: 2 },
      }),
  ));

for (const path of ["", "/", "/v1", "/v1/"]) {
  test(`base URL ending in "${path}"`, () =>
    talk(
      (response) => response.writeHead(200, sse).end(say("hi")),
      (_, server) => expect(server.requests.map((request) => request.path)).toEqual(["/v1/messages"]),
      quick,
      path,
    ));
}

for (const status of [500, 503, 529]) {
  test(`${status} twice, then the answer`, () =>
    talk(
      (response, nth) => (nth < 3 ? response.writeHead(status).end() : response.writeHead(200, sse).end(say("hi"))),
      (heard, server) => expect([heard.text, heard.retries, server.requests.length]).toEqual(["hi", 2, 3]),
    ));
}
for (const [status, kind] of [
  [400, "invalid"],
  [401, "auth"],
  [402, "exhausted"],
  [403, "denied"],
  [404, "not_found"],
  [407, "denied"],
  [413, "too_long"],
  [422, "invalid"],
] as const) {
  test(`${status} is ${kind}, at once and with a next step`, () =>
    talk(
      (response) => response.writeHead(status).end('{"error":{"type":"x","message":"because"}}'),
      (heard, server) => {
        expect([heard.error?.kind, heard.error?.status, server.requests.length]).toEqual([kind, status, 1]);
        expect(heard.error?.message).not.toContain("\n");
      },
    ));
}
test("a prompt that is too long", () =>
  talk(
    (response) =>
      response
        .writeHead(400)
        .end('{"error":{"type":"invalid_request_error","message":"prompt is too long: 210000 tokens > 200000 maximum"}}'),
    (heard) => expect(heard.error?.kind).toBe("too_long"),
  ));

test("529 for ever ends within the budget, with a clear error", async () => {
  const began = performance.now();
  await talk(
    (response) => response.writeHead(529).end(),
    (heard, server) => {
      expect(server.requests.length).toBeLessThanOrEqual(5);
      expect(heard.error).toMatchObject({
        kind: "unavailable",
        status: 529,
        message: expect.stringMatching(/overloaded.*tried \d times.*another model/) as string,
      });
    },
    { firstDelayMs: 20, budgetMs: 500 },
  );
  expect(performance.now() - began).toBeLessThan(6_000);
});

test("a redirect is refused and the key does not go along", async () => {
  const other = await serve((response) => response.end("stolen"));
  await talk(
    (response) => response.writeHead(307, { location: other.url }).end(),
    (heard) => {
      expect(heard.error?.kind).toBe("denied");
      expect(other.requests).toEqual([]);
    },
  );
  await other.close();
});

test("a reset before the headers is tried again", () =>
  talk(
    (response, nth) => (nth === 1 ? void response.socket?.resetAndDestroy() : response.writeHead(200, sse).end(say("hi"))),
    (heard) => expect([heard.text, heard.retries]).toEqual(["hi", 1]),
  ));
test("headers and then nothing", () =>
  talk(
    (response, nth) => (nth === 1 ? response.writeHead(200, sse).flushHeaders() : response.writeHead(200, sse).end(say("hi"))),
    (heard) => expect([heard.text, heard.retries]).toEqual(["hi", 1]),
  ));
test("pings keep the connection, but not for ever", () =>
  talk(
    (response) => {
      response.writeHead(200, sse);
      const timer = setInterval(() => response.write("event: ping\ndata: {}\n\n"), 20);
      response.on("close", () => clearInterval(timer));
    },
    (heard) => expect(heard.error).toMatchObject({ kind: "unavailable" }),
    { attempts: 1, slowMs: 100, noProgressMs: 500 },
  ));
test("silence in mid-text ends as a lost stream, not by asking again", () =>
  talk(
    (response) => response.writeHead(200, sse).write(say("hi").slice(0, 330)),
    (heard, server) =>
      expect([heard.error?.kind, heard.error?.partial, server.requests.length]).toEqual(["unavailable", true, 1]),
  ));
test("a reader that is slow is not a silent server", async () => {
  const server = await serve((response) => {
    response.writeHead(200, sse);
    const text = say("hi");
    response.write(text.slice(0, 330));
    setTimeout(() => response.end(text.slice(330)), 20);
  });
  const connection = createConnection();
  const stream = anthropicProvider({
    id: "a",
    baseUrl: server.url,
    key: async () => "k",
    connection,
    limits: { firstByteMs: 2_000, idleMs: 400 },
  });
  const types: string[] = [];
  for await (const event of stream(ask(), new AbortController().signal)) {
    types.push(event.type);
    if (event.type === "block_delta") await new Promise((resolve) => setTimeout(resolve, 900));
  }
  expect(types.at(-1)).toBe("message_end");
  connection.close();
  await server.close();
});
test("one socket serves many requests", async () => {
  const server = await serve((response) => response.writeHead(200, sse).end(say("hi")));
  const connection = createConnection();
  const stream = anthropicProvider({ id: "a", baseUrl: server.url, key: async () => "k", connection });
  for (let nth = 0; nth < 5; nth++) expect((await listen(stream)).text).toBe("hi");
  expect(server.open()).toBe(1);
  connection.close();
  await server.close();
});
test("a body that ends a moment after its last word leaves the socket for the next request", async () => {
  const sockets = new Set<number | undefined>();
  const server = await serve((response) => {
    sockets.add(response.socket?.remotePort);
    response.writeHead(200, sse).write(say("hi"));
    setTimeout(() => response.end(), 30);
  });
  const connection = createConnection();
  const stream = withRetry(anthropicProvider({ id: "a", baseUrl: server.url, key: async () => "k", connection }), quick);
  for (let nth = 0; nth < 4; nth++) {
    expect((await listen(stream)).text).toBe("hi");
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  expect(sockets.size).toBe(1);
  connection.close();
  await server.close();
});
test("a body that never ends after its last word gives up its socket, not the next request", async () => {
  const server = await serve((response) => void response.writeHead(200, sse).write(say("hi")));
  const connection = createConnection();
  const stream = withRetry(anthropicProvider({ id: "a", baseUrl: server.url, key: async () => "k", connection }), quick);
  for (let nth = 0; nth < 3; nth++) expect((await listen(stream)).text).toBe("hi");
  await expect.poll(() => server.open(), { timeout: 5_000 }).toBe(0);
  connection.close();
  await server.close();
});
test("after the computer slept silence is acted on within seconds, not after 90", async () => {
  vi.useFakeTimers({ toFake: ["Date"] });
  try {
    const began = performance.now();
    setTimeout(() => vi.setSystemTime(Date.now() + 3_600_000), 100);
    await talk(
      (response, nth) => {
        response.writeHead(200, sse);
        if (nth === 1) response.write(say("hi").slice(0, 330));
        else response.end(say("hi"));
      },
      (heard) => expect(heard.error).toMatchObject({ partial: true, message: expect.stringContaining("woke up") as string }),
      quick,
      "",
      { firstByteMs: 60_000, idleMs: 90_000 },
    );
    expect(performance.now() - began).toBeLessThan(10_000);
  } finally {
    vi.useRealTimers();
  }
});
for (const headers of [{ "content-type": "text/html" }, {}]) {
  test(`a login page of the network (${JSON.stringify(headers)})`, () =>
    talk(
      (response) => response.writeHead(200, headers).end("<html>Sign in</html>"),
      (heard, server) => expect([heard.error?.kind, server.requests.length]).toEqual(["denied", 1]),
    ));
}
test("events without a content type", () =>
  talk(
    (response) => response.writeHead(200).end(say("hi")),
    (heard) => expect(heard.text).toBe("hi"),
  ));
test("10,000 deltas at once", () =>
  talk(
    (response) => {
      const delta = ev({ type: "content_block_delta", index: 0, delta: { type: "text_delta", text: "0123456789" } });
      const [head = "", tail = ""] = say("hi").split(/(?=data: \{"type":"content_block_stop)/);
      response.writeHead(200, sse).end(head + delta.repeat(10_000) + tail);
    },
    (heard) => {
      expect(heard.text).toHaveLength(100_002);
      expect(heard.events.length).toBeLessThan(500);
    },
  ));
test("a surrogate pair cut over two deltas", () =>
  talk(
    (response) => {
      const delta = (half: string): string =>
        `data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"${half}"}}\n\n`;
      const [head = "", tail = ""] = say("a").split(/(?=data: \{"type":"content_block_stop)/);
      response.writeHead(200, sse).end(head + delta("\\ud83d") + delta("\\ude00b\\ud800") + tail);
    },
    (heard) => expect([heard.text, heard.blocks]).toEqual(["a😀b\ufffd", [{ type: "text", text: "a😀b\ufffd" }]]),
  ));
test("a closed tool is announced while the stream stands still", async () => {
  const server = await serve((response) => {
    response.writeHead(200, sse);
    response.write(
      ev({ type: "content_block_start", index: 0, content_block: { type: "tool_use", id: "a", name: "read" } }) +
        ev({ type: "content_block_stop", index: 0 }),
    );
  });
  const connection = createConnection();
  const stop = new AbortController();
  const stream = withRetry(anthropicProvider({ id: "a", baseUrl: server.url, key: async () => "k", connection }));
  const began = performance.now();
  let took = Infinity;
  const heard = await listen(stream, stop.signal, ask(), (event) => {
    if (event.type !== "block_stop") return;
    took = performance.now() - began;
    stop.abort();
  });
  expect(heard.runnable).toEqual([{ name: "read", input: {} }]);
  expect(took).toBeLessThan(2_000);
  connection.close();
  await server.close();
});

test("without a key nothing is sent", async () => {
  const server = await serve((response) => response.end());
  const connection = createConnection();
  const heard = await listen(anthropicProvider({ id: "anthropic", baseUrl: server.url, key: async () => null, connection }));
  expect([heard.error?.kind, server.requests.length]).toEqual(["auth", 0]);
  await server.close();
});
test("the key is asked for with the origin it is sent to", async () => {
  const server = await serve((response) => response.writeHead(200, sse).end(say("hi")));
  const connection = createConnection();
  const asked: string[] = [];
  const key = async (origin: string): Promise<string> => {
    asked.push(origin);
    return "Bearer token";
  };
  await listen(anthropicProvider({ id: "anthropic", baseUrl: server.url, key, connection }));
  expect(asked).toEqual([server.url]);
  expect(server.requests[0]?.headers).toMatchObject({ authorization: "Bearer token", "anthropic-version": "2023-06-01" });
  expect(server.requests[0]?.headers).not.toHaveProperty("x-api-key");
  connection.close();
  await server.close();
});

for (const provider of [anthropicProvider, openaiProvider]) {
  test(`${provider.name}: connection refused is tried again, and says what to look at`, async () => {
    const connection = createConnection();
    const free = createTcpServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => free.once("listening", resolve));
    const { port } = free.address() as AddressInfo;
    await new Promise((resolve) => free.close(resolve));
    const heard = await listen(
      withRetry(provider({ id: "p", baseUrl: `http://127.0.0.1:${port}`, key: async () => "k", connection }), quick),
    );
    expect([heard.retries, heard.error?.kind]).toEqual([2, "unavailable"]);
    expect(heard.error?.message).toMatch(/refused.*Check the network/);
  });
}
