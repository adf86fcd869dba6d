import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test, vi } from "vitest";
import { Conversations } from "../../../src/host/conversations";
import { EngineThread } from "../../../src/host/engine-thread";
import { PanelBridge } from "../../../src/host/panel/panel-bridge";
import { startWorker } from "../../../src/host/worker-transport";
import type { Op } from "../../../src/shared/protocol/agent";
import type { EngineHealth, PanelEvent, ToPanel } from "../../../src/shared/protocol/view";

const fixture = join(import.meta.dirname, "../../host/fixtures/engine.mjs");
const cleanups: (() => Promise<void> | void)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** A real worker thread behind the real supervision, and what it told. */
function setUp(env: Record<string, string> = {}) {
  const folder = mkdtempSync(join(tmpdir(), "stride-thread-"));
  const logFile = join(folder, "log");
  const health: EngineHealth[] = [];
  let starts = 0;
  const thread = new EngineThread({
    start: () => {
      starts += 1;
      return startWorker({ file: fixture, env: { FIXTURE_LOG: logFile, ...env }, maxMemoryMb: 64, log: () => {} });
    },
    hostApi: {},
    options: () => ({
      stateDir: folder,
      version: "0",
      trusted: true,
      settings: { model: "practice" },
      paths: { broker: "", node: "" },
    }),
    onStarted: (engine) => conversations.reopen(engine),
    onEvents: (batches) => conversations.route(batches),
    onHealth: (one) => {
      health.push(one);
      conversations.health(one);
    },
    log: () => {},
    heartbeatMs: 60,
  });
  const statuses: string[] = [];
  const conversations: Conversations = new Conversations({
    thread,
    workspace: () => ({ cwd: "/", roots: [] }),
    defaults: () => ({ model: "practice", mode: "default" }),
    onStatus: (_, status) => statuses.push(status.waiting.length > 0 ? "waiting" : status.running ? "running" : "idle"),
    log: () => {},
  });
  cleanups.push(
    () => rmSync(folder, { recursive: true, force: true }),
    () => thread.shutdown(),
  );
  const states = (): string[] => health.map(({ state }) => state);
  return {
    thread,
    conversations,
    health,
    states,
    statuses,
    starts: () => starts,
    log: () => readFileSync(logFile, "utf8").trim().split("\n"),
  };
}

function openPanel(conversations: Conversations, trusted = true) {
  const sent: ToPanel[] = [];
  let visible = true;
  const bridge = new PanelBridge({
    webview: { post: (message) => sent.push(message), visible: () => visible },
    conversations,
    surroundings: async () => ({ models: [], trusted, hasKey: false, engine: { state: "ready" }, draft: "" }),
    trusted: () => trusted,
    onMessage: () => {},
    onSession: () => {},
    log: () => {},
  });
  cleanups.push(() => bridge.dispose());
  const of = <T extends ToPanel["type"]>(type: T): Extract<ToPanel, { type: T }>[] =>
    sent.filter((one): one is Extract<ToPanel, { type: T }> => one.type === type);
  return { bridge, sent, of, hide: () => ((visible = false), bridge.hidden()), show: () => (visible = true) };
}

const say = (text: string, id = text): Op => ({
  op: "user_turn",
  session: "fixture",
  id,
  content: [{ type: "text", text }],
  delivery: "queue",
});
const texts = (events: PanelEvent[]): string => events.map(({ event }) => (event.type === "delta" ? event.text : "")).join("");
const ready = { type: "ready", have: null, draft: "" };

test("nothing is started before it is needed, and then once", async () => {
  const { thread, starts, states } = setUp();
  expect([starts(), thread.running]).toEqual([0, false]);
  await Promise.all([thread.engine(), thread.engine()]);
  expect([starts(), states()]).toEqual([1, ["starting", "ready"]]);
});

test("a dead engine comes back, and the open session with it", async () => {
  const { conversations, starts, states, log } = setUp();
  const panel = openPanel(conversations);
  panel.bridge.receive(ready);
  await vi.waitFor(() => expect(panel.of("snapshot")).toHaveLength(1));
  const problem = await conversations.submit(say("die"));
  expect(problem?.next).toContain("Restart Engine");
  await vi.waitFor(() => expect(panel.of("snapshot")).toHaveLength(2), 5_000);
  expect([starts(), states()]).toEqual([2, ["starting", "ready", "restarting", "ready"]]);
  const seen = panel.of("snapshot")[1]!.state.events.map(({ seq, event }) => `${seq} ${event.type}`);
  expect(seen).toEqual(["1 session_started", "2 user_message"]);
  expect(log()).toHaveLength(2);
  expect(await conversations.submit(say("again"))).toBeNull();
});

test("an engine that hangs is ended and started again", async () => {
  const { thread, conversations, states } = setUp();
  await thread.engine();
  void conversations.submit(say("hang"));
  await vi.waitFor(() => expect(states()).toEqual(["starting", "ready", "restarting", "ready"]), 5_000);
});

test("after three restarts in a minute it stays down until the person restarts it", async () => {
  const { thread, conversations, health, states, starts } = setUp();
  for (let life = 0; life < 4; life++) {
    await thread.engine();
    await conversations.submit(say("die", `die${life}`));
  }
  await vi.waitFor(() => expect(states().at(-1)).toBe("down"), 5_000);
  expect(health.at(-1)).toMatchObject({
    why: expect.stringContaining("4 times"),
    next: expect.stringContaining("Restart engine"),
  });
  await expect(thread.engine()).rejects.toThrow("Restart engine");
  expect(starts()).toBe(4);
  await thread.restart();
  expect([starts(), thread.health.state]).toEqual([5, "ready"]);
}, 20_000);

test("an engine that cannot start is given up with a reason", async () => {
  const { thread, health } = setUp({ FIXTURE_FAIL: "1" });
  await expect(thread.engine()).rejects.toThrow("cannot start");
  await vi.waitFor(
    () => expect(health.at(-1)).toMatchObject({ state: "down", why: expect.stringContaining("cannot start") }),
    5_000,
  );
});

test("shutdown ends the thread and nothing starts it again", async () => {
  const { thread, starts } = setUp();
  await thread.engine();
  await thread.shutdown();
  await expect(thread.engine()).rejects.toThrow("shutting down");
  expect(starts()).toBe(1);
});

test("the panel gets one frame for a credit, with deltas joined", async () => {
  const { conversations } = setUp();
  const panel = openPanel(conversations);
  panel.bridge.receive(ready);
  await vi.waitFor(() => expect(panel.of("snapshot")).toHaveLength(1));
  await conversations.submit(say("hi"));
  expect(panel.of("frame")).toEqual([]);
  panel.bridge.receive({ type: "next_frame" });
  panel.bridge.receive({ type: "next_frame" });
  const frames = panel.of("frame");
  expect(frames).toHaveLength(1);
  expect(frames[0]!.frame).toBe(2);
  expect(frames[0]!.events.map(({ event }) => event.type)).toEqual(["user_message", "turn_started", "delta", "turn_ended"]);
  expect(texts(frames[0]!.events)).toBe("hello");
});

test("a hidden panel gets nothing, gathers nothing, and one snapshot when it is shown", async () => {
  const { conversations } = setUp();
  const panel = openPanel(conversations);
  panel.bridge.receive(ready);
  await vi.waitFor(() => expect(panel.of("snapshot")).toHaveLength(1));
  panel.hide();
  const before = panel.sent.length;
  await conversations.submit(say("hi"));
  expect([panel.sent.length, panel.bridge.gathered]).toEqual([before, 0]);
  panel.show();
  panel.bridge.receive({ type: "ready", have: { session: "fixture", seq: 1 }, draft: "" });
  await vi.waitFor(() => expect(panel.of("snapshot")).toHaveLength(2));
  expect(panel.of("snapshot")[1]!.state.events.map(({ seq }) => seq)).toEqual([1, 2, 3, 4]);
});

test("a folder that is not trusted starts no engine", async () => {
  const { conversations, starts } = setUp();
  const panel = openPanel(conversations, false);
  panel.bridge.receive(ready);
  await vi.waitFor(() => expect(panel.of("snapshot")).toHaveLength(1));
  expect([panel.of("snapshot")[0]!.state.trusted, starts()]).toEqual([false, 0]);
});

test("text for the composer waits until the panel is there", async () => {
  const { conversations } = setUp();
  const panel = openPanel(conversations);
  panel.bridge.insert("@a.ts ", true);
  expect(panel.sent).toEqual([]);
  panel.bridge.receive(ready);
  await vi.waitFor(() => expect(panel.of("insert")).toEqual([{ type: "insert", text: "@a.ts ", focus: true }]));
});

test("status follows the events: running, waiting for the person, idle", async () => {
  const { conversations, statuses } = setUp();
  await conversations.open(undefined);
  await conversations.submit(say("ask"));
  await vi.waitFor(() => expect(statuses.at(-1)).toBe("waiting"));
});
