import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { createConnection } from "../../../src/llm/connection";
import { anthropicProvider } from "../../../src/llm/providers/anthropic";
import { openaiProvider } from "../../../src/llm/providers/openai";
import { withRetry } from "../../../src/llm/retry";
import type { ModelStream } from "../../../src/shared/protocol/model";
import { listen, serve, type Heard } from "./fault-server";

interface Case {
  id: string;
  kind: string;
  name: string;
  dialect: "anthropic" | "openai" | "any";
  status: number;
  headers?: Record<string, string>;
  chunks_b64: string[];
  end: "close" | "hang" | "user-cancel";
  transport?: string;
  expect: { outcome: string; text?: string; tools?: { name: string; input: Record<string, unknown> }[] };
}

const cases = readFileSync(new URL("../../corpus/streams.jsonl", import.meta.url), "utf8")
  .trim()
  .split("\n")
  .map((line) => JSON.parse(line) as Case)
  .filter((one) => one.kind === "stream" && one.transport === undefined);

const small = { firstByteMs: 300, idleMs: 200 };

export function modelAt(url: string, dialect: string): ModelStream {
  const options = {
    id: dialect,
    baseUrl: url,
    key: async () => "sk-secret-canary",
    connection: createConnection(),
    limits: small,
  };
  const provider = dialect === "openai" ? openaiProvider(options) : anthropicProvider(options);
  return withRetry(provider, { attempts: 2, firstDelayMs: 10, budgetMs: 500, slowMs: 80, noProgressMs: 500, random: () => 0 });
}

export function outcomeOf(heard: Heard): string {
  const kind = heard.error?.kind;
  if (kind === "aborted") return "cancelled";
  if (kind === "too_long") return "compact";
  if (heard.retries > 0 || (heard.error?.partial && kind === "unavailable")) return "retry";
  if (heard.error) return "error";
  return heard.stopReason === "max_tokens" ? "truncated" : "complete";
}

for (const one of cases) {
  test(`${one.id} ${one.name}`, async () => {
    const stop = new AbortController();
    const server = await serve((response) => {
      response.socket?.setNoDelay(true);
      // The wait a server asks for is tested with a clock of its own.
      const { "retry-after": _, ...headers } = one.headers ?? {};
      response.writeHead(one.status, headers);
      response.flushHeaders();
      for (const chunk of one.chunks_b64) response.write(Buffer.from(chunk, "base64"));
      if (one.end === "close") response.end();
      if (one.end === "user-cancel") setTimeout(() => stop.abort(), 150);
    });
    try {
      const heard = await listen(modelAt(server.url, one.dialect), stop.signal);
      expect(heard.broken).toEqual([]);
      expect(outcomeOf(heard)).toBe(one.expect.outcome);
      if (one.expect.text !== undefined) expect(heard.text).toBe(one.expect.text);
      if (one.expect.tools !== undefined) expect(heard.runnable).toEqual(one.expect.tools);
      expect(JSON.stringify(heard.events)).not.toContain("canary");
    } finally {
      await server.close();
    }
  });
}
