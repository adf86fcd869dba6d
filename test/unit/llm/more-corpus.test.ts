import { afterAll, describe, expect, test } from "vitest";
import { createConnection } from "../../../src/llm/connection";
import { stallLimits } from "../../../src/llm/http";
import type { ProviderOptions } from "../../../src/llm/providers/anthropic";
import { anthropicProvider } from "../../../src/llm/providers/anthropic";
import { ollamaProvider } from "../../../src/llm/providers/ollama";
import { openaiProvider } from "../../../src/llm/providers/openai";
import { withRetry } from "../../../src/llm/retry";
import type { ModelStream } from "../../../src/shared/protocol/model";
import { moreStreams } from "../../corpus/more-streams";
import { playCase, type WireCase } from "../../support/wire/wire-case";
import { listen, serve, type Heard } from "./fault-server";

const connection = createConnection();
afterAll(() => connection.close());

function provider({ dialect, withinMs }: WireCase, baseUrl: string): ModelStream {
  // Silence is the matter of those that hang; a busy machine is silent too.
  const options: ProviderOptions = {
    id: "p",
    baseUrl,
    key: async () => "sk-secret-canary",
    connection,
    limits: withinMs === undefined ? { firstByteMs: 1_500, idleMs: 800 } : stallLimits,
  };
  if (dialect === "ollama") return ollamaProvider(options);
  return dialect === "chat" || dialect === "responses"
    ? openaiProvider({ ...options, api: dialect })
    : anthropicProvider(options);
}

function outcomeOf(heard: Heard): string {
  if (heard.error?.kind === "too_long") return "compact";
  if (heard.retries > 0 || (heard.error?.partial && heard.error.kind === "unavailable")) return "retry";
  if (heard.error) return "error";
  const silent = heard.text.trim() === "" && heard.tools.length === 0;
  if (heard.stopReason === "refusal" && silent) return "refused";
  if (heard.stopReason === "max_tokens" || heard.stopReason === "pause_turn") return "truncated";
  return silent ? "empty" : "complete";
}

async function check(one: WireCase): Promise<void> {
  const tries: number[] = [];
  const server = await serve((response, _nth, _body, path) => {
    if (path === "/api/show")
      return void response.writeHead(200, { "content-type": "application/json" }).end('{"capabilities":["tools"]}');
    tries.push(performance.now());
    void playCase(one, response);
  });
  try {
    // Full jitter, but never none of it: so the waits can be told from their absence.
    const model = withRetry(provider(one, server.url), {
      attempts: 2,
      firstDelayMs: 60,
      budgetMs: 4_000,
      random: () => 0.5,
    });
    const began = performance.now();
    const heard = await listen(model);
    expect(heard.broken).toEqual([]);
    expect(outcomeOf(heard)).toBe(one.expect.outcome);
    const { text, chars, tools, outputTokens, spacedMs } = one.expect;
    if (text !== undefined) expect(heard.text).toBe(text);
    if (chars !== undefined) expect(heard.text.length).toBe(chars);
    if (tools !== undefined) expect(heard.runnable).toEqual(tools);
    if (one.expect.says && heard.error) expect(heard.error.message).toMatch(one.expect.says);
    if (outputTokens !== undefined) expect(heard.events.at(-1)).toMatchObject({ usage: { outputTokens } });
    if (spacedMs !== undefined) expect(tries[1]! - tries[0]!).toBeGreaterThanOrEqual(spacedMs);
    if (one.withinMs !== undefined) expect(performance.now() - began).toBeLessThan(one.withinMs);
    const ids = heard.tools.map((tool) => tool.id);
    expect([new Set(ids).size, ids.includes("")]).toEqual([ids.length, false]);
    expect(JSON.stringify(heard.events)).not.toContain("canary");
  } finally {
    await server.close();
  }
}

for (const [kind, cases] of Object.entries(moreStreams))
  describe.concurrent(kind, () => {
    for (const one of cases) test(one.name, { timeout: 15_000 }, () => check(one));
  });
