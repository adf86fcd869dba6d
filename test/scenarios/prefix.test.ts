import { execFileSync } from "node:child_process";
import { expect, onTestFinished, test } from "vitest";
import { estimateTokens } from "../../src/agent/context/estimate";
import { textOf } from "../../src/shared/protocol/messages";
import { engineWorld, type EngineWorld, type EngineWorldOptions } from "../support/engine-world";
import { part, reply, type Reply } from "../support/model-server/reply";
import { startModelServer, type ModelCall, type ModelServer } from "../support/model-server/start-model-server";

const files = {
  "CLAUDE.md": "Always answer in plain words.",
  "src/a.ts": "export const a = 1;\n".repeat(200),
  "src/b.ts": "export const b = 2;\n".repeat(200),
  "src/deep/CLAUDE.md": "Deep files are sorted by name.",
  "src/deep/c.ts": "export const c = 3;\n".repeat(50),
};

interface Running {
  world: EngineWorld;
  server: ModelServer;
}

async function running(script: (Reply | ((call: ModelCall) => Reply))[], options: EngineWorldOptions = {}): Promise<Running> {
  const server = await startModelServer({ script, bills: true });
  const world = await engineWorld({ files, settings: { baseUrl: server.url }, ...options });
  onTestFinished(async () => {
    await world.stop();
    await server.stop();
  });
  return { world, server };
}

const read = (path: string) => part.tool("Read", { file_path: path });

/** As a provider sees it: cache marks say what to keep, they are not part of it. */
const blocksOf = ({ body }: ModelCall): string[] =>
  [
    ...(body.tools ?? []),
    ...(body.system as object[]),
    ...body.messages.flatMap(({ role, content }) => (content as object[]).map((block) => ({ role, block }))),
  ].map((block) => JSON.stringify(block, (key, value: unknown) => (key === "cache_control" ? undefined : value)));

function sharedBlocks(before: ModelCall, after: ModelCall): { shared: number; all: number } {
  const [old, now] = [blocksOf(before), blocksOf(after)];
  const differs = old.findIndex((block, at) => block !== now[at]);
  return { shared: differs < 0 ? old.length : differs, all: old.length };
}

test("over turns, reads, edits, commands and reminders each request only adds to the one before", async () => {
  const { world, server } = await running([
    reply.of([read("src/a.ts"), read("src/b.ts")]),
    reply.of([
      part.tool("Edit", {
        file_path: "src/a.ts",
        old_string: "export const a = 1;\nexport const a = 1;\nexport",
        new_string: "// x\nexport",
        replace_all: true,
      }),
    ]),
    reply.of([part.tool("Bash", { command: "echo hi", description: "say hi" })]),
    reply.text("done"),
    reply.of([read("src/deep/c.ts")]),
    reply.text("second"),
    reply.of([part.tool("TodoWrite", { todos: [{ content: "x", status: "pending" }] })]),
    reply.text("third"),
  ]);
  await world.send("first");
  world.put("src/b.ts", "changed by somebody else\n");
  await world.send("second");
  await world.send("third");
  expect(server.problems).toEqual([]);
  expect(server.calls).toHaveLength(8);
  for (const [at, call] of server.calls.entries()) {
    const before = server.calls[at - 1];
    if (before)
      expect(sharedBlocks(before, call), `call ${at + 1}`).toEqual({
        shared: blocksOf(before).length,
        all: blocksOf(before).length,
      });
  }
  const { figures } = world.live.prefix;
  expect(figures).toMatchObject({ requests: 8, breaks: { reduction: 0, undo: 0, model: 0, tool_loaded: 0, unexplained: 0 } });
  expect(figures.shared).toBe(figures.before);
  const said = JSON.stringify(server.calls.at(-1)?.body.messages);
  expect(said).toContain("changed by somebody else since you read them");
  expect(said).toContain("Deep files are sorted by name.");
});

test("the provider's bill agrees: what can be read from the cache is", async () => {
  const { world, server } = await running([
    ...Array.from({ length: 10 }, (_, n) => reply.of([part.tool("Grep", { pattern: `a${n}|export`, output_mode: "content" })])),
    reply.text("done"),
  ]);
  await world.send("go");
  const usages = world.events.flatMap((event) => (event.type === "assistant_message" ? [event.usage] : []));
  let reusable = 0;
  let reused = 0;
  for (const [at, usage] of usages.entries()) {
    const before = usages[at - 1];
    if (!before) continue;
    reusable += before.inputTokens + before.cacheReadTokens + before.cacheWriteTokens;
    reused += usage.cacheReadTokens;
  }
  expect(server.calls).toHaveLength(11);
  expect(reused / reusable).toBeGreaterThanOrEqual(0.995);
});

test("a tool that is loaded, another model, a summary and its undo are named as causes; nothing else breaks", async () => {
  const { world } = await running([
    reply.of([part.tool("ToolSearch", { query: "CallHierarchy" })]),
    reply.text("one"),
    reply.text("two"),
    reply.text("three"),
    reply.text("four"),
    reply.text(
      "<summary><intent>i</intent><concepts>c</concepts><findings>f</findings><errors>e</errors><state>s</state><next>n</next></summary>",
    ),
    reply.text("five"),
    reply.text("six"),
  ]);
  await world.send("load");
  for (const text of ["a", "b"]) await world.send(text);
  await world.op({ op: "set_model", model: "anthropic/claude-haiku-4-5" });
  await world.send("c");
  await world.op({ op: "compact" });
  await world.send("d");
  await world.op({ op: "undo_compaction" });
  await world.send("e");
  expect(world.live.prefix.figures.breaks).toEqual({ tool_loaded: 1, model: 1, reduction: 1, undo: 1, unexplained: 0 });
});

test("after a restart the same bytes go out again", async () => {
  const { world, server } = await running([reply.of([read("src/a.ts")]), reply.text("one"), reply.text("two")]);
  await world.send("go");
  await world.restart();
  await world.send("on");
  const [, before, after] = server.calls;
  expect(sharedBlocks(before!, after!)).toEqual({ shared: blocksOf(before!).length, all: blocksOf(before!).length });
});

test("after a restart a tool that was loaded is still in the list, and the same bytes go out again", async () => {
  const { world, server } = await running([
    reply.of([part.tool("ToolSearch", { query: "select:Rename,Hover" })]),
    reply.text("one"),
    reply.of([part.tool("ToolSearch", { query: "select:Hover,CallHierarchy" })]),
    reply.text("two"),
  ]);
  await world.send("load");
  await world.restart();
  await world.send("on");
  const [, before, after, last] = server.calls;
  expect(before!.body.tools?.slice(-2).map(({ name }) => name)).toEqual(["Rename", "Hover"]);
  expect(sharedBlocks(before!, after!)).toEqual({ shared: blocksOf(before!).length, all: blocksOf(before!).length });
  expect(last!.body.tools?.slice(-3).map(({ name }) => name)).toEqual(["Rename", "Hover", "CallHierarchy"]);
});

test("the fixed part is small: prompt and tools within 6,000 tokens and 20 KB, a deferred tool within 15 tokens", async () => {
  const { world, server } = await running([reply.text("hi")]);
  await world.send("hello");
  const { tools, system } = server.calls[0]!.body;
  const fixed = JSON.stringify(tools) + JSON.stringify(system);
  expect(fixed.length).toBeLessThanOrEqual(20 * 1024);
  expect(estimateTokens(fixed)).toBeLessThanOrEqual(6_000);
  const prompt = (system as { text: string }[]).map(({ text }) => text).join("\n");
  const deferred =
    prompt
      .split("# More tools")[1]
      ?.split("\n")
      .filter((line) => line.startsWith("- ")) ?? [];
  expect(deferred.length).toBeGreaterThan(0);
  for (const line of deferred) expect(Math.max(estimateTokens(line), line.length / 4), line).toBeLessThanOrEqual(15);
});

test("the day is in the prompt, the time is not", async () => {
  const { world, server } = await running([reply.text("hi")]);
  await world.send("hello");
  const system = JSON.stringify(server.calls[0]!.body.system);
  expect(system).toContain(`Date: ${new Date().toISOString().slice(0, 10)}`);
  expect(system).not.toMatch(/\d\d:\d\d/);
});

const git = (cwd: string, ...args: string[]): string =>
  execFileSync("git", ["-C", cwd, "-c", "user.name=t", "-c", "user.email=t@example.com", ...args], { encoding: "utf8" });

async function factsOf(prepare: (world: EngineWorld) => void, options: EngineWorldOptions = {}): Promise<string> {
  const wait = (): Reply => reply.of([part.tool("Bash", { command: "sleep 0.5", description: "wait" })]);
  const { world, server } = await running([wait(), reply.text("done")], options);
  prepare(world);
  await world.send("go");
  expect(server.problems).toEqual([]);
  expect(world.live.prefix.figures.breaks.unexplained).toBe(0);
  return world.live
    .requestWith([])
    .messages.concat(world.events.flatMap((event) => (event.type === "attachment" ? [event.message] : [])))
    .map(({ content }) => textOf(content))
    .join("\n");
}

test("branch, changes, latest commits and the folder reach the model, at its pace", async () => {
  const text = await factsOf(({ cwd, put }) => {
    git(cwd, "init", "-q", "-b", "feature-x");
    git(cwd, "add", ".");
    git(cwd, "commit", "-q", "-m", "the first commit");
    put("new.txt", "new");
  });
  expect(text).toContain("branch feature-x");
  expect(text).toContain("?? new.txt");
  expect(text).toContain("the first commit");
  expect(text).toContain("src/\n  deep/\n    CLAUDE.md");
});

for (const [name, config, options] of [
  ["git does not run where the repository's configuration names a program", "[core]\n\tfsmonitor = touch PLANTED\n", {}],
  ["git does not run in a folder nobody trusts", "", { trusted: false, attended: true }],
] as const)
  test(name, async () => {
    let at = "";
    const text = await factsOf(({ cwd, put }) => {
      at = cwd;
      git(cwd, "init", "-q");
      if (config !== "") put(".git/config", config);
    }, options);
    expect(text).not.toContain("branch");
    expect(() => execFileSync("test", ["-e", `${at}/PLANTED`])).toThrow();
  });
