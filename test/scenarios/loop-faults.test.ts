import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { createModel } from "../../src/llm/create-model";
import { part, reply, type Fault, type FaultPoint, type Reply } from "../support/model-server/reply";
import { startModelServer, type ModelServer } from "../support/model-server/start-model-server";
import { harness, illegalities, type FakeTool, type Harness } from "../support/scenario";

const REPLIES = 1_000;
const LANES = 8;

/** The same numbers every time. */
function seeded(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const corpus = readFileSync(new URL("../corpus/streams.jsonl", import.meta.url), "utf8")
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
        end: string;
      },
  )
  .filter((one) => one.kind === "stream" && one.dialect === "anthropic" && one.chunks_b64);

const points: FaultPoint[] = ["status", "start", "text", "thinking", "tool_json", "after_call", "end"];
const words = "some words that are cut somewhere in their middle ".repeat(3);
/** What whole arguments look like; anything else that ran came from incomplete JSON. */
const wholeInput = (file: number): Record<string, unknown> => ({ file: `f${file}`, text: words });

/** A reply that may be wrong in any of the ways the wire knows. */
function anyReply(pick: (below: number) => number): Reply {
  const calls = Array.from({ length: pick(3) }, () => part.tool(pick(12) === 0 ? "Nope" : "Write", wholeInput(pick(5))));
  const whole = reply.of(
    [...(pick(3) === 0 ? [part.thinking("so it is")] : []), ...(pick(4) > 0 ? [part.text(words)] : []), ...calls],
    { chunkSize: 20 + pick(80) },
  );
  const fault = {
    at: points[pick(points.length)] ?? "text",
    how: (["reset", "close", "silence", "error_event", "bad_json"] as const)[pick(5)],
  };
  switch (pick(8)) {
    case 0:
    case 1:
      return whole;
    case 2:
      return { ...whole, stopReason: "max_tokens" };
    case 3: {
      const { status, headers, chunks_b64: chunks = [], end } = corpus[pick(corpus.length)]!;
      const { "retry-after": _, ...rest } = headers;
      return reply.base64(chunks, { status, headers: rest, end: end === "close" ? "close" : "hang" });
    }
    case 4:
      return reply.status([500, 503, 529, 429, 400, 413][pick(6)] ?? 500, undefined, { "retry-after-ms": "1" });
    case 5:
      return reply.of([part.tool("Write", {}, { json: JSON.stringify(wholeInput(1)).slice(0, pick(60)) })]);
    default:
      return reply.broken(
        whole,
        (fault.how === "error_event" ? { ...fault, error: { type: "overloaded_error", message: "busy" } } : fault) as Fault,
      );
  }
}

interface Tally {
  replies: number;
  ends: Record<string, number>;
  longestMs: number;
  ran: Record<string, unknown>[];
}

async function lane(seed: number, tally: Tally): Promise<string[]> {
  const pick = seeded(seed);
  const server: ModelServer = await startModelServer({ script: () => (tally.replies++, anyReply(pick)) });
  const model = createModel({
    settings: { model: "anthropic/m", timeouts: { firstByteMs: 150, idleMs: 80, noProgressMs: 500, retryMs: 100 } },
    environment: { ANTHROPIC_BASE_URL: server.url },
    key: async () => "k",
    retry: { firstDelayMs: 5, bucket: { size: 1e6, perCall: 1 } },
    breaker: { failures: 1e9 },
  });
  const write: FakeTool = {
    footprint: ({ file }) => ({ kind: "write", paths: [String(file)] }),
    run: (input) => (tally.ran.push(input), "written"),
  };
  const problems: string[] = [];
  while (tally.replies < REPLIES) {
    const h: Harness = harness(
      [],
      { Write: write },
      { model: model.stream, attended: false, limits: { turn: { steps: 12 }, session: {}, day: {} } },
    );
    for (let turn = 0; turn < 6 && tally.replies < REPLIES; turn++) {
      const began = performance.now();
      await h.send(`message ${turn}`);
      await h.session.idle();
      tally.longestMs = Math.max(tally.longestMs, performance.now() - began);
      const end = h.events.at(-1);
      const how =
        end?.type === "turn_ended" ? `${end.reason}${end.problem ? ` ${end.problem.kind}` : ""}` : `no end: ${end?.type}`;
      tally.ends[how] = (tally.ends[how] ?? 0) + 1;
      problems.push(...illegalities(h.history()));
    }
  }
  model.close();
  problems.push(...server.problems);
  await server.stop();
  return problems;
}

test(
  "1,000 faulty replies: no crash, no hang, nothing runs that was cut, every history is legal",
  { timeout: 120_000 },
  async () => {
    const tally: Tally = { replies: 0, ends: {}, longestMs: 0, ran: [] };
    const problems = (await Promise.all(Array.from({ length: LANES }, (_, at) => lane(at + 1, tally)))).flat();
    console.info(
      `${tally.replies} replies, ${tally.ran.length} calls ran, longest turn ${Math.round(tally.longestMs)} ms, turns: ${JSON.stringify(tally.ends)}`,
    );
    expect(problems).toEqual([]);
    expect(tally.replies).toBeGreaterThanOrEqual(REPLIES);
    expect(tally.ran.length).toBeGreaterThan(100);
    // The corpus has a call of its own in it; a cut one would lack its end.
    const cut = tally.ran.filter((input) => input["text"] !== undefined && input["text"] !== words);
    expect(cut).toEqual([]);
    expect(Object.keys(tally.ends).filter((end) => end.includes("bug") || end.startsWith("no end"))).toEqual([]);
    // Twelve steps, each with its own limits of silence and tries.
    expect(tally.longestMs).toBeLessThan(20_000);
  },
);

test("a provider that is down gets little more than a request for each message", { timeout: 120_000 }, async () => {
  const turns = 100;
  const kinds: Record<string, () => Reply> = {
    "529": () => reply.status(529),
    reset: () => reply.broken(reply.text("x"), { at: "status", how: "reset" }),
    "cut in the text": () => reply.broken(reply.text(words), { at: "text", how: "close" }),
  };
  for (const [kind, answer] of Object.entries(kinds)) {
    const server = await startModelServer({ script: answer });
    const model = createModel({
      settings: { model: "anthropic/m" },
      environment: { ANTHROPIC_BASE_URL: server.url },
      key: async () => "k",
      retry: { firstDelayMs: 1 },
    });
    const h = harness([], {}, { model: model.stream });
    for (let turn = 0; turn < turns; turn++) {
      await h.send("go");
      await h.session.idle();
    }
    model.close();
    expect([kind, server.calls.length]).toEqual([kind, expect.toSatisfy((count: number) => count <= 1.2 * turns)]);
    expect(h.transcript().filter((line) => line === ". failed: unavailable")).toHaveLength(turns);
    await server.stop();
  }
});
