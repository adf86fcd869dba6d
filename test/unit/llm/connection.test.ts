import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { createServer as createTcpServer } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createConnection, type ConnectionOptions } from "../../../src/llm/connection";
import { readText } from "../../../src/llm/exchange";
import { networkError } from "../../../src/llm/failures";
import { send } from "../../../src/llm/http";
import { anthropicProvider } from "../../../src/llm/providers/anthropic";
import { proxyFor } from "../../../src/llm/proxy";
import { withRetry } from "../../../src/llm/retry";
import { listen } from "./fault-server";
import { tunnelWorld } from "./tunnel-world";

const limits = { firstByteMs: 3_000, idleMs: 3_000 };
const world = tunnelWorld();
const { listenOn } = world;
let secureUrl = "";
let plainUrl = "";
let secureConnections = (): number => 0;

beforeAll(async () => {
  const secure = await world.secureServer("DNS:localhost,IP:127.0.0.1", (_, response) => response.end("secure"));
  secureUrl = `https://localhost:${secure.port}`;
  secureConnections = secure.connections;
  plainUrl = `http://127.0.0.1:${await listenOn(createServer((_, response) => response.end("plain")))}`;
});

afterAll(world.close);

async function get(url: string, options: ConnectionOptions): Promise<string> {
  const connection = createConnection({ connectTimeoutMs: 1_000, ...options });
  try {
    const reply = await send(
      connection,
      { method: "GET", url, headers: { "x-api-key": "k" }, limits },
      new AbortController().signal,
    );
    const text = await readText(reply.body, 1_000);
    return reply.status === 200 ? text : String(reply.status);
  } catch (error) {
    return networkError({ provider: "p", model: "m" }, error).kind;
  } finally {
    connection.close();
  }
}

const ca = (): string[] => [world.ca];

test("plain, direct", async () => expect(await get(plainUrl, {})).toBe("plain"));
test("a private CA is not trusted by itself, and that is an error at once", async () =>
  expect(await get(secureUrl, {})).toBe("denied"));
test("a private CA as a file", async () => expect(await get(secureUrl, { ca: ca() })).toBe("secure"));
test("a private CA as text", async () => expect(await get(secureUrl, { ca: [readFileSync(world.ca, "utf8")] })).toBe("secure"));
test("a private CA by NODE_EXTRA_CA_CERTS, which a worker's host may not have read", async () =>
  expect(await get(secureUrl, { environment: { NODE_EXTRA_CA_CERTS: world.ca } })).toBe("secure"));
test("strictSsl off", async () => expect(await get(secureUrl, { strictSsl: false })).toBe("secure"));

test("a secure request goes through the proxy's tunnel", async () => {
  const { address: url, seen } = await world.proxy();
  expect(await get(secureUrl, { ca: ca(), environment: { HTTPS_PROXY: url } })).toBe("secure");
  expect(seen.map((one) => one.via)).toEqual([`connect ${new URL(secureUrl).host}`]);
});
test("a certificate behind the tunnel is checked", async () => {
  const { address: url } = await world.proxy();
  expect(await get(secureUrl, { environment: { https_proxy: `http://${url}` } })).toBe("denied");
});
test("a plain request is handed to the proxy", async () => {
  const { address: url, seen } = await world.proxy();
  expect(await get(`${plainUrl}/a?b=c`, { environment: { HTTP_PROXY: url } })).toBe("by proxy");
  expect(seen).toEqual([{ via: `plain ${plainUrl}/a?b=c`, apiKey: "k" }]);
});
test("the editor's proxy stands before the environment", async () => {
  const { address: url } = await world.proxy();
  expect(await get(plainUrl, { proxy: `http://${url}`, environment: { HTTP_PROXY: "127.0.0.1:1" } })).toBe("by proxy");
});
test("NO_PROXY", async () =>
  expect(await get(plainUrl, { environment: { HTTP_PROXY: "127.0.0.1:1", NO_PROXY: "a.b, 127.0.0.1" } })).toBe("plain"));
test("the editor's noProxy", async () =>
  expect(await get(plainUrl, { proxy: "http://127.0.0.1:1", noProxy: ["127.0.0.1"] })).toBe("plain"));
test("a login in the proxy's URL", async () => {
  const { address: url } = await world.proxy("me:p@ss");
  expect(await get(secureUrl, { ca: ca(), proxy: `http://me:p%40ss@${url}` })).toBe("secure");
  expect(await get(plainUrl, { proxy: `http://me:p%40ss@${url}` })).toBe("by proxy");
});
test("a login that is missing is an error at once", async () => {
  const { address: url } = await world.proxy("me:x");
  expect(await get(secureUrl, { ca: ca(), proxy: url })).toBe("denied");
  expect(await get(plainUrl, { proxy: url })).toBe("407");
});
test("a proxy that is not there", async () => expect(await get(plainUrl, { proxy: "127.0.0.1:1" })).toBe("unavailable"));
test("a server that never finishes the handshake", async () => {
  const port = await listenOn(createTcpServer((socket) => socket.on("error", () => undefined)));
  expect(await get(`https://localhost:${port}`, { connectTimeoutMs: 100 })).toBe("unavailable");
});

async function asked(baseUrl: string, connectTimeoutMs: number): Promise<[number, string | undefined, string]> {
  const connection = createConnection({ connectTimeoutMs });
  const provider = anthropicProvider({ id: "anthropic", baseUrl, key: async () => "sk-canary", connection });
  const heard = await listen(withRetry(provider, { attempts: 2, firstDelayMs: 5 }));
  connection.close();
  expect(JSON.stringify(heard.events)).not.toContain("canary");
  return [heard.retries, heard.error?.kind, heard.error?.message ?? ""];
}
test("T080: a certificate that is not trusted is an error at once, with the way out", async () =>
  expect(await asked(secureUrl, 1_000)).toEqual([0, "denied", expect.stringContaining("NODE_EXTRA_CA_CERTS")]));
test("T081: a connect that takes too long is tried again", async () => {
  const port = await listenOn(createTcpServer((socket) => socket.on("error", () => undefined)));
  expect(await asked(`https://localhost:${port}`, 80)).toEqual([1, "unavailable", expect.stringContaining("timed out")]);
});

test("warm connects once, and the request uses that socket", async () => {
  const connection = createConnection({ ca: ca() });
  const before = secureConnections();
  connection.warm(secureUrl);
  connection.warm(secureUrl);
  await expect.poll(() => secureConnections() - before).toBe(1);
  for (let nth = 0; nth < 3; nth++) {
    const reply = await send(connection, { method: "GET", url: secureUrl, headers: {}, limits }, new AbortController().signal);
    expect(await readText(reply.body, 100)).toBe("secure");
    await reply.done();
  }
  expect(secureConnections() - before).toBe(1);
  connection.close();
});

const covered = (exception: string, url: string, expected: boolean): void =>
  test(`NO_PROXY ${exception} ${expected ? "covers" : "does not cover"} ${url}`, () =>
    expect(proxyFor(new URL(url), { environment: { ALL_PROXY: "http://p:1", NO_PROXY: exception } }) === null).toBe(expected));
covered("*", "https://a.b", true);
covered("example.com", "https://example.com", true);
covered("example.com", "https://api.example.com", true);
covered(".example.com", "https://api.example.com", true);
covered("*.example.com", "https://api.example.com", true);
covered("example.com", "https://evilexample.com", false);
covered("example.com:8443", "https://example.com", false);
covered("example.com:443", "https://example.com", true);
covered("::1", "http://[::1]:80", true);
covered("[::1]", "http://[::1]:80", true);
covered("", "https://a.b", false);
