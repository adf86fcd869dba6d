import { spawnSync } from "node:child_process";
import { expect, test } from "vitest";
import { begunCalls, linesOf, resultOf, waitsOf } from "../support/cli-lines";
import { part, reply, type Fault, type Reply } from "../support/model-server/reply";
import { startModelServer, type Answer, type ModelServer, type Script } from "../support/model-server/start-model-server";
import { cliWorld, type CliRun, type CliWorld, unasked } from "../support/run-cli";

const args = unasked("claude-sonnet-4-5");
/** Only where silence is the matter: a busy machine is silent too. */
const impatient = { STRIDE_IDLE_MS: "900", STRIDE_FIRST_BYTE_MS: "2500", STRIDE_SLOW_MS: "150" };
const done = reply.text("all done");
const read = reply.tool("Read", { file_path: "a.txt" });

interface Place {
  world: CliWorld;
  server: ModelServer;
}

async function at(script: Script, use: (place: Place) => Promise<void>, env: Record<string, string> = {}): Promise<void> {
  const server = await startModelServer({ script });
  const world = cliWorld({ "a.txt": "alpha\n" }, { ANTHROPIC_BASE_URL: server.url, ANTHROPIC_API_KEY: "sk-canary", ...env });
  try {
    await use({ world, server });
    expect(server.problems).toEqual([]);
  } finally {
    await server.stop();
    world.remove();
  }
}

interface Expected {
  requests?: number;
  code?: number;
  text?: string | RegExp;
  /** Calls that began. */
  ran?: number;
  look?(run: CliRun, place: Place): void;
}

const check = (
  name: string,
  script: Script,
  { requests, code = 0, text = "all done", ran = 0, look }: Expected = {},
  env: Record<string, string> = {},
): void =>
  void test.concurrent(name, { timeout: 60_000 }, () =>
    at(
      script,
      async (place) => {
        const run = await place.world.run(args);
        const result = resultOf(run);
        expect([run.code, result.is_error, result.result]).toEqual([
          code,
          code !== 0,
          typeof text === "string" ? text : expect.stringMatching(text),
        ]);
        if (requests !== undefined) expect(place.server.calls.length).toBe(requests);
        expect(begunCalls(place.world)).toHaveLength(ran);
        expect(run.stdout + run.stderr).not.toContain("canary");
        look?.(run, place);
      },
      env,
    ),
  );

const afterwards =
  (first: Reply, times = 1, then = done): Answer =>
  ({ n }) =>
    n <= times ? first : then;
const toldOfWaiting = (run: CliRun): void =>
  expect(waitsOf(run).filter((wait) => wait.why === "retry").length).toBeGreaterThan(0);
const broken = (whole: Reply, fault: Fault): Reply => reply.broken(whole, fault);
const long = reply.text("These words are many enough to be cut in their middle. ".repeat(20));

for (const status of [529, 503, 500])
  check(`${status} twice`, afterwards(reply.status(status), 2), { requests: 3, look: toldOfWaiting });

check("429 with retry-after 3", afterwards(reply.status(429, undefined, { "retry-after": "3" })), {
  requests: 2,
  look(run, { server }) {
    const [first, second] = server.calls;
    expect(second!.at - first!.at).toBeGreaterThanOrEqual(3_000);
    expect(second!.at - first!.at).toBeLessThan(9_000);
    expect(run.stderr).toMatch(/Waiting \d s before try 2/);
  },
});
check("529 for ever", () => reply.status(529), {
  code: 1,
  text: /overloaded.*tried \d times.*another model/,
  look(run, { server }) {
    expect(server.calls.length).toBeLessThanOrEqual(5);
    expect(run.ms).toBeLessThan(20_000);
    toldOfWaiting(run);
  },
});
check("401", () => reply.status(401), { code: 1, requests: 1, text: /did not accept the key.*Set a/ });
check("400 invalid", () => reply.status(400), { code: 1, requests: 1, text: /rejects the request \(400\)/ });

check("reset before the headers, twice", afterwards(broken(done, { at: "status", how: "reset" }), 2), { requests: 3 });
check("reset in the text", afterwards(broken(long, { at: "text", how: "reset" })), { requests: 2 });
check("closed early, without an end", afterwards(broken(long, { at: "end", how: "close" })), { requests: 2 });
check(
  "an error event in the text",
  afterwards(broken(long, { at: "text", how: "error_event", error: { type: "overloaded_error", message: "busy" } })),
  { requests: 2 },
);
check("a broken event in the text", afterwards(broken(long, { at: "text", how: "bad_json" })), { requests: 2 });
check("reset inside the arguments of a call", afterwards(broken(read, { at: "tool_json", how: "reset" })), { requests: 2 });
check(
  "reset after a whole call",
  afterwards(
    broken(reply.of([part.tool("Bash", { command: "echo ran >> ran.txt" }), part.text("and more", 300)]), {
      at: "end",
      how: "reset",
    }),
  ),
  {
    requests: 2,
    ran: 1,
  },
);

check(
  "silence, then it goes on",
  [broken(long, { at: "text", how: "silence", ms: 450 })],
  {
    requests: 1,
    text: /^These words/,
    look: (run) => expect(waitsOf(run).map((wait) => wait.why)).toContain("slow"),
  },
  impatient,
);
check(
  "silence for ever in the text",
  afterwards(broken(long, { at: "text", how: "silence" })),
  {
    requests: 2,
    look: (run) => expect(waitsOf(run).map((wait) => wait.why)).toContain("slow"),
  },
  impatient,
);
check(
  "silence for ever inside a call",
  afterwards(broken(read, { at: "tool_json", how: "silence" })),
  { requests: 2 },
  impatient,
);
check("no headers ever", afterwards(reply.hang()), { requests: 2, look: toldOfWaiting }, impatient);
check(
  "nothing but keep-alives",
  afterwards(
    reply.raw(
      Array.from({ length: 200 }, () => 'event: ping\ndata: {"type":"ping"}\n\n'),
      { end: "hang" },
      { chunkMs: 50 },
    ),
  ),
  { requests: 2, look: toldOfWaiting },
  { ...impatient, STRIDE_NO_PROGRESS_MS: "1500" },
);

check("arguments that are no JSON", afterwards(reply.of([part.tool("Read", {}, { json: '{"file_path":' })])), { requests: 2 });
check("arguments that do not fit", afterwards(reply.tool("Read", { path: 1 })), { requests: 2 });
check("a tool that does not exist", afterwards(reply.tool("Teleport", { to: "Mars" })), { requests: 2 });
check("an empty reply", afterwards(reply.of([])), { requests: 2 });
check("empty replies for ever", () => reply.of([]), {
  code: 1,
  requests: 3,
  text: /answered nothing, three times.*another model/,
});
check(
  "the output limit in the text",
  afterwards(reply.text("first half, ", { stopReason: "max_tokens" }), 1, reply.text("second half")),
  {
    requests: 2,
    text: "first half, second half",
  },
);
check(
  "the output limit inside a call",
  afterwards(reply.of([part.tool("Write", {}, { json: '{"file_path":"b.txt","content":"half' })], { stopReason: "max_tokens" })),
  {
    requests: 2,
  },
);

/** Twelve reads of a long file, then the provider refuses everything above `limit` characters. */
const tooLong =
  (refusal: Reply, reads = 12): Answer =>
  ({ n, body }) => {
    if (n <= reads) return reply.tool("Read", { file_path: "long.txt", offset: n });
    if (JSON.stringify(body.messages).length > 60_000) return refusal;
    return (body.tools ?? []).length > 0 && !JSON.stringify(body.messages.at(-1)).includes("summar")
      ? done
      : reply.text("A summary: files were read.");
  };
const refusals = {
  "400 prompt is too long": reply.status(400, {
    type: "error",
    error: { type: "invalid_request_error", message: "prompt is too long: 210000 tokens > 200000 maximum" },
  }),
  "413": reply.status(413),
};
for (const [name, refusal] of Object.entries(refusals)) {
  test.concurrent(`${name}: room is made, then it goes on`, { timeout: 60_000 }, () =>
    at(tooLong(refusal), async ({ world, server }) => {
      world.put("long.txt", Array.from({ length: 400 }, (_, i) => `line ${i} of a long file with some words in it`).join("\n"));
      const run = await world.run(args);
      expect([run.code, resultOf(run).result]).toEqual([0, "all done"]);
      expect(linesOf(run).some((line) => line.subtype === "turn_continues" && line["reason"] === "too_long")).toBe(true);
      expect(server.calls.length).toBeLessThanOrEqual(16);
    }),
  );
}
check("too long, whatever is left out", () => reply.status(413), { code: 1, text: /too long.*new conversation/ });

test.concurrent("usage near the window: room is made before the provider refuses", { timeout: 60_000 }, () =>
  at(
    ({ n, body }) => {
      const small = JSON.stringify(body.messages).length < 60_000;
      if (n <= 8)
        return reply.tool("Read", { file_path: "long.txt", offset: n }, { usage: { input_tokens: n === 8 ? 190_000 : 20_000 } });
      return small && (body.tools ?? []).length === 0 ? reply.text("A summary.") : done;
    },
    async ({ world }) => {
      world.put("long.txt", Array.from({ length: 400 }, (_, i) => `line ${i} of a long file with some words in it`).join("\n"));
      const run = await world.run(args);
      expect([run.code, resultOf(run).result]).toEqual([0, "all done"]);
      expect(linesOf(run).map((line) => line.subtype)).toContain("context_reduced");
    },
  ),
);

/** The moment comes, Ctrl+C, and the process is gone; the conversation on disk goes on with the next run. */
const cancelled = (name: string, script: Answer, moment: (place: Place, said: () => string) => Promise<unknown>): void =>
  void test(`Ctrl+C ${name}`, { timeout: 60_000, retry: 2 }, () =>
    at(
      (call) => (JSON.stringify(call.body.messages.at(-1)).includes("go on") ? done : script(call)),
      async (place) => {
        const { child, done: ended } = place.world.start(args);
        let said = "";
        let toldAt = Infinity;
        child.stdout?.on("data", (text: string) => {
          said += text;
          if (text.includes('"type":"result"')) toldAt = performance.now();
        });
        await moment(place, () => said);
        const stopped = performance.now();
        child.kill("SIGINT");
        const run = await ended;
        const endedAt = performance.now();
        expect([run.code, resultOf(run).result]).toEqual([130, "Interrupted."]);
        expect(toldAt - stopped).toBeLessThan(1_000 + 10 * busyMs());
        expect(endedAt - stopped).toBeLessThan(6_000);
        const next = await place.world.run(["-p", "go on", "--continue", "--output-format", "json"]);
        expect([next.code, resultOf(next).result]).toEqual([0, "all done"]);
        expect(JSON.stringify(place.server.calls.at(-1)?.body.messages)).toMatch(/"go"/);
      },
    ),
  );
/** What starting the smallest program takes: 2 ms where nothing else runs. */
function busyMs(): number {
  const start = performance.now();
  spawnSync("true");
  return performance.now() - start;
}

const until = async (true_: () => boolean): Promise<void> => {
  while (!true_()) await new Promise((resolve) => setTimeout(resolve, 5));
};
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

cancelled(
  "before the headers",
  () => reply.hang(),
  ({ server }) => server.arrived(1),
);
cancelled(
  "in a stall of the text",
  () => broken(long, { at: "text", how: "silence" }),
  ({ server }) => server.arrived(1).then(() => pause(100)),
);
cancelled(
  "in a stall inside a call",
  () => broken(read, { at: "tool_json", how: "silence" }),
  ({ server }) => server.arrived(1).then(() => pause(100)),
);
cancelled(
  "in the wait before another try",
  () => reply.status(529, undefined, { "retry-after": "20" }),
  (_, said) => until(() => said().includes('"retry"')),
);
cancelled(
  "in a command",
  ({ n }) => (n === 1 ? reply.tool("Bash", { command: "sleep 30" }) : done),
  async ({ world }) => {
    await until(() => begunCalls(world).length > 0);
    await pause(150);
  },
);
cancelled(
  "in a command of a reply that still streams",
  () =>
    broken(reply.of([part.tool("Bash", { command: "sleep 30" }), part.text("and then there is more")]), {
      at: "text",
      how: "silence",
    }),
  async ({ world }) => {
    await until(() => begunCalls(world).length > 0);
    await pause(150);
  },
);
