import { expect, onTestFinished, test } from "vitest";
import { engineWorld } from "../support/engine-world";
import { reply, type Reply } from "../support/model-server/reply";
import { startModelServer, type ModelServer } from "../support/model-server/start-model-server";

const HALF = 420_000;
const COUNTED = "POST /v1/messages/count_tokens";

interface Outcome {
  server: ModelServer;
  /** How full the window was thought to be when each request was made. */
  estimates: number[];
  usages: number[];
}

interface Given {
  model?: string;
  counting?: "hangs" | "fails";
}

async function turns(prompts: string[], replies: Reply[], given: Given = {}): Promise<Outcome> {
  const { model = "anthropic/claude-sonnet-4-5", counting } = given;
  const server = await startModelServer({ script: replies, bills: true, ...(counting && { counting }) });
  const settings = { model, baseUrl: server.url, providers: { own: { kind: "openai" as const, baseUrl: `${server.url}/v1` } } };
  const world = await engineWorld({ settings });
  onTestFinished(async () => {
    await world.stop();
    await server.stop();
  });
  for (const prompt of prompts) await world.send(prompt);
  expect(server.problems).toEqual([]);
  const estimates = world.events.flatMap((event) => (event.type === "request_started" ? [event.estimatedTokens] : []));
  const usages = world.events.flatMap((event) =>
    event.type === "assistant_message"
      ? [event.usage.inputTokens + event.usage.cacheReadTokens + event.usage.cacheWriteTokens]
      : [],
  );
  return { server, estimates, usages };
}

const countsOf = ({ server }: Outcome): number => server.others.filter((asked) => asked === COUNTED).length;
const long = "say it again and again ".repeat(HALF / 23 + 2_000);
/** Comes after the count, which was asked for at the same time. */
const slow = (text: string): Reply => reply.text(text, { firstByteMs: 600 });

test("a first request that fills half the window is counted by the provider, once, beside the send", async () => {
  const done = await turns([long, "on"], [slow("one"), reply.text("two")]);
  expect(countsOf(done)).toBe(1);
  expect(done.server.calls).toHaveLength(2);
  expect(Math.abs(done.estimates[1]! - done.usages[1]!) / done.usages[1]!).toBeLessThan(0.005);
});

test("what it says is what the next request goes by when the first brought no report", async () => {
  const [before] = (await turns([long], [slow("one")])).usages;
  const failing = await turns([long, "on"], [{ ...reply.status(400), firstByteMs: 1_500 }, reply.text("two")]);
  expect(countsOf(failing)).toBe(1);
  const off = (tokens: number): number => Math.abs(tokens - before!) / before!;
  expect(off(failing.estimates[1]!)).toBeLessThan(off(failing.estimates[0]!) / 2);
});

test("an ordinary first request, a later one and another provider's are never counted", async () => {
  expect(countsOf(await turns(["hello", long], [reply.text("one"), slow("two")]))).toBe(0);
  expect(countsOf(await turns([long], [slow("one")], { model: "own/claude-sonnet-4-5" }))).toBe(0);
});

for (const counting of ["hangs", "fails"] as const)
  test(`a count that ${counting} changes nothing: the turn is answered and the next one too`, async () => {
    const done = await turns([long, "on"], [slow("one"), reply.text("two")], { counting });
    expect(countsOf(done)).toBe(1);
    expect(done.usages).toHaveLength(2);
    expect(Math.abs(done.estimates[1]! - done.usages[1]!) / done.usages[1]!).toBeLessThan(0.005);
  });
