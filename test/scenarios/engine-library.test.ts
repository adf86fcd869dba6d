import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { engineApi } from "../../src/agent/engine-api";
import type { EngineApi, SessionSummary } from "../../src/shared/protocol/host";
import { textOf } from "../../src/shared/protocol/messages";
import { attendedEngine, type AttendedEngine, type AttendedOptions } from "../support/attended-engine";
import { reply } from "../support/model-server/reply";
import { startModelServer, type ModelServer, type Script } from "../support/model-server/start-model-server";

let server: ModelServer | undefined;
let world: AttendedEngine | undefined;
afterEach(async () => {
  await world?.stop();
  await server?.stop();
  world = server = undefined;
});

/** Replies in order; whoever asks without tools wants a title. */
async function started(
  replies: Extract<Script, readonly unknown[]>[number][],
  options: AttendedOptions = {},
): Promise<{ w: AttendedEngine; api: EngineApi }> {
  const rest = [...replies];
  server = await startModelServer({
    script: (call) => {
      if (!call.body.tools?.length) return reply.text("Tea and other things");
      const next = rest.shift() ?? reply.text("(script ended)");
      return typeof next === "function" ? next(call) : next;
    },
  });
  world = await attendedEngine(server, options);
  return { w: world, api: engineApi(world.engine) };
}
const listed = async (api: EngineApi, w: AttendedEngine, id = w.session): Promise<SessionSummary | undefined> =>
  (await api.listSessions(w.cwd)).find((one) => one.id === id);
const once = { verdict: "allow", scope: "once" } as const;

test("a conversation is named at once and better after its first turn; the person's name stays", async () => {
  const { w, api } = await started([reply.text("Green."), reply.text("Black.")]);
  await w.turn("which tea?");
  await expect
    .poll(() => w.events.filter((event) => event.type === "session_titled").map((event) => event.title))
    .toEqual(["which tea?", "Tea and other things"]);
  expect(await api.renameSession(w.session, "  Mine ")).toBeNull();
  await w.turn("and at night?");
  expect(w.events.findLast((event) => event.type === "session_titled")).toMatchObject({ title: "Mine" });
  expect(await listed(api, w)).toMatchObject({ title: "Mine" });
});

test("titles are first words alone where the setting says so", async () => {
  const { w } = await started([reply.text("Green.")], { settings: { generateTitles: false } });
  await w.turn("which tea?");
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(server?.calls).toHaveLength(1);
});

test("fork, archive, delete, undo, export, search", async () => {
  const { w, api } = await started([reply.text("Green, from Darjeeling."), reply.text("Chamomile.")]);
  await w.turn("which tea?");
  await w.turn("and at night?");
  const second = w.events.findLastIndex((event) => event.type === "user_message");
  expect(second).toBeGreaterThan(0);
  const records = await api.readEvents(w.session, 1, 1_000);
  const at = records.findLast(({ event }) => event.type === "user_message")!.seq;

  const copy = await api.forkSession(w.session, at - 1);
  const view = await api.openSession({ session: copy, cwd: w.cwd, roots: [w.cwd] });
  const words = view.tail.flatMap(({ event }) =>
    event.type === "user_message" || event.type === "assistant_message" ? [textOf(event.message.content)] : [],
  );
  expect(words).toEqual(["which tea?", "Green, from Darjeeling."]);
  expect(view.running).toBe(false);
  const empty = await api.forkSession(w.session, 0);
  expect(
    (await api.openSession({ session: empty, cwd: w.cwd, roots: [w.cwd] })).tail.some(
      ({ event }) => event.type === "user_message",
    ),
  ).toBe(false);

  await expect
    .poll(async () => (await api.searchSessions({ query: "chamomile" })).hits.map(({ session }) => session))
    .toEqual([w.session]);
  const [hit] = (await api.searchSessions({ query: "chamomile", session: w.session })).hits;
  expect(hit?.snippet).toBe("Chamomile.");
  expect((await api.searchSessions({ query: "chamomile", session: copy })).hits).toEqual([]);

  for (const [format, expected] of [
    ["markdown", /and at night\?[^]*Chamomile/],
    ["html", /<html[^]*Chamomile/],
    ["json", /"Chamomile\."/],
  ] as const) {
    const file = join(w.cwd, `out.${format}`);
    expect(await api.exportSession(w.session, format, file)).toBeNull();
    expect(readFileSync(file, "utf8")).toMatch(expected);
  }
  const refused = await api.exportSession(w.session, "markdown", join(w.cwd, "no", "such", "folder.md"));
  expect(refused?.message).toMatch(/ENOENT|no such/);

  expect(await api.archiveSession(copy, true)).toBeNull();
  expect(await listed(api, w, copy)).toMatchObject({ archived: true });
  // Open here, so it is closed first; a message to it then says what to do.
  expect(await api.deleteSession(w.session)).toBeNull();
  expect(await listed(api, w)).toBeUndefined();
  expect(await api.submit({ op: "user_turn", session: w.session, id: "u", content: [], delivery: "queue" })).toMatchObject({
    kind: "no_session",
  });
  expect(await api.undoDelete(w.session)).toBeNull();
  expect(await listed(api, w)).toMatchObject({ messages: 4 });
  expect((await api.openSession({ session: w.session, cwd: w.cwd, roots: [w.cwd] })).tail.length).toBe(records.length);
});

test("a conversation that works is not deleted under its feet", async () => {
  const { w, api } = await started([reply.tool("Bash", { command: "make" }), reply.text("ok")]);
  await w.say("build");
  const { approval } = await w.until("approval_requested");
  expect(await api.deleteSession(w.session)).toMatchObject({ kind: "running" });
  await w.op({ op: "answer_approval", id: approval.id, answer: { verdict: "deny" } });
  await w.until("turn_ended");
});

test("only histories that were found are imported, and never changed", async () => {
  const { w, api } = await started([]);
  const path = join(w.cwd, "secret.jsonl");
  writeFileSync(path, "{}\n");
  expect(await api.importSessions([{ source: "claude-code", path }], w.cwd)).toEqual([]);
});

test("rules with place, hits and death; the path of a call; the audit log; instruction files", async () => {
  const { w, api } = await started(
    [
      reply.tool("Bash", { command: "make test" }),
      reply.text("no"),
      reply.tool("Read", { file_path: "deep/a.txt" }),
      reply.text("read"),
    ],
    {
      files: { "CLAUDE.md": "Use tabs.", "deep/CLAUDE.md": "Use blanks here.", "deep/a.txt": "a" },
    },
  );
  mkdirSync(join(w.cwd, ".claude"));
  writeFileSync(
    join(w.cwd, ".claude", "settings.json"),
    '{\n  "permissions": {\n    "deny": ["Bash(make *)"],\n    "allow": [\n      "Bash(make test)"\n    ]\n  }\n}\n',
  );
  await expect
    .poll(async () => (await api.explainPermissions({ cwd: w.cwd, roots: [w.cwd], session: w.session })).rules.length, {
      timeout: 5_000,
    })
    .toBe(2);
  await w.turn("test it", once);
  const report = await api.explainPermissions({ cwd: w.cwd, roots: [w.cwd], session: w.session });
  const [deny, allow] = report.rules;
  expect(deny).toMatchObject({
    list: "deny",
    text: "Bash(make *)",
    hits: 1,
    source: join(w.cwd, ".claude", "settings.json"),
    line: 3,
  });
  expect(allow).toMatchObject({
    list: "allow",
    hits: 0,
    line: 5,
    dead: expect.stringContaining("deny rule Bash(make *)") as string,
  });
  expect(report.sources.find(({ scope }) => scope === "project")).toMatchObject({ exists: true });

  const tried = await api.explainCall(
    { cwd: w.cwd, roots: [w.cwd], session: w.session },
    { kind: "command", text: "ls && make clean" },
  );
  expect(tried.decision).toMatchObject({ verdict: "deny", rule: { text: "Bash(make *)" } });
  expect(tried.steps.find(({ gate }) => gate === tried.decision.gate)).toMatchObject({ answer: "deny" });
  expect(existsSync(join(w.cwd, "clean"))).toBe(false);
  expect(await api.auditLog(10)).toMatchObject([
    { tool: "Bash", title: "make test", verdict: "deny", outcome: "denied", rule: { text: "Bash(make *)" } },
  ]);

  await w.turn("read it", once);
  const { files } = await api.instructionFiles(w.session);
  expect(files.map(({ path, why }) => [path.slice(w.cwd.length + 1), why.replace(w.cwd, "")])).toEqual([
    ["CLAUDE.md", "at the start"],
    [join("deep", "CLAUDE.md"), "because /deep/a.txt was read"],
  ]);
  expect(files[0]).toMatchObject({ text: "Use tabs.", tokens: 3 });
});

test("a prompt says what its rules would have meant before; Recall finds what was said", async () => {
  const { w } = await started([
    reply.tool("Bash", { command: "make test" }),
    reply.text("done"),
    reply.tool("Bash", { command: "make test" }),
    reply.tool("Recall", { query: "purple elephant" }),
    reply.text("it was purple"),
  ]);
  await w.turn("remember the purple elephant", once);
  expect(w.events.find((event) => event.type === "approval_requested")?.approval.replay).toBeUndefined();
  const from = w.events.length;
  await w.turn("again", once);
  const asked = w.events.slice(from).find((event) => event.type === "approval_requested");
  expect(asked?.approval.replay).toMatchObject({ prompts: 1, saved: 1, refused: [] });
  const recalled = w.events.findLast((event) => event.type === "tool_finished");
  expect(recalled).toMatchObject({ name: "Recall", outcome: "ok" });
  expect(recalled && textOf(recalled.result.content)).toContain("remember the purple elephant");
});

test("settings that change under a running reply do not cut it off", async () => {
  const { w, api } = await started([reply.text("one two three four five six seven", { chunkMs: 60, chunkSize: 4 })]);
  await w.say("count");
  await w.until("delta");
  await api.settingsChanged({ model: "claude-sonnet-4-5", limits: { turnUsd: 3 }, generateTitles: false });
  expect(await w.until("turn_ended")).toMatchObject({ reason: "completed" });
  expect(w.events.filter((event) => event.type === "reply_discarded" || event.type === "request_waiting")).toEqual([]);
});

test("a conversation nobody has used yet follows the model of the settings; a used or chosen one does not", async () => {
  const { w, api } = await started([reply.text("Green.")]);
  const models = (): string[] => w.events.flatMap((event) => (event.type === "model_changed" ? [event.model] : []));
  await api.settingsChanged({ model: "anthropic/claude-haiku-4-5", generateTitles: false });
  expect(models()).toEqual(["anthropic/claude-haiku-4-5"]);
  await w.turn("which tea?");
  expect(server?.calls[0]?.body.model).toBe("claude-haiku-4-5");
  await api.settingsChanged({ model: "anthropic/claude-sonnet-4-5", generateTitles: false });
  expect(models()).toHaveLength(1);
  const other = await api.openSession({ cwd: w.cwd, roots: [w.cwd] });
  await api.submit({ op: "set_model", session: other.session, model: "anthropic/claude-opus-4-5" });
  await api.settingsChanged({ model: "anthropic/claude-haiku-4-5", generateTitles: false });
  const again = await api.openSession({ session: other.session, cwd: w.cwd, roots: [w.cwd] });
  expect(again.model).toBe("anthropic/claude-opus-4-5");
});

test("after a restart too: a conversation nobody has used keeps the model that was chosen for it, else it follows", async () => {
  const { w } = await started([]);
  const modelAfter = async (model?: string): Promise<string | undefined> => {
    if (model !== undefined) await world!.op({ op: "set_model", model });
    world = await world!.restart();
    return (await world.engine.openSession({ session: w.session, cwd: w.cwd, roots: [w.cwd] })).model;
  };
  await w.engine.settingsChanged({ model: "anthropic/claude-haiku-4-5", generateTitles: false });
  expect(await modelAfter()).toBe("anthropic/claude-sonnet-4-5");
  expect(await modelAfter("anthropic/claude-opus-4-5")).toBe("anthropic/claude-opus-4-5");
  expect(await modelAfter()).toBe("anthropic/claude-opus-4-5");
});

test("the person's own time limit sends a command to the background", async () => {
  const shown: unknown[] = [];
  const { w } = await started([reply.tool("Bash", { command: "echo on; sleep 9" }), reply.text("it goes on")], {
    settings: { commandTimeoutMs: 2_500 },
    host: { showCommand: async (view) => void shown.push(view) },
  });
  await w.turn("serve", once);
  const finished = w.events.find((event) => event.type === "tool_finished");
  expect(finished && textOf(finished.result.content)).toMatch(/on[^]*goes on in the background/);
  expect(shown).toMatchObject([{ session: w.session }, { background: true }]);
});
