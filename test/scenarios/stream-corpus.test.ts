import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:https";
import { createServer as createTcpServer, type AddressInfo, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { begunCalls, callsOf, linesOf, resultOf, waitsOf } from "../support/cli-lines";
import { reply, type Reply } from "../support/model-server/reply";
import { startModelServer, type Answer, type ModelServer } from "../support/model-server/start-model-server";
import { cliWorld, type CliRun, type CliWorld } from "../support/run-cli";

interface Case {
  id: string;
  kind: "stream" | "tooljson";
  name: string;
  dialect?: "anthropic" | "openai" | "any";
  status?: number;
  headers?: Record<string, string>;
  chunks_b64?: string[];
  end?: "close" | "hang" | "user-cancel";
  transport?: string;
  tool?: string;
  raw_b64?: string;
  gen?: { open: string; n: number };
  expect: { outcome: string; text?: string; tools?: { name: string; input: unknown }[]; input?: unknown };
}

const cases = readFileSync(new URL("../corpus/streams.jsonl", import.meta.url), "utf8")
  .trim()
  .split("\n")
  .map((line) => JSON.parse(line) as Case);

const RECOVERED = "the second try worked";
const key = "sk-secret-canary";

interface Place {
  world: CliWorld;
  server: ModelServer;
  run(more?: string[], env?: Record<string, string>): Promise<CliRun>;
  start(): ReturnType<CliWorld["start"]>;
}

const environment = (url: string, dialect: string): Record<string, string> => ({
  ...(dialect === "openai" ? { OPENAI_BASE_URL: url, OPENAI_API_KEY: key } : { ANTHROPIC_BASE_URL: url, ANTHROPIC_API_KEY: key }),
  STRIDE_RETRY_MS: "700",
});
/** Only where silence is the matter: a busy machine is silent too. */
const impatient = { STRIDE_IDLE_MS: "600", STRIDE_FIRST_BYTE_MS: "3000" };
const argsFor = (dialect: string): string[] => [
  "-p",
  "go",
  "--output-format",
  "stream-json",
  "--model",
  dialect === "openai" ? "openai/m" : "anthropic/m",
];

async function at(
  script: Answer,
  { dialect = "anthropic", end = "close" }: Partial<Pick<Case, "dialect" | "end">>,
  use: (place: Place) => Promise<void>,
  files: Record<string, string> = {},
): Promise<void> {
  const server = await startModelServer({ script });
  const world = cliWorld(files, { ...environment(server.url, dialect), ...(end === "close" ? {} : impatient) });
  const args = argsFor(dialect);
  try {
    await use({
      world,
      server,
      run: (more = [], env = {}) => world.run([...args, ...more], { env }),
      start: () => world.start(args),
    });
    expect(server.problems).toEqual([]);
  } finally {
    await server.stop();
    world.remove();
  }
}

const bytes = (one: Case): Reply =>
  reply.base64(one.chunks_b64 ?? [], {
    status: one.status ?? 200,
    headers: one.headers ?? {},
    end: one.end === "close" ? "close" : "hang",
  });

const results = (server: ModelServer, n: number): { id: string; text: string; isError: boolean }[] =>
  server.calls[n]?.results ?? [];
const quiet = (run: CliRun): void => expect(run.stdout + run.stderr).not.toContain("canary");

const checks: Record<string, (one: Case) => Promise<void>> = {
  complete: (one) =>
    at(
      ({ n }) => (n === 1 ? bytes(one) : reply.text("after the tools")),
      one,
      async ({ run, server }) => {
        const done = await run();
        quiet(done);
        const tools = one.expect.tools ?? [];
        expect([done.code, server.calls.length, resultOf(done).is_error]).toEqual([0, tools.length > 0 ? 2 : 1, false]);
        if (one.expect.text !== undefined) expect(resultOf(done).result).toBe(one.expect.text);
        expect(callsOf(done)).toEqual(tools);
        if (tools.length > 0) expect(results(server, 1)).toHaveLength(tools.length);
        expect(waitsOf(done)).toEqual([]);
      },
    ),
  async retry(one) {
    await at(
      ({ n }) => (n === 1 ? bytes(one) : reply.text(RECOVERED)),
      one,
      async ({ run, start, server, world }) => {
        const asked = one.headers?.["retry-after"];
        const far = asked !== undefined && Number.isNaN(Number(asked));
        const running = far ? start() : null;
        if (running) {
          // The wait is capped, but nobody sits through it: it is told, and it can be stopped.
          await server.arrived(1);
          await new Promise((resolve) =>
            running.child.stdout?.on("data", (text: string) => text.includes("request_waiting") && resolve(null)),
          );
          running.child.kill("SIGINT");
        }
        const done = await (running?.done ?? run());
        quiet(done);
        const asking = waitsOf(done).find((wait) => wait.why === "retry");
        if (far)
          expect([done.code, asking?.waitMs ?? 0]).toEqual([130, expect.toSatisfy((ms: number) => ms > 299_000 && ms < 301_000)]);
        else expect([done.code, resultOf(done).result, server.calls.length]).toEqual([0, RECOVERED, 2]);
        if (asked !== undefined && !far) expect(asking?.waitMs).toBeGreaterThanOrEqual(Number(asked) * 1_000);
        expect(begunCalls(world)).toEqual([]);
      },
    );
    if (one.headers?.["retry-after"] === undefined) await failsForEver(one);
  },
  error: (one) =>
    at(
      () => bytes(one),
      one,
      async ({ run, server }) => {
        const done = await run();
        quiet(done);
        expect([done.code, server.calls.length, resultOf(done).is_error]).toEqual([1, 1, true]);
        expect(resultOf(done).result.length).toBeGreaterThan(20);
        expect(done.stdout + done.stderr).not.toMatch(/\n\s+at .*\.js:/);
      },
    ),
  truncated: (one) =>
    at(
      ({ n }) => (n === 1 ? bytes(one) : reply.text(RECOVERED)),
      one,
      async ({ run, server, world }) => {
        const done = await run();
        expect([done.code, resultOf(done).result, server.calls.length]).toEqual([0, RECOVERED, 2]);
        expect(begunCalls(world)).toEqual([]);
        // One result for the cut call, and the model hears why it did not run.
        expect(JSON.stringify(server.calls[1]?.body.messages)).toMatch(/tool_(call|use)_id.*not run/);
      },
    ),
  cancelled: (one) =>
    at(
      () => bytes(one),
      one,
      async ({ start, server, world }) => {
        const { child, done } = start();
        const call = await server.arrived(1);
        await new Promise((resolve) => setTimeout(resolve, 60));
        const stopped = performance.now();
        child.kill("SIGINT");
        expect((await done).code).toBe(130);
        await expect.poll(() => call.endedAt, { timeout: 5_000 }).toBeDefined();
        expect(call.endedAt! - stopped).toBeLessThan(3_000);
        expect(begunCalls(world)).toEqual([]);
      },
    ),
};

/** The server never gets well: more than one try, an end in time, and a message that says what to do. */
const failsForEver = (one: Case): Promise<void> =>
  at(
    () => bytes(one),
    one,
    async ({ run, server, world }) => {
      const done = await run();
      quiet(done);
      expect([done.code, resultOf(done).is_error]).toEqual([1, true]);
      expect(server.calls.length).toBeGreaterThan(1);
      expect(server.calls.length).toBeLessThanOrEqual(6);
      expect(resultOf(done).result).toMatch(/Check|again|later|pick/);
      expect(begunCalls(world)).toEqual([]);
    },
  );

describe.concurrent("replies on the wire", () => {
  for (const one of cases.filter((each) => each.kind === "stream" && each.transport === undefined))
    test(`${one.id} ${one.name}: ${one.expect.outcome}`, { timeout: 60_000, retry: one.end === "user-cancel" ? 2 : 0 }, () =>
      checks[one.expect.outcome]!(one),
    );
});

describe.concurrent("the way to the server", () => {
  const check = async (url: string, env: Record<string, string> = {}): Promise<CliRun> => {
    const world = cliWorld({}, { ...environment(url, "anthropic"), ...env });
    try {
      return await world.run(argsFor("anthropic"));
    } finally {
      world.remove();
    }
  };
  const port = async (server: Server): Promise<number> => {
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return (server.address() as AddressInfo).port;
  };

  test("T079 connection refused: retry", { timeout: 30_000 }, async () => {
    const gone = createTcpServer();
    const free = await port(gone);
    await new Promise((resolve) => gone.close(resolve));
    const done = await check(`http://127.0.0.1:${free}`);
    expect([done.code, waitsOf(done).length > 0, resultOf(done).result]).toEqual([
      1,
      true,
      expect.stringMatching(/refused.*Check the network/),
    ]);
  });
  test("T080 TLS certificate not trusted: error", { timeout: 30_000 }, async () => {
    const folder = mkdtempSync(join(tmpdir(), "stride-tls-"));
    execFileSync(
      "openssl",
      ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost", "-keyout", "k", "-out", "c"],
      { cwd: folder, stdio: "pipe" },
    );
    let requests = 0;
    const server = createServer(
      { key: readFileSync(join(folder, "k")), cert: readFileSync(join(folder, "c")) },
      () => requests++,
    );
    const done = await check(`https://localhost:${await port(server)}`);
    expect([done.code, requests, waitsOf(done), resultOf(done).result]).toEqual([
      1,
      0,
      [],
      expect.stringMatching(/certificate.*not trusted.*NODE_EXTRA_CA_CERTS/),
    ]);
    server.close();
    rmSync(folder, { recursive: true });
  });
  test("T081 connect timeout: retry", { timeout: 30_000 }, async () => {
    // The handshake that stands for the connection never ends.
    const silent = createTcpServer((socket) => socket.on("error", () => undefined));
    const done = await check(`https://localhost:${await port(silent)}`, { STRIDE_CONNECT_MS: "400", STRIDE_RETRY_MS: "1500" });
    silent.close();
    expect([done.code, waitsOf(done).length > 0, resultOf(done).result]).toEqual([1, true, expect.stringMatching(/timed out/)]);
  });
});

/** The corpus names tools and arguments in its own way. */
const toolNames: Record<string, string> = { bash: "Bash", read: "Read", edit: "Edit", write: "Write" };
const ourWords = (raw: string): string => raw.replace('"path"', '"file_path"').replace('"timeout_ms"', '"timeout"');
const rawOf = (one: Case): string =>
  ourWords(one.gen ? one.gen.open.repeat(one.gen.n) : Buffer.from(one.raw_b64 ?? "", "base64").toString("utf8"));

const calling = (one: Case): Reply =>
  reply.of([{ kind: "tool", name: toolNames[one.tool ?? ""] ?? one.tool ?? "", input: {}, json: rawOf(one) }], {
    chunkSize: 4_000,
  });

describe.concurrent("tool arguments", () => {
  const files = { "src/café.ts": "export const coffee = 1;\n", "build/out.js": "1\n", a: "a\n" };
  const check = (one: Case, more: string[], look: (done: CliRun, place: Place) => void | Promise<void>): Promise<void> =>
    at(
      ({ n, results: given }) =>
        given.length > 0 && one.expect.outcome !== "stop_and_ask"
          ? reply.text("told")
          : n > 5
            ? reply.text("too far")
            : calling(one),
      {},
      async (place) => look(await place.run(more), place),
      files,
    );

  for (const one of cases.filter((each) => each.kind === "tooljson" && each.expect.outcome === "tool_error"))
    test(`${one.id} ${one.name}: tool_error`, { timeout: 30_000 }, () =>
      // Nothing but the arguments stands in the way; only plan mode is its own case.
      check(
        one,
        one.name.includes("plan mode") ? ["--permission-mode", "plan"] : ["--dangerously-skip-permissions"],
        (done, { server, world }) => {
          expect([done.code, resultOf(done).result, server.calls.length]).toEqual([0, "told", 2]);
          expect(results(server, 1)).toMatchObject([{ isError: true, text: expect.stringMatching(/\w+ \w+ \w+/) as string }]);
          expect(begunCalls(world)).toEqual([]);
          expect(existsSync(join(world.cwd, "build/out.js"))).toBe(true);
        },
      ),
    );

  for (const one of cases.filter((each) => each.kind === "tooljson" && each.expect.outcome === "run"))
    test(`${one.id} ${one.name}: run`, { timeout: 30_000 }, () =>
      check(one, ["--dangerously-skip-permissions"], (done, { server, world }) => {
        expect([done.code, server.calls.length]).toEqual([0, 2]);
        expect(callsOf(done).map((call) => call.input)).toEqual([JSON.parse(ourWords(JSON.stringify(one.expect.input)))]);
        expect(results(server, 1)).toMatchObject([{ isError: false }]);
        expect(begunCalls(world)).toHaveLength(1);
      }),
    );

  test("T133 both lines of a command are judged: without an answer nothing of it runs", { timeout: 30_000 }, () =>
    check(
      cases.find((one) => one.id === "T133")!,
      [],
      (done, { server, world }) => {
        expect(results(server, 1)).toMatchObject([
          { isError: true, text: expect.stringMatching(/Not approved|Not allowed/) as string },
        ]);
        expect(existsSync(join(world.cwd, "build/out.js"))).toBe(true);
        expect(linesOf(done).length).toBeGreaterThan(0);
      },
    ),
  );

  for (const one of cases.filter((each) => each.expect.outcome === "stop_and_ask"))
    test(`${one.id} ${one.name}: stop_and_ask`, { timeout: 30_000 }, () =>
      check(one, [], (done, { server, world }) => {
        expect([done.code, server.calls.length, resultOf(done).error_kind]).toEqual([1, 3, "repeated_call"]);
        expect(resultOf(done).result).toMatch(/failed three times/);
        expect(begunCalls(world)).toEqual([]);
      }),
    );
});

test("no case is left out", () => {
  const known = new Set([...Object.keys(checks), "tool_error", "run", "stop_and_ask"]);
  expect(cases.filter((one) => !known.has(one.expect.outcome)).map((one) => one.id)).toEqual([]);
  expect(cases.filter((one) => one.transport !== undefined).map((one) => one.id)).toEqual(["T079", "T080", "T081"]);
});
