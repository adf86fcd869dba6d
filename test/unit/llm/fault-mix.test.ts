import { readFileSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createConnection } from "../../../src/llm/connection";
import { anthropicProvider } from "../../../src/llm/providers/anthropic";
import { withRetry } from "../../../src/llm/retry";
import { listen, serve, type TestServer } from "./fault-server";

/** The same numbers every time. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

const corpus = readFileSync(new URL("../../corpus/streams.jsonl", import.meta.url), "utf8")
  .trim()
  .split("\n")
  .map(
    (line) =>
      JSON.parse(line) as {
        kind: string;
        dialect: string;
        status: number;
        headers: Record<string, string>;
        chunks_b64?: string[];
      },
  )
  .filter((one) => one.kind === "stream" && one.dialect === "anthropic" && one.chunks_b64);

const event = (data: object & { type: string }): string => `event: ${data.type}\ndata: ${JSON.stringify(data)}\n\n`;
const call = (index: number, id: string, input: object): string => {
  const raw = JSON.stringify(input);
  const pieces = [raw.slice(0, raw.length / 2), raw.slice(raw.length / 2)];
  return [
    event({ type: "content_block_start", index, content_block: { type: "tool_use", id, name: "write", input: {} } } as never),
    ...pieces.map((partial_json) =>
      event({ type: "content_block_delta", index, delta: { type: "input_json_delta", partial_json } } as never),
    ),
    event({ type: "content_block_stop", index } as never),
  ].join("");
};
const good = [
  event({ type: "message_start", message: { model: "m", usage: { input_tokens: 1 } } } as never),
  call(0, "a", { path: "1", text: "one" }),
  call(1, "b", { path: "2", text: "two" }),
  event({ type: "message_delta", delta: { stop_reason: "tool_use" }, usage: { output_tokens: 5 } } as never),
  event({ type: "message_stop" }),
].join("");
const inputs = new Set([
  ...["1 one", "2 two"].map((text) => JSON.stringify({ path: text[0], text: text.slice(2) })),
  '{"path":"a"}',
  '{"path":"x"}',
]);

let server: TestServer;
let random = seeded(1);
const pick = (below: number): number => Math.floor(random() * below);

/** A reply of the corpus, or the good one cut, flipped, reset or stalled somewhere. */
const answers: Parameters<typeof serve>[0] = (response) => {
  const kind = pick(8);
  const bytes = Buffer.from(good);
  if (kind < 2) {
    const one = corpus[pick(corpus.length)]!;
    const { "retry-after": _, ...headers } = one.headers;
    response.writeHead(one.status, headers);
    for (const chunk of one.chunks_b64 ?? []) response.write(Buffer.from(chunk, "base64"));
    return void response.end();
  }
  response.writeHead(200, { "content-type": "text/event-stream" });
  const at = pick(bytes.length);
  if (kind === 2) return void response.end(bytes);
  if (kind === 3) return void response.end(bytes.subarray(0, at));
  if (kind === 4) return void response.write(bytes.subarray(0, at), () => response.destroy());
  if (kind === 5) return void response.write(bytes.subarray(0, at));
  if (kind === 6) bytes[at] = pick(256);
  if (kind === 7) response.write(bytes.subarray(0, at));
  response.end(kind === 7 ? bytes.subarray(at) : bytes);
};

beforeAll(async () => {
  server = await serve(answers);
});
afterAll(() => server.close());

test("1,000 faulty replies: none breaks the contract, none runs what was cut, none hangs", async () => {
  random = seeded(42);
  const connection = createConnection();
  const provider = anthropicProvider({
    id: "anthropic",
    baseUrl: server.url,
    key: async () => "k",
    connection,
    limits: { firstByteMs: 150, idleMs: 60 },
  });
  const stream = withRetry(provider, {
    attempts: 2,
    firstDelayMs: 2,
    budgetMs: 100,
    noProgressMs: 400,
    bucket: { size: 1e6, perCall: 1 },
  });
  let longest = 0;
  const outcomes: Record<string, number> = {};
  const one = async (): Promise<void> => {
    const began = performance.now();
    const heard = await listen(stream);
    longest = Math.max(longest, performance.now() - began);
    const outcome = heard.error?.kind ?? "answered";
    outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
    expect(heard.broken).toEqual([]);
    const ids = heard.tools.map((tool) => tool.id);
    expect(new Set(ids).size).toBe(ids.length);
    // A flipped byte may fall into a string of the arguments: then it is another whole object of the same shape.
    for (const { input } of heard.runnable)
      expect(inputs.has(JSON.stringify(input)) || Object.values(input).every((value) => typeof value === "string")).toBe(true);
  };
  const lane = async (): Promise<void> => {
    for (let nth = 0; nth < 50; nth++) await one();
  };
  await Promise.all(Array.from({ length: 20 }, lane));
  connection.close();
  console.info(`1,000 faulty replies: ${JSON.stringify(outcomes)}, longest ${Math.round(longest)} ms`);
  // More on an idle machine; on a busy one silence of 60 ms is common.
  expect(outcomes["answered"]).toBeGreaterThan(150);
  expect(longest).toBeLessThan(2_000);
});
