import { mkdirSync } from "node:fs";
import { afterEach, describe, expect, test } from "vitest";
import type { AgentEvent } from "../../../src/shared/protocol/agent";
import type { PermissionsReport } from "../../../src/shared/protocol/explain";
import type { SessionSummary } from "../../../src/shared/protocol/host";
import type { SessionHit } from "../../../src/shared/protocol/session-search";
import { hasChromium, openPanel, record, snapshotOf, type PanelPage } from "./panel-page";
import { longSession, sampleApproval, sampleTurn } from "./sample-session";

let panel: PanelPage;
const shots = "test/e2e/out";
mkdirSync(shots, { recursive: true });

const frame = (n: number, events: AgentEvent[], from = 100) => ({
  type: "frame" as const,
  frame: n,
  events: events.map((event, i) => ({ seq: from + i, at: 1, event })),
});
const summary = (id: string, title: string, more: Partial<SessionSummary> = {}): SessionSummary => ({
  id,
  title,
  cwd: "/w",
  updatedAt: Date.now(),
  messages: 4,
  ...more,
});
const hit = (seq: number, snippet: string): SessionHit => ({
  session: "s",
  title: "Fix the crash",
  cwd: "/w",
  seq,
  at: 1,
  snippet,
});
const summarised: AgentEvent = {
  type: "context_reduced",
  turn: "t",
  level: 5,
  freedTokens: 48_200,
  detail: {
    kind: "summarised",
    id: "v1",
    upTo: "a2",
    summary: {
      id: "v1",
      role: "user",
      content: [{ type: "text", text: "1. What the user wants\nA parser that does not throw." }],
    },
    restored: [],
    kept: [],
  },
};

describe.skipIf(!hasChromium)("the views of the panel in a real browser", { timeout: 60_000 }, () => {
  afterEach(async () => {
    expect(panel.outside).toEqual([]);
    expect(panel.errors).toEqual([]);
    await panel.close();
  });

  test("history: search, rename, archive, export, delete with undo", async () => {
    panel = await openPanel("dark");
    await panel.send({ type: "snapshot", frame: 1, state: snapshotOf(record(sampleTurn)) });
    await panel.page.click(".header-title");
    await expect.poll(async () => (await panel.posted("list_sessions")).length).toBe(1);
    const sessions = [summary("s", "Fix the crash"), summary("s2", "Write the docs"), summary("s3", "Old", { archived: true })];
    await panel.send({ type: "sessions", sessions });
    await expect.poll(() => panel.page.locator(".session-row").count()).toBe(2);
    const docs = panel.page.locator(".session-row", { hasText: "Write the docs" });
    await docs.getByLabel("Rename").click();
    await panel.page.getByLabel("New title").fill("Write the manual");
    await panel.page.keyboard.press("Enter");
    await docs.getByLabel("Archive").click();
    await docs.getByLabel("Export").click();
    await docs.getByLabel("Delete").click();
    expect(await panel.posted("rename_session")).toEqual([{ type: "rename_session", session: "s2", title: "Write the manual" }]);
    expect(await panel.posted("archive_session")).toEqual([{ type: "archive_session", session: "s2", archived: true }]);
    expect(await panel.posted("export_session")).toEqual([{ type: "export_session", session: "s2" }]);
    expect(await panel.posted("delete_session")).toEqual([{ type: "delete_session", session: "s2" }]);
    await panel.page.screenshot({ path: `${shots}/panel-history-dark.png` });
    await panel.page.getByRole("button", { name: "Undo" }).click();
    expect(await panel.posted("undo_delete")).toEqual([{ type: "undo_delete", session: "s2" }]);
    await panel.page.getByLabel("Search conversations").fill("parser");
    await expect.poll(async () => (await panel.posted("search")).at(-1)).toMatchObject({ query: "parser", scope: "all" });
    const { id } = (await panel.posted("search")).at(-1)!;
    await panel.send({ type: "search_results", id, complete: true, hits: [hit(5, "look at the parser first")] });
    expect(await panel.page.locator(".hits mark").innerText()).toBe("parser");
    await panel.page.locator(".hits .session").click();
    expect(await panel.posted("open_hit")).toEqual([{ type: "open_hit", session: "s", seq: 5 }]);
    expect(await panel.page.locator(".transcript").count()).toBe(1);
  });

  test("a jump loads what is missing and leads to the row", async () => {
    panel = await openPanel("dark");
    const events = longSession(400);
    await panel.send({ type: "snapshot", frame: 1, state: snapshotOf(events.slice(300)) });
    await panel.page.waitForSelector(".row");
    await panel.send({ type: "jump", seq: 41 });
    await expect
      .poll(async () => (await panel.posted("load_before")).at(-1))
      .toEqual({ type: "load_before", seq: 301, from: 21 });
    await panel.send({ type: "earlier", from: 21, events: events.slice(20, 300) });
    await panel.page.waitForSelector(".row-found");
    expect(await panel.page.locator(".row-found").innerText()).toContain("Question 20");
    const box = await panel.page.locator(".row-found").boundingBox();
    const list = await panel.page.locator(".transcript").boundingBox();
    expect(Math.abs(box!.y - list!.y)).toBeLessThan(40);
  });

  test("compaction is a diff that can be taken back, once", async () => {
    panel = await openPanel("dark");
    await panel.send({ type: "snapshot", frame: 1, state: snapshotOf(record(sampleTurn)) });
    await panel.page.waitForSelector(".row");
    await panel.send(frame(2, [summarised]));
    const card = panel.page.locator(".compaction");
    await card.locator(".mark-head").click();
    expect(await card.locator(".went").innerText()).toContain("The server crashes when the body is empty.");
    expect(await card.locator(".stays").innerText()).toContain("A parser that does not throw.");
    expect(await card.innerText()).toContain("48k tokens freed");
    await panel.page.screenshot({ path: `${shots}/panel-compaction-dark.png` });
    await card.getByRole("button", { name: "Undo" }).click();
    expect(await panel.posted("undo_compaction")).toHaveLength(1);
    await panel.send(frame(3, [{ type: "context_restored", turn: "t", level: 5, id: "v1" }], 101));
    await expect.poll(() => card.getByRole("button", { name: "Undo" }).count()).toBe(0);
    expect(await card.innerText()).toContain("taken back");
  });

  test("a message and a result are pinned, stay so in the card, and can be let go there", async () => {
    panel = await openPanel("dark");
    await panel.send({ type: "snapshot", frame: 1, state: snapshotOf(record(sampleTurn)) });
    await panel.page.locator(".row-user").first().getByRole("button", { name: "Keep word for word" }).click();
    await panel.page.locator(".row-tool").first().getByRole("button", { name: "Keep word for word" }).click();
    expect(await panel.posted("keep")).toEqual([
      { type: "keep", target: "u1", kept: true },
      { type: "keep", target: "c1", kept: true },
    ]);
    const kept = (target: string, on: boolean): AgentEvent => ({ type: "kept_changed", target, kept: on });
    await panel.send(frame(2, [kept("u1", true), kept("c1", true), summarised]));
    await expect.poll(() => panel.page.locator(".row-user .keep.kept, .row-tool .keep.kept").count()).toBe(2);
    const card = panel.page.locator(".compaction");
    await card.locator(".mark-head").click();
    const list = card.locator(".kept-list li");
    expect(await list.allInnerTexts()).toEqual([
      "The server crashes when the body is empty. Fix it and run the tests.",
      "Read src/parse.ts",
    ]);
    expect(await card.locator(".went .keep").first().getAttribute("aria-pressed")).toBe("true");
    await list.last().scrollIntoViewIfNeeded();
    await panel.page.screenshot({ path: `${shots}/panel-kept-dark.png` });
    await list.last().getByRole("button").click();
    expect((await panel.posted("keep")).at(-1)).toEqual({ type: "keep", target: "c1", kept: false });
    await panel.send(frame(3, [kept("c1", false)], 200));
    await expect.poll(() => list.count()).toBe(1);
    expect(await list.first().getByRole("button").getAttribute("aria-pressed")).toBe("true");
  });

  test("the meter opens to what fills the window", async () => {
    panel = await openPanel("light");
    await panel.send({ type: "snapshot", frame: 1, state: snapshotOf(record(sampleTurn)) });
    await panel.page.waitForSelector(".row");
    const sources = { system: 4_000, results: 90_000, instructions: 3_000, messages: 23_000 };
    const measured: AgentEvent = { type: "context_measured", turn: "t", tokens: 120_000, window: 200_000, sources };
    await panel.send({ type: "frame", frame: 2, events: [{ seq: 0, at: 1, event: measured }] });
    await panel.page.click(".meter");
    const lines = await panel.page.locator(".breakdown li").allInnerTexts();
    expect(lines[0]).toMatch(/Results of tools\s*90k/);
    expect(lines).toHaveLength(4);
    await panel.page.screenshot({ path: `${shots}/panel-meter-light.png` });
    await panel.page.getByRole("button", { name: "Compact now" }).click();
    expect(await panel.posted("compact")).toHaveLength(1);
    expect(await panel.page.locator(".breakdown").count()).toBe(0);
  });

  test("permissions: rules with their places and hits, dead ones, and the path of a tried command", async () => {
    panel = await openPanel("dark", { width: 440, height: 1000 });
    await panel.send({ type: "snapshot", frame: 1, state: snapshotOf(record(sampleTurn)) });
    await panel.send({ type: "view", view: "permissions" });
    await expect.poll(async () => (await panel.posted("get_permissions")).length).toBe(1);
    await panel.send({ type: "permissions", report });
    const dead = panel.page.locator(".line.dead");
    expect(await dead.innerText()).toContain("deny rule Bash(npm *) (/w/.claude/settings.json:4) comes first");
    await panel.page.getByText("/w/.claude/settings.json:4").first().click();
    expect(await panel.posted("open_file")).toEqual([{ type: "open_file", path: "/w/.claude/settings.json", line: 4 }]);
    await panel.page.getByLabel("What to try; it is not run").fill("npm test && curl x");
    await panel.page.keyboard.press("Enter");
    const [asked] = await panel.posted("explain_call");
    expect(asked).toMatchObject({ call: { kind: "command", text: "npm test && curl x" } });
    const { decision } = sampleApproval;
    const steps = [{ gate: "shell" as const, answer: "ask" as const, because: decision.reason }];
    const explanation = {
      decision,
      steps,
      parts: [
        { text: "npm test", asked: false },
        { text: "curl x", asked: true },
      ],
    };
    await panel.send({ type: "explained", id: asked!.id, explanation });
    expect(await panel.page.locator(".path").innerText()).toContain("Asks you first");
    expect(await panel.page.locator(".path mark").innerText()).toBe("curl x");
    await panel.page.screenshot({ path: `${shots}/panel-permissions-dark.png` });
  });

  test("instruction files: why, tokens, text; skipped ones with the reason", async () => {
    panel = await openPanel("dark");
    await panel.send({ type: "snapshot", frame: 1, state: snapshotOf(record(sampleTurn)) });
    await panel.send({ type: "view", view: "instructions" });
    await expect.poll(async () => (await panel.posted("get_instructions")).length).toBe(1);
    const file = { path: "/w/CLAUDE.md", scope: "project" as const, why: "at the start", tokens: 1200, text: "Use tabs." };
    await panel.send({
      type: "instructions",
      report: { files: [file], skipped: [{ path: "/etc/x.md", reason: "larger than 4 MiB" }] },
    });
    const view = panel.page.locator(".view");
    expect(await view.innerText()).toMatch(/CLAUDE\.md[^]*1\.2k tokens[^]*project, loaded at the start[^]*larger than 4 MiB/);
    await panel.page.getByLabel("Show its text").click();
    expect(await view.innerText()).toContain("Use tabs.");
  });

  test("a lasting answer shows what it would have meant before", async () => {
    panel = await openPanel("dark");
    await panel.send({ type: "snapshot", frame: 1, state: snapshotOf([], { running: true }) });
    const replay = { prompts: 40, saved: 12, refused: ["npm test --watch"], others: ["npm test -- --update"] };
    const approval = { ...sampleApproval, replay };
    await panel.send(frame(2, [{ type: "approval_requested", turn: "t", approval }], 1));
    const shown = await panel.page.locator(".replay").innerText();
    expect(shown).toContain("saved 12 of the last 40 questions");
    expect(shown).toMatch(/You had refused these:\s*npm test --watch/);
  });

  test("fork: the place before the message, and its words to change", async () => {
    panel = await openPanel("dark");
    await panel.send({ type: "snapshot", frame: 1, state: snapshotOf(record(sampleTurn)) });
    await panel.page.hover(".user");
    await panel.page.getByLabel("Fork from here").click();
    expect(await panel.posted("fork")).toEqual([
      { type: "fork", seq: 2, text: "The server crashes when the body is empty. Fix it and run the tests." },
    ]);
  });

  test("a queued message comes back to be edited with its picture, and goes out whole again", async () => {
    panel = await openPanel("dark");
    const picture = { type: "image" as const, mediaType: "image/png", data: "iVBORw0KGgo=" };
    const content = [picture, { type: "text" as const, text: "like this +500k", origin: "user" as const }];
    const queued = [{ id: "q1", delivery: "queue" as const, content }];
    await panel.send({ type: "snapshot", frame: 1, state: snapshotOf([], { running: true, queued }) });
    await panel.page.getByLabel("Edit queued message").click();
    expect(await panel.posted("edit_queued")).toEqual([{ type: "edit_queued", id: "q1", content: null }]);
    expect(await panel.page.locator(".chip").count()).toBe(1);
    expect(await panel.page.locator(".composer-hint").innerText()).toContain("500k tokens");
    await panel.page.locator(".composer textarea").press("Alt+Enter");
    const [sent] = await panel.posted("send");
    expect(sent).toMatchObject({ content, delivery: "steer" });
  });

  test("status changes what stands around the conversation, and an engine that is gone runs nothing", async () => {
    panel = await openPanel("dark");
    await panel.send({
      type: "snapshot",
      frame: 1,
      state: snapshotOf(record(sampleTurn.slice(0, 4)), { running: true, hasKey: false }),
    });
    await panel.page.waitForSelector(".status");
    await panel.send({ type: "status", hasKey: true });
    await expect.poll(() => panel.page.locator(".banner").count()).toBe(0);
    await panel.send({ type: "status", engine: { state: "restarting", attempt: 1, why: "it ended" } });
    await expect.poll(() => panel.page.locator(".banner").innerText()).toContain("being restarted, attempt 1");
    expect(await panel.page.locator(".status").count()).toBe(0);
    const models = [{ id: "anthropic/claude-sonnet", provider: "anthropic", name: "Sonnet, the model" }];
    await panel.send({ type: "status", engine: { state: "ready" }, models });
    await expect.poll(() => panel.page.locator('[title^="Model: "]').innerText()).toBe("Sonnet, the model");
  });
});

const report: PermissionsReport = {
  mode: "default",
  trusted: true,
  counted: 120,
  warnings: [],
  sources: [
    { scope: "project", file: "/w/.claude/settings.json", exists: true },
    { scope: "user", file: "/home/me/.claude/settings.json", exists: false },
  ],
  rules: [
    { list: "deny", text: "Bash(npm *)", scope: "project", source: "/w/.claude/settings.json", line: 4, hits: 3 },
    {
      list: "allow",
      text: "Bash(npm test)",
      scope: "local",
      source: "/w/.claude/settings.local.json",
      line: 2,
      hits: 0,
      dead: "deny rule Bash(npm *) (/w/.claude/settings.json:4) comes first",
    },
  ],
} satisfies PermissionsReport;
