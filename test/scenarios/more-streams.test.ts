import type { ServerResponse } from "node:http";
import { describe, expect, test } from "vitest";
import { moreStreams } from "../corpus/more-streams";
import { begunCalls, callsOf, resultOf } from "../support/cli-lines";
import { historyProblems } from "../support/model-server/history-rules";
import { cliWorld, unasked } from "../support/run-cli";
import { playCase, type WireCase } from "../support/wire/wire-case";
import { anthropicEvents as a, chatChunks as c, ollamaLines as o } from "../support/wire/wire-words";
import { serve } from "../unit/llm/fault-server";

const RECOVERED = "the second try worked";
const key = "sk-secret-canary";

const recovered = {
  anthropic: () => a.reply(a.text(0, RECOVERED)),
  chat: () => c.chunk({ content: RECOVERED }) + c.chunk({}, "stop") + c.done,
  ollama: () => o.text(RECOVERED) + o.done(),
};
type CliDialect = keyof typeof recovered;
const dialectOf = ({ dialect = "anthropic" }: WireCase): CliDialect => dialect as CliDialect;

const environments: Record<CliDialect, (url: string) => Record<string, string>> = {
  anthropic: (url) => ({ ANTHROPIC_BASE_URL: url, ANTHROPIC_API_KEY: key }),
  chat: (url) => ({ OPENAI_BASE_URL: url, OPENAI_API_KEY: key }),
  ollama: (url) => ({ OLLAMA_HOST: url }),
};
const models: Record<CliDialect, string> = { anthropic: "anthropic/m", chat: "openai/m", ollama: "ollama/m" };

function answerBeside(path: string, response: ServerResponse): boolean {
  if (/(messages|completions|chat)$/.test(path)) return false;
  response.writeHead(200, { "content-type": "application/json" });
  response.end(path === "/api/show" ? '{"capabilities":["tools"]}' : '{"input_tokens":9}');
  return true;
}

/** The first request gets the case, all others a good reply. */
async function check(one: WireCase): Promise<void> {
  const dialect = dialectOf(one);
  const bodies: string[] = [];
  const server = await serve((response, _nth, body, path) => {
    if (answerBeside(path, response)) return;
    bodies.push(body);
    const then: WireCase = { name: "then", dialect, body: [recovered[dialect]()], expect: { outcome: "complete" } };
    void playCase(bodies.length === 1 ? one : then, response);
  });
  const world = cliWorld({}, { ...environments[dialect](server.url), STRIDE_RETRY_MS: "700" });
  try {
    const run = await world.run(unasked(models[dialect]));
    const result = resultOf(run);
    const { outcome, text, chars, tools = [], says } = one.expect;
    const fails = outcome === "error" || outcome === "refused";
    const rounds = fails || (outcome === "complete" && tools.length === 0) ? 1 : 2;
    expect([run.code, result.is_error, bodies.length]).toEqual([fails ? 1 : 0, fails, rounds]);
    if (fails) expect(result.result).toMatch(says ?? /\w+ \w+ \w+ \w+/);
    else if (rounds === 2) expect(result.result).toMatch(new RegExp(`${RECOVERED}$`));
    if (outcome === "complete" && rounds === 1)
      expect(chars ?? result.result).toBe(chars === undefined ? text : result.result.length);
    if (outcome === "complete") expect(callsOf(run)).toEqual(tools);
    if (outcome === "truncated")
      expect([result.result, bodies[1]]).toEqual([
        expect.stringMatching(/^(half of |searching)?the/),
        expect.stringMatching(/cut off|paused|inside a tool call/),
      ]);
    if (one.expect.sent) expect(bodies[1]).toMatch(one.expect.sent);
    const counted = Object.values(result["usage"] as Record<string, number>);
    expect(counted.every((tokens) => Number.isFinite(tokens) && tokens >= 0)).toBe(true);
    if (outcome === "empty") expect(bodies[1]).toContain("reply was empty");
    // No case names a tool that exists, so none may begin, whatever was made of the reply.
    expect(begunCalls(world)).toEqual([]);
    if (dialect !== "ollama")
      for (const body of bodies)
        expect(historyProblems(JSON.parse(body), dialect === "chat" ? "openai" : "anthropic")).toEqual([]);
    expect(run.stdout + run.stderr).not.toContain("canary");
    expect(run.stdout + run.stderr).not.toMatch(/\n\s+at .*\.js:/);
    if (one.withinMs !== undefined) expect(run.ms).toBeLessThan(one.withinMs + 10_000);
  } finally {
    await server.close();
    world.remove();
  }
}

describe.concurrent("more replies on the wire", () => {
  for (const [kind, cases] of Object.entries(moreStreams))
    for (const one of cases.filter(({ cli }) => cli)) test(`${kind}: ${one.name}`, { timeout: 60_000 }, () => check(one));
});
