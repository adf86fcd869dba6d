import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { textOf } from "../../src/shared/protocol/messages";
import { part, reply } from "../support/model-server/reply";
import { startModelServer, type ModelServer, type Script } from "../support/model-server/start-model-server";
import { attendedEngine, type AttendedEngine, type AttendedOptions } from "../support/attended-engine";

const open: { world?: AttendedEngine; server?: ModelServer } = {};
afterEach(async () => {
  await open.world?.stop();
  await open.server?.stop();
  delete open.world;
  delete open.server;
});

async function world(script: Script, options?: AttendedOptions): Promise<AttendedEngine> {
  open.server = await startModelServer({ script: besideTitles(script) });
  open.world = await attendedEngine(open.server, options);
  return open.world;
}

/** The request for a title comes when it likes; it has no tools and takes nothing from the script. */
function besideTitles(script: Script): Script {
  if (typeof script === "function") return script;
  const rest = [...script];
  return (call) => {
    if (!call.body.tools?.length) return reply.text("A title");
    const next = rest.shift() ?? reply.text("(script ended)");
    return typeof next === "function" ? next(call) : next;
  };
}

const once = { verdict: "allow", scope: "once" } as const;
const editA = (from: string, to: string) => reply.tool("Edit", { file_path: "a.txt", old_string: from, new_string: to });
const resultsOf = (w: AttendedEngine): string[] =>
  w.events.flatMap((event) =>
    event.type === "tool_finished" ? [`${event.name} ${event.outcome}: ${textOf(event.result.content).split("\n")[0]}`] : [],
  );

test("read, edit with approval, command: the file changes, the log has every step", async () => {
  const w = await world(
    [
      reply.tool("Read", { file_path: "a.txt" }),
      editA("one", "two"),
      reply.tool("Bash", { command: "cat a.txt; exit 3" }),
      reply.text("done"),
    ],
    { files: { "a.txt": "one\n" } },
  );
  const ended = await w.turn("change it", once);
  expect(ended.reason).toBe("completed");
  expect(w.read("a.txt")).toBe("two\n");
  expect(w.events.filter((event) => event.type === "approval_requested").length).toBeGreaterThan(0);
  const command = w.events.findLast((event) => event.type === "tool_finished");
  expect(command?.type === "tool_finished" && command.display).toMatchObject({ kind: "command", exitCode: 3 });
  expect(open.server?.problems).toEqual([]);
  const [project = ""] = readdirSync(join(w.stateDir, "sessions"));
  const log = readFileSync(join(w.stateDir, "sessions", project, w.session, "events.jsonl"), "utf8");
  for (const type of ["user_message", "approval_resolved", "tool_started", "tool_finished", "turn_ended"])
    expect(log).toContain(`"type":"${type}"`);
});

test("deny with a comment: nothing changes, the model hears why", async () => {
  const w = await world([reply.tool("Read", { file_path: "a.txt" }), editA("one", "two"), reply.text("as you wish")], {
    files: { "a.txt": "one\n" },
  });
  await w.turn("change it", { verdict: "deny", comment: "use three instead" });
  expect(w.read("a.txt")).toBe("one\n");
  expect(resultsOf(w)[1]).toMatch(/^Edit denied: The user declined this call\. They said: use three instead/);
});

test("allow for the session: the same kind is not asked again, and the grant dies with the engine", async () => {
  const script = [
    reply.tool("Read", { file_path: "a.txt" }),
    editA("one", "two"),
    editA("two", "three"),
    reply.text("ok"),
    editA("three", "four"),
    reply.text("ok"),
  ];
  const w = await world(script, { files: { "a.txt": "one\n" } });
  await w.say("go");
  const { approval } = await w.until("approval_requested");
  await w.op({
    op: "answer_approval",
    id: approval.id,
    answer: { verdict: "allow", scope: "session", rules: approval.decision.suggestions },
  });
  await w.until("turn_ended");
  expect(w.read("a.txt")).toBe("three\n");
  expect(w.events.filter((event) => event.type === "approval_requested")).toHaveLength(1);
  const again = await w.restart();
  open.world = again;
  await again.say("once more");
  await again.until("approval_requested");
});

test("don't ask again is written to the local settings file", async () => {
  const w = await world([reply.tool("Bash", { command: "touch made.txt", description: "make it" }), reply.text("ok")]);
  await w.turn("go", { verdict: "allow", scope: "local", rules: ["Bash(touch made.txt)"] });
  expect(existsSync(join(w.cwd, "made.txt"))).toBe(true);
  expect(JSON.parse(readFileSync(join(w.cwd, ".claude/settings.local.json"), "utf8"))).toEqual({
    permissions: { allow: ["Bash(touch made.txt)"] },
  });
});

test("plan mode refuses a write whatever the model tries", async () => {
  const w = await world([reply.tool("Write", { file_path: "b.txt", content: "x" }), reply.text("ok")]);
  await w.op({ op: "set_mode", mode: "plan" });
  await w.turn("go", once);
  expect(existsSync(join(w.cwd, "b.txt"))).toBe(false);
});

test("stop while a question is open settles it; nothing runs; the next turn is legal", async () => {
  const w = await world([reply.tool("Bash", { command: "touch x" }), reply.text("fine")]);
  await w.say("go");
  await w.until("approval_requested");
  await w.op({ op: "interrupt" });
  expect((await w.until("turn_ended")).reason).toBe("interrupted");
  expect(existsSync(join(w.cwd, "x"))).toBe(false);
  const ended = await w.turn("and now?");
  expect(ended.reason).toBe("completed");
  expect(open.server?.problems).toEqual([]);
});

test("a forged or stale approval does nothing", async () => {
  const w = await world([reply.tool("Bash", { command: "touch x" }), reply.text("fine")]);
  await w.say("go");
  const { approval } = await w.until("approval_requested");
  await w.op({ op: "answer_approval", id: "made-up", answer: once });
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(existsSync(join(w.cwd, "x"))).toBe(false);
  await w.op({ op: "answer_approval", id: approval.id, answer: { verdict: "deny" } });
  await w.op({ op: "answer_approval", id: approval.id, answer: once });
  await w.until("turn_ended");
  expect(existsSync(join(w.cwd, "x"))).toBe(false);
});

test("after a restart the conversation goes on where it was: history, queue and settings of it", async () => {
  const w = await world([reply.text("first"), (call) => reply.text(`I see ${call.body.messages.length} messages`)]);
  await w.turn("remember the number 7");
  const again = await w.restart();
  open.world = again;
  await again.turn("what was it?");
  expect(JSON.stringify(open.server?.calls.at(-1)?.body.messages)).toContain("remember the number 7");
});

test("what waited in the queue when the engine ended is said after the next message", async () => {
  const w = await world([reply.hang(), reply.text("on it"), reply.text("that too")]);
  await w.say("begin");
  await open.server?.arrived(1);
  await w.say("and then this");
  const again = await w.restart();
  open.world = again;
  await again.turn("go on");
  await again.until("turn_ended", again.events.findIndex(({ type }) => type === "turn_ended") + 1);
  const said = again.events.flatMap((event) => (event.type === "user_message" ? [textOf(event.message.content)] : []));
  expect(said).toEqual(["go on", "and then this"]);
});

test("results over the budget go to disk, and the model can read them from there without a question", async () => {
  const big = Array.from({ length: 12_000 }, (_, n) => `row ${n}`).join("\n");
  const w = await world(
    (call) => {
      if (call.n === 1) return reply.tool("Bash", { command: "cat big.txt" });
      if (call.n === 2) return reply.text("ok");
      return reply.text("end");
    },
    { files: { "big.txt": big } },
  );
  await w.turn("go", once);
  const result = resultsOf(w)[0] ?? "";
  expect(result).toMatch(/^Bash ok/);
});

test("five calls in one reply overlap while it still streams", async () => {
  const files = Object.fromEntries(["a", "b", "c", "d", "e"].map((name) => [`${name}.txt`, name]));
  const w = await world(
    [
      reply.of(Object.keys(files).map((file_path, n) => part.tool("Read", { file_path }, { beforeMs: n === 0 ? 0 : 60 }))),
      reply.text("done"),
    ],
    { files },
  );
  await w.turn("read all");
  const types = w.events.map((event) => event.type);
  expect(types.indexOf("tool_finished")).toBeLessThan(types.indexOf("assistant_message"));
  expect(resultsOf(w)).toHaveLength(5);
});

test("an instruction file opens the conversation, marked as such", async () => {
  const w = await world([reply.text("hi")], { files: { "CLAUDE.md": "Always answer in French." } });
  await w.turn("hello");
  const first = JSON.stringify(open.server?.calls[0]?.body.messages[0]);
  expect(first).toContain("Always answer in French.");
  expect(w.events.find((event) => event.type === "attachment")).toMatchObject({ origin: "instructions" });
});

test("git that runs without a question runs without the repository's programs; with one it is the user's own git", async () => {
  const w = await world([reply.tool("Bash", { command: "git status --short" }), reply.text("ok")]);
  const git = (...args: string[]): void => void execFileSync("git", ["-C", w.cwd, ...args]);
  git("init", "-q");
  w.put("fsmonitor.sh", "#!/bin/sh\ntouch ../canary\n");
  execFileSync("chmod", ["+x", join(w.cwd, "fsmonitor.sh")]);
  await w.turn("status", once);
  expect(w.events.some((event) => event.type === "approval_requested")).toBe(false);
  expect(resultsOf(w)[0]).toMatch(/^Bash ok/);
  expect(existsSync(join(w.cwd, "../canary"))).toBe(false);
});

test("autonomous mode: a small model answers a harmless question; what it will not answer comes to the person", async () => {
  const w = await world((call) => {
    if (JSON.stringify(call.body.system ?? "").includes("You guard a coding agent"))
      return reply.text(
        call.body.messages[0]?.content && JSON.stringify(call.body.messages).includes("made.txt")
          ? '{"verdict":"allow"}'
          : '{"verdict":"ask"}',
      );
    if (!call.body.tools?.length) return reply.text("A title");
    if (call.results.length === 0) return reply.tool("Bash", { command: "touch made.txt" });
    return call.results[0]?.text.includes("exit") || call.body.messages.length < 4
      ? reply.tool("Bash", { command: "git push" })
      : reply.text("done");
  });
  await w.op({ op: "set_mode", mode: "auto" });
  await w.turn("make the file made.txt", { verdict: "deny" });
  expect(existsSync(join(w.cwd, "made.txt"))).toBe(true);
  const asked = w.events.flatMap((event) => (event.type === "approval_requested" ? [event.approval.input["command"]] : []));
  expect(asked).not.toContain("touch made.txt");
});

test("a search shows nothing that reading would ask for or refuse", async () => {
  const files = {
    ".env": "KEY=needle",
    "a-1-b/.env.local": "x needle",
    "src/a.ts": "needle",
    "private/b.ts": "needle",
    ".claude/settings.json": JSON.stringify({ permissions: { deny: ["Read(private/**)"] } }),
  };
  const w = await world(
    [
      reply.tool("Grep", { pattern: "needle", output_mode: "content" }),
      reply.tool("Grep", { pattern: "needle" }),
      reply.text("ok"),
    ],
    { files },
  );
  await w.turn("search");
  const shown = w.events.flatMap((event) => (event.type === "tool_finished" ? [textOf(event.result.content)] : []));
  expect(shown).toHaveLength(2);
  for (const text of shown) {
    expect(text).toContain("src/a.ts");
    expect(text).not.toMatch(/\.env|private\/b/);
    expect(text).toMatch(/3 lines in files that may hold secrets/);
  }
});

test.skipIf(!existsSync("/usr/bin/bwrap"))(
  "in the sandbox a command runs without a question, inside the workspace only",
  async () => {
    const program = `const f = require("fs"); f.writeFileSync("inside.txt", "x"); f.writeFileSync("../outside.txt", "x")`;
    const script = [reply.tool("Bash", { command: `node -e '${program}'` }), reply.text("ok")];
    const w = await world(script, { files: { ".claude/settings.json": JSON.stringify({ sandbox: { enabled: true } }) } });
    await expect.poll(() => w.engine.parts.sandboxing.contains(w.cwd, "touch x"), { timeout: 10_000 }).toBe(true);
    await w.turn("go", { verdict: "deny" });
    expect(w.events.some((event) => event.type === "approval_requested")).toBe(false);
    expect(existsSync(join(w.cwd, "inside.txt"))).toBe(true);
    expect(existsSync(join(w.cwd, "../outside.txt"))).toBe(false);
  },
);

test("the editor's proxy and the user's own variables reach commands, secrets do not", async () => {
  process.env["SOME_API_KEY"] = "canary-secret";
  const settings = { proxy: { url: "http://127.0.0.1:9", noProxy: ["localhost", "127.0.0.1"] }, environment: { MINE: "yes" } };
  const w = await world(
    [reply.tool("Bash", { command: "echo $HTTPS_PROXY $no_proxy $MINE [$SOME_API_KEY]" }), reply.text("ok")],
    { settings },
  );
  await w.turn("go", once);
  delete process.env["SOME_API_KEY"];
  expect(JSON.stringify(w.events.findLast((event) => event.type === "tool_finished"))).toContain(
    "http://127.0.0.1:9 localhost,127.0.0.1 yes []",
  );
});
