import { spawn, spawnSync } from "node:child_process";
import { closeSync, openSync, readdirSync, rmSync, truncateSync, unlinkSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { begunCalls, callsOf, linesOf, resultOf } from "../support/cli-lines";
import { reply } from "../support/model-server/reply";
import { startModelServer, type Answer, type ModelServer, type Script } from "../support/model-server/start-model-server";
import { cli, cliWorld, type CliOptions, type CliRun, type CliWorld } from "../support/run-cli";

interface Place {
  world: CliWorld;
  server: ModelServer;
  run(args: string[], options?: CliOptions): Promise<CliRun>;
}

const files = { "a.txt": "alpha\n", "sub/b.txt": "beta\n" };

async function at(
  script: Script,
  use: (place: Place) => Promise<void>,
  env: Record<string, string> = {},
  key?: string,
): Promise<void> {
  const server = await startModelServer({ script, ...(key !== undefined && { key }) });
  const world = cliWorld(files, {
    ANTHROPIC_BASE_URL: server.url,
    ANTHROPIC_API_KEY: "sk-canary",
    STRIDE_RETRY_MS: "500",
    ...env,
  });
  try {
    await use({ world, server, run: (args, options) => world.run(args, options) });
    expect(server.problems).toEqual([]);
  } finally {
    await server.stop();
    world.remove();
  }
}

const check = (name: string, script: Script, use: (place: Place) => Promise<void>, env: Record<string, string> = {}): void =>
  void test.concurrent(name, { timeout: 40_000 }, () => at(script, use, env));
const hello: Script = () => reply.text("hello back");
const json = ["--output-format", "json"];
const lines = ["--output-format", "stream-json"];
const sent = (server: ModelServer, n = -1): string => JSON.stringify(server.calls.at(n)?.body.messages);
/** One call, then the end. */
const calling =
  (name: string, input: object): Answer =>
  ({ results }) =>
    results.length > 0 ? reply.text("done") : reply.tool(name, input);

describe("what comes out", () => {
  check("text: the answer and nothing else", hello, async ({ run }) => {
    const done = await run(["-p", "hi"]);
    expect([done.code, done.stdout, done.stderr]).toEqual([0, "hello back\n", ""]);
  });
  check(
    "text: no control character reaches a terminal",
    () => reply.text("a\u0000b\u001b[2Jc"),
    async ({ run }) => {
      const done = await run(["-p", "hi"]);
      expect([done.code, /[\u0000-\u0008\u000b-\u001f\u007f]/.test(done.stdout)]).toEqual([0, false]);
    },
  );
  check("json: one object", hello, async ({ run }) => {
    const done = await run(["-p", "hi", ...json]);
    expect(JSON.parse(done.stdout)).toMatchObject({
      type: "result",
      subtype: "success",
      is_error: false,
      result: "hello back",
      num_turns: 1,
      permission_denials: [],
    });
    expect(typeof resultOf(done).session_id).toBe("string");
  });
  check("stream-json: init, messages, result", calling("Read", { file_path: "a.txt" }), async ({ run, world }) => {
    const done = await run(["-p", "hi", ...lines]);
    const all = linesOf(done);
    expect(all[0]).toMatchObject({
      type: "system",
      subtype: "init",
      cwd: world.cwd,
      tools: expect.arrayContaining(["Read", "Bash"]) as string[],
    });
    expect(all.filter((line) => line.type !== "system").map((line) => line.type)).toEqual([
      "assistant",
      "user",
      "assistant",
      "result",
    ]);
    expect(callsOf(done)).toEqual([{ name: "Read", input: { file_path: "a.txt" } }]);
    expect(JSON.stringify(all)).toContain("alpha");
    expect(new Set(all.map((line) => line["session_id"])).size).toBe(1);
  });
  check("pieces of messages when asked for", hello, async ({ run }) => {
    const done = await run(["-p", "hi", ...lines, "--include-partial-messages"]);
    expect(linesOf(done).some((line) => line.type === "stream_event")).toBe(true);
  });
  check("the first request is small and alone", hello, async ({ run, server }) => {
    await run(["-p", "hi"]);
    const { system, tools } = server.calls[0]!.body;
    expect(JSON.stringify([system, tools]).length).toBeLessThan(20_000);
    expect([server.calls.length, server.others]).toEqual([1, []]);
  });
});

describe("what goes in", () => {
  check("a prompt through a pipe", hello, async ({ run, server }) => {
    expect((await run(["-p"], { stdin: "from a pipe" })).code).toBe(0);
    expect(sent(server)).toContain("from a pipe");
  });
  check("a prompt and a pipe", hello, async ({ run, server }) => {
    await run(["-p", "explain this"], { stdin: "some log" });
    expect(sent(server)).toMatch(/explain this[^]*some log|some log[^]*explain this/);
  });
  check("5 MB through a pipe", hello, async ({ run, server }) => {
    const done = await run(["-p", "read"], { stdin: "word ".repeat(1_000_000) });
    expect([done.code, done.stdout]).toEqual([0, "hello back\n"]);
    expect(sent(server).length).toBeGreaterThan(4_900_000);
  });
  check("a pipe that says nothing is told and left alone", hello, async ({ world }) => {
    const child = spawn(process.execPath, [cli, "-p", "hi"], { cwd: world.cwd, env: world.env, stdio: ["pipe", "pipe", "pipe"] });
    let said = "";
    child.stderr.on("data", (text: Buffer) => (said += text.toString()));
    const code = await new Promise((resolve) => child.once("exit", resolve));
    expect([code, said]).toEqual([0, expect.stringMatching(/Nothing came through the pipe.*\/dev\/null/)]);
  });
  check("a pipe that is late", hello, async ({ world, server }) => {
    const child = spawn("bash", ["-c", `(sleep 0.7; echo late words) | ${process.execPath} ${cli} -p hi`], {
      cwd: world.cwd,
      env: world.env,
      stdio: "ignore",
    });
    expect(await new Promise((resolve) => child.once("exit", resolve))).toBe(0);
    expect(sent(server)).toContain("late words");
  });
  check(
    "a stream of messages, one conversation",
    ({ userText }) => reply.text(`you said ${userText}`),
    async ({ run, server }) => {
      const message = (content: string): string => `${JSON.stringify({ type: "user", message: { role: "user", content } })}\n`;
      const done = await run(["-p", ...lines, "--input-format", "stream-json"], { stdin: message("one") + message("two") });
      expect([done.code, linesOf(done).filter((line) => line.type === "result").length]).toEqual([0, 2]);
      expect(sent(server)).toMatch(/one.*two/);
    },
  );
  check("a line that is no message", hello, async ({ run }) => {
    const done = await run(["-p", ...lines, "--input-format", "stream-json"], { stdin: "nonsense\n" });
    expect([done.code, done.stderr]).toEqual([2, expect.stringMatching(/Line 1.*expected/)]);
  });
  for (const [name, args, says] of [
    ["no prompt", ["-p"], /no prompt.*stride -p/],
    ["an unknown option", ["-p", "x", "--nope"], /Unknown option --nope.*--help/],
    ["a mode that is none", ["-p", "x", "--permission-mode", "wild"], /expected one of/],
    ["a number that is none", ["-p", "x", "--max-turns", "many"], /positive number/],
    ["two ways to go on", ["-p", "x", "--resume", "a", "--continue"], /exclude each other/],
  ] as const)
    check(`usage: ${name}`, hello, async ({ run, server }) => {
      const done = await run([...args]);
      expect([done.code, done.stderr, server.calls.length]).toEqual([2, expect.stringMatching(says), 0]);
    });
});

describe("limits and permissions", () => {
  check(
    "--max-turns",
    () => reply.tool("Read", { file_path: "a.txt" }),
    async ({ run, server }) => {
      const done = await run(["-p", "x", ...json, "--max-turns", "2"]);
      expect([done.code, resultOf(done).subtype, server.calls.length]).toEqual([1, "error_max_turns", 2]);
    },
  );
  check(
    "--max-budget-usd",
    () => reply.tool("Read", { file_path: "a.txt" }, { usage: { input_tokens: 100_000 } }),
    async ({ run, server }) => {
      const done = await run(["-p", "x", ...json, "--max-budget-usd", "0.5", "--model", "claude-sonnet-4-5"]);
      expect([done.code, resultOf(done).subtype]).toEqual([1, "error_max_budget_usd"]);
      expect(server.calls.length).toBeLessThanOrEqual(3);
      expect(resultOf(done).total_cost_usd).toBeGreaterThan(0.5);
    },
  );
  const touch = calling("Bash", { command: "mkdir made.txt" });
  const made = ({ world }: Place): boolean => readdirSync(world.cwd).includes("made.txt");
  const allowed = (name: string, args: string[], expected: boolean): void =>
    check(`a command ${name}: ${expected ? "runs" : "does not run"}`, touch, async (place) => {
      const done = await place.run(["-p", "x", ...json, ...args]);
      expect([done.code, made(place), begunCalls(place.world).length]).toEqual([0, expected, expected ? 1 : 0]);
      if (!expected) expect(place.server.calls.at(-1)?.results).toMatchObject([{ isError: true }]);
    });
  allowed("nobody can approve", [], false);
  allowed("with a rule", ["--allowedTools", "Bash(mkdir *)"], true);
  allowed("without questions", ["--dangerously-skip-permissions"], true);
  allowed("without questions but denied", ["--dangerously-skip-permissions", "--disallowedTools", "Bash"], false);
  allowed("in plan mode", ["--permission-mode", "plan"], false);
  allowed("by settings", ["--settings", JSON.stringify({ permissions: { allow: ["Bash(mkdir *)"] } })], true);
  check(
    "acceptEdits edits and does not run",
    calling("Write", { file_path: "new.txt", content: "new\n" }),
    async ({ run, world }) => {
      expect((await run(["-p", "x", "--permission-mode", "acceptEdits"])).code).toBe(0);
      expect(readdirSync(world.cwd)).toContain("new.txt");
    },
  );
  check(
    "--add-dir",
    ({ results }) => reply.text(results.length > 0 ? "done" : "no"),
    async ({ run, world, server }) => {
      const other = join(world.dir, "other");
      world.put("../other/c.txt", "gamma\n");
      server.push();
      expect((await run(["-p", "x", "--add-dir", other])).code).toBe(0);
      expect(JSON.stringify(server.calls[0]?.body)).toContain(other);
    },
  );
});

describe("conversations", () => {
  check(
    "--continue and --resume go on with what was said",
    ({ userText }) => reply.text(`answer to ${userText}`),
    async ({ run, server }) => {
      const first = resultOf(await run(["-p", "first words", ...json]));
      const second = resultOf(await run(["-p", "second words", ...json, "--continue"]));
      const third = resultOf(await run(["-p", "third words", ...json, "--resume", first.session_id]));
      expect([second.session_id, third.session_id]).toEqual([first.session_id, first.session_id]);
      expect(sent(server)).toMatch(/first words.*answer to .*first words.*second words.*answer to second words.*third words/);
    },
  );
  check("nothing to go on with", hello, async ({ run, server }) => {
    const done = await run(["-p", "x", "--continue"]);
    expect([done.code, done.stderr, server.calls.length]).toEqual([
      1,
      expect.stringMatching(/no conversation.*without --continue/),
      0,
    ]);
  });
  check("a conversation that is not there", hello, async ({ run, server }) => {
    const done = await run(["-p", "x", "--resume", "nope"]);
    expect([done.code, server.calls.length]).toEqual([1, 0]);
    expect(done.stderr).toMatch(/\w+ \w+ \w+/);
  });
  const logOf = (world: CliWorld): string => {
    const state = join(world.dir, "state");
    const found = (readdirSync(state, { recursive: true }) as string[]).find(
      (file) => file.endsWith(".jsonl") && file.includes("sessions"),
    );
    return join(state, found ?? "");
  };
  check("a log that was cut off is repaired and goes on", hello, async ({ run, server, world }) => {
    const { session_id: id } = resultOf(await run(["-p", "before the cut", ...json]));
    const log = logOf(world);
    writeFileSync(log, '["00000000",120,{"torn', { flag: "a" });
    const done = await run(["-p", "after", ...json, "--resume", id]);
    expect([done.code, resultOf(done).result]).toEqual([0, "hello back"]);
    expect(sent(server)).toContain("before the cut");
  });
  check("a log that cannot be read", hello, async ({ run, world, server }) => {
    const { session_id: id } = resultOf(await run(["-p", "x", ...json]));
    const log = logOf(world);
    unlinkSync(log);
    closeSync(openSync(log, "w"));
    truncateSync(log, 0);
    writeFileSync(log, Buffer.alloc(4_096, 0xff));
    const done = await run(["-p", "y", ...json, "--resume", id]);
    expect(done.code).toBe(1);
    expect(done.stderr + done.stdout).toMatch(/log|conversation/i);
    expect(server.calls.length).toBe(1);
  });
});

describe("what goes wrong", () => {
  test.concurrent("a wrong key", { timeout: 40_000 }, () =>
    at(
      [],
      async ({ run }) => {
        const done = await run(["-p", "x"]);
        expect([done.code, done.stderr]).toEqual([1, expect.stringMatching(/did not accept the key.*ANTHROPIC_API_KEY/)]);
        expect(done.stderr + done.stdout).not.toContain("canary");
      },
      {},
      "sk-another",
    ),
  );
  check("no key", hello, async ({ run, server }) => {
    const done = await run(["-p", "x"], { env: { ANTHROPIC_API_KEY: "" } });
    expect([done.code, done.stderr, server.calls.length]).toEqual([1, expect.stringMatching(/no key.*ANTHROPIC_API_KEY/), 0]);
  });
  check("nothing listens", hello, async ({ run }) => {
    const gone = createServer();
    await new Promise<void>((resolve) => gone.listen(0, "127.0.0.1", resolve));
    const { port } = gone.address() as AddressInfo;
    await new Promise((resolve) => gone.close(resolve));
    const done = await run(["-p", "x"], { env: { ANTHROPIC_BASE_URL: `http://127.0.0.1:${port}` } });
    expect([done.code, done.stderr]).toEqual([1, expect.stringMatching(/refused.*Check the network/)]);
  });
  check("an address that is none", hello, async ({ run }) => {
    const done = await run(["-p", "x"], { env: { ANTHROPIC_BASE_URL: "not an address" } });
    expect([done.code, done.stderr]).toEqual([1, expect.stringMatching(/not an address.*Correct/)]);
  });
  check("--settings that are no JSON", hello, async ({ run, server }) => {
    const done = await run(["-p", "x", "--settings", "{broken"]);
    expect([done.code, done.stderr, server.calls.length]).toEqual([2, expect.stringMatching(/--settings: .*Correct it/), 0]);
  });
  check("a settings file that is no JSON is named and skipped", hello, async ({ run, world }) => {
    world.put("../home/.claude/settings.json", "{ broken");
    const done = await run(["-p", "x"]);
    expect([done.code, done.stdout, done.stderr]).toEqual([0, "hello back\n", expect.stringMatching(/settings\.json/)]);
  });
  check("a wait that is no number", hello, async ({ run }) => {
    const done = await run(["-p", "x"], { env: { STRIDE_IDLE_MS: "soon" } });
    expect([done.code, done.stderr]).toEqual([2, expect.stringMatching(/STRIDE_IDLE_MS.*Correct or unset/)]);
  });
  check("the folder is gone", hello, async ({ world }) => {
    const doomed = join(world.dir, "doomed");
    world.put("../doomed/x", "");
    // A shell stands in it, takes it away and starts the program.
    const run = spawnSync("bash", ["-c", `rm -rf ${doomed} && exec ${process.execPath} ${cli} -p x`], {
      cwd: doomed,
      env: world.env,
      encoding: "utf8",
    });
    expect([run.status, run.stderr]).toEqual([1, expect.stringMatching(/folder.*(no longer|gone|exist)/i)]);
    expect(run.stderr).not.toMatch(/\n\s+at /);
  });
  check("a binary file", calling("Read", { file_path: "data.bin" }), async ({ run, world, server }) => {
    world.put("data.bin", Buffer.from([0, 1, 2, 3, 255, 254, 0, 7]));
    expect((await run(["-p", "x"])).code).toBe(0);
    expect(server.calls[1]?.results).toMatchObject([
      { isError: true, text: expect.stringMatching(/NUL bytes.*Look at it with/) as string },
    ]);
  });
  check(
    "a file deleted between read and edit",
    [reply.tool("Read", { file_path: "a.txt" }), reply.text("read")],
    async ({ run, server, world }) => {
      const doomed = join(world.cwd, "a.txt");
      server.push(
        reply.tool("Read", { file_path: "a.txt" }),
        () => (rmSync(doomed), reply.tool("Edit", { file_path: "a.txt", old_string: "alpha", new_string: "omega" })),
        reply.text("done"),
      );
      await run(["-p", "x"]);
      expect((await run(["-p", "y", "--permission-mode", "acceptEdits"])).code).toBe(0);
      expect(server.calls.at(-1)?.results).toMatchObject([
        { isError: true, text: expect.stringMatching(/a\.txt.*(not exist|no such|does not|deleted)/i) as string },
      ]);
    },
  );
  check("the state folder cannot be written", hello, async ({ run, world }) => {
    world.put("../blocked", "a file, not a folder");
    const done = await run(["-p", "x"], { env: { STRIDE_HOME: join(world.dir, "blocked") } });
    expect(done.code).toBe(1);
    expect(done.stderr).toMatch(/blocked/);
    expect(done.stderr).not.toMatch(/\n\s+at /);
  });
});
