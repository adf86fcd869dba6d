import { afterAll, describe, expect, test } from "vitest";
import { createConnection } from "../../../src/llm/connection";
import { anthropicProvider } from "../../../src/llm/providers/anthropic";
import { ollamaProvider } from "../../../src/llm/providers/ollama";
import { openaiProvider } from "../../../src/llm/providers/openai";
import type { ModelStream } from "../../../src/shared/protocol/model";
import { moreStreams } from "../../corpus/more-streams";
import type { WireCase } from "../../support/wire/wire-case";
import { listen, serve, type Heard } from "./fault-server";

const connection = createConnection();
afterAll(() => connection.close());

const provider = (dialect: WireCase["dialect"], baseUrl: string): ModelStream => {
  const options = { id: "p", baseUrl, key: async () => "k", connection };
  if (dialect === "ollama") return ollamaProvider(options);
  return dialect === "chat" || dialect === "responses"
    ? openaiProvider({ ...options, api: dialect })
    : anthropicProvider(options);
};

/** What a reply came to, without what only says when: how its words were cut, ids that were made up. */
const meaning = ({ broken, text, runnable, stopReason, error, events }: Heard): unknown => ({
  broken,
  stopReason,
  error: error?.kind,
  // What was shown of a lost reply does not count, and a whole call may have begun before the loss was seen.
  ...(error ? {} : { text, runnable, usage: events.at(-1) }),
});

async function cutAt(one: WireCase, size: number): Promise<unknown> {
  const body = Buffer.concat((one.body ?? []).map((part) => Buffer.from(part)));
  const server = await serve((response, _nth, _body, path) => {
    if (path === "/api/show") return void response.writeHead(200).end('{"capabilities":["tools"]}');
    response.socket?.setNoDelay(true);
    const type = one.dialect === "ollama" ? "application/x-ndjson" : "text/event-stream";
    response.writeHead(200, { "content-type": type, ...one.headers });
    const write = (from: number): void => {
      if (from >= body.length) return void response.end();
      response.write(body.subarray(from, from + size));
      setImmediate(() => write(from + size));
    };
    write(0);
  });
  try {
    return meaning(await listen(provider(one.dialect, server.url)));
  } finally {
    await server.close();
  }
}

/** Whoever carries a reply may cut it anywhere: it must come to the same. */
describe.concurrent("cut into chunks of 61 or 7 bytes or not at all, a reply means the same", () => {
  const whole = ({ raw, end, status = 200, body = [], headers }: WireCase): boolean =>
    !raw &&
    end === undefined &&
    status === 200 &&
    body.length > 0 &&
    headers?.["content-type"] !== "" &&
    Buffer.byteLength(body.join("")) < 4_000;
  for (const [kind, cases] of Object.entries(moreStreams))
    for (const one of cases.filter(whole))
      // A word behind a call is waited for so shortly that a busy machine may send it too late.
      test(`${kind}: ${one.name}`, { timeout: 20_000, retry: 3 }, async () => {
        const expected = await cutAt(one, 1e9);
        for (const size of [61, 7]) expect([size, await cutAt(one, size)]).toEqual([size, expected]);
      });
});
