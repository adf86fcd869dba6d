import { mkdirSync } from "node:fs";
import { afterEach, describe, expect, test } from "vitest";
import type { AgentEvent } from "../../../src/shared/protocol/agent";
import { answer } from "./markdown-samples";
import { chromiumPath, hasChromium, openPanel, record, snapshotOf, type PanelPage } from "./panel-page";
import { longSession, sampleApproval, sampleTurn } from "./sample-session";

if (!hasChromium)
  console.warn(`\n*** SKIPPED: the panel was not tested in a browser, there is no ${chromiumPath} (set CHROMIUM) ***\n`);

let panel: PanelPage;
const shots = "test/e2e/out";
mkdirSync(shots, { recursive: true });

const delta = (text: string, request = "r9"): { seq: number; at: number; event: AgentEvent } => ({
  seq: 0,
  at: Date.now(),
  event: { type: "delta", turn: "t9", request, block: 0, kind: "text", text },
});

describe.skipIf(!hasChromium)("the panel in a real browser", { timeout: 60_000 }, () => {
  afterEach(async () => {
    expect(panel.outside).toEqual([]);
    expect(panel.errors).toEqual([]);
    await panel.close();
  });

  for (const theme of ["dark", "light", "contrast"] as const) {
    test(`a turn with all its parts, ${theme}`, async () => {
      panel = await openPanel(theme, { width: 440, height: 1500 });
      await panel.page.screenshot({ path: `${shots}/panel-start-${theme}.png` });
      await panel.send({ type: "snapshot", frame: 1, state: snapshotOf(record(sampleTurn)) });
      await panel.page.waitForSelector(".hl-keyword");
      expect(await panel.page.locator(".diff-row.diff-added").count()).toBe(6);
      expect(await panel.page.locator(".diff .path-button").innerText()).toBe("src/parse.ts");
      expect(await panel.page.locator(".diff .path-button").getAttribute("title")).toBe("/w/src/parse.ts");
      expect(await panel.page.locator(".footer-line").innerText()).toContain("$0.021");
      expect(await panel.page.locator("[aria-label='Stride'] a, [href]:not(link)").count()).toBe(0);
      await panel.page.screenshot({ path: `${shots}/panel-turn-${theme}.png` });
      await panel.send({
        type: "frame",
        frame: 2,
        events: [{ seq: 100, at: 1, event: { type: "approval_requested", turn: "t", approval: sampleApproval } }],
      });
      await panel.page.waitForSelector(".prompt");
      await panel.page.screenshot({ path: `${shots}/panel-prompt-${theme}.png` });
    });
  }

  test("starts with a ready, shows the empty state, gives one credit a frame and re-syncs on a gap", async () => {
    panel = await openPanel("dark");
    expect(await panel.posted("ready")).toEqual([{ type: "ready", have: null, draft: "" }]);
    await panel.send({ type: "snapshot", frame: 1, state: snapshotOf([], { hasKey: false, trusted: false }) });
    await panel.page.waitForSelector(".suggestion");
    await panel.page.screenshot({ path: `${shots}/panel-empty-dark.png` });
    expect(await panel.page.locator(".banner").count()).toBe(2);
    await expect.poll(async () => (await panel.posted("next_frame")).length).toBe(1);
    await panel.send({ type: "frame", frame: 2, events: [delta("hello")] });
    await expect.poll(async () => (await panel.posted("next_frame")).length).toBe(2);
    await panel.send({ type: "frame", frame: 4, events: [delta("lost")] });
    await expect.poll(async () => (await panel.posted("ready")).length).toBe(2);
    expect(await panel.page.locator(".transcript").innerText()).toContain("hello");
    expect(await panel.page.locator(".transcript").innerText()).not.toContain("lost");
  });

  test("streams 30 KB without a long task and stays at the end", async () => {
    panel = await openPanel("dark");
    await panel.send({ type: "snapshot", frame: 1, state: snapshotOf([], { running: true }) });
    const text = answer(30_000);
    const figures = await panel.page.evaluate(async (whole) => {
      const long: number[] = [];
      new PerformanceObserver((list) => list.getEntries().forEach((one) => long.push(one.duration))).observe({
        entryTypes: ["longtask"],
      });
      let frame = 2;
      const started = performance.now();
      for (let at = 0; at < whole.length; at += 120, frame++) {
        const event = { type: "delta", turn: "t", request: "r", block: 0, kind: "text", text: whole.slice(at, at + 120) };
        window.postMessage({ type: "frame", frame, events: [{ seq: 0, at: Date.now(), event }] }, "*");
        await new Promise(requestAnimationFrame);
      }
      const list = document.querySelector(".transcript")!;
      const isAtEnd = (): boolean => list.scrollHeight - list.scrollTop - list.clientHeight < 4;
      for (let tries = 0; tries < 50 && (tries < 2 || !isAtEnd()); tries++) await new Promise((done) => setTimeout(done, 100));
      return {
        ms: performance.now() - started,
        frames: frame - 2,
        long: long.length,
        worst: Math.max(0, ...long),
        gap: list.scrollHeight - list.scrollTop - list.clientHeight,
      };
    }, text);
    console.info(
      `30 KB streamed: ${figures.frames} frames in ${Math.round(figures.ms)} ms, longest task ${Math.round(figures.worst)} ms`,
    );
    expect(figures.gap).toBeLessThan(4);
    expect(await panel.page.locator(".md").innerText()).toContain("The reader keeps its buffer");
    expect(figures.long).toBeLessThan(figures.frames * 0.1);
  });

  test("the newest part of 10,000 messages, as the host sends it, is there at once", async () => {
    panel = await openPanel("dark");
    const ms = await panel.page.evaluate(
      async (state) => {
        await new Promise((resolve) => setTimeout(resolve, 200));
        const started = performance.now();
        window.postMessage({ type: "snapshot", frame: 1, state }, "*");
        await new Promise((resolve) => window.addEventListener("message", resolve, { once: true }));
        while (!document.querySelector(".row")) await new Promise(requestAnimationFrame);
        return performance.now() - started;
      },
      snapshotOf(longSession(10_000).slice(-400)),
    );
    console.info(`400 of 10,000 messages: ${Math.round(ms)} ms to the first row`);
    expect(ms).toBeLessThan(1_500);
    await panel.page.waitForFunction(() => {
      const list = document.querySelector(".transcript")!;
      const top = document.querySelector(".row")!.getBoundingClientRect().top;
      const gap = list.scrollHeight - list.scrollTop - list.clientHeight;
      return gap < 4 && list.getBoundingClientRect().top - top > 100;
    });
    expect(await panel.page.locator(".transcript").innerText()).toContain("Question 4999");
  });

  test("10,000 messages open with few nodes; 5,000 events in one frame are drawn", async () => {
    panel = await openPanel("dark");
    const events = longSession(10_000);
    const ms = await panel.page.evaluate(async (state) => {
      const started = performance.now();
      window.postMessage({ type: "snapshot", frame: 1, state }, "*");
      while (!document.querySelector(".row")) await new Promise(requestAnimationFrame);
      return performance.now() - started;
    }, snapshotOf(events));
    await panel.page.waitForFunction(() => document.querySelector(".transcript")?.textContent?.includes("Question 4999"));
    await panel.page.waitForTimeout(300);
    const nodes = await panel.page.evaluate(() => document.querySelectorAll("*").length);
    console.info(`10,000 messages: ${Math.round(ms)} ms to the first row, ${nodes} nodes, main.js ${panel.bytes} bytes`);
    expect(nodes).toBeLessThan(1500);
    expect(await panel.page.locator(".transcript").innerText()).toContain("Question 4999");
    const burst = Array.from({ length: 5000 }, (_, i) => delta(`word${i} `, "burst"));
    await panel.send({ type: "frame", frame: 2, events: burst });
    await panel.page.waitForFunction(() => document.querySelector(".transcript")?.textContent?.includes("word4999"));
    await panel.page.evaluate(() => document.querySelector(".transcript")!.scrollTo(0, 200_000));
    await panel.page.waitForSelector(".to-end");
    const middle = await panel.page.locator(".transcript").innerText();
    expect(middle).not.toContain("word4999");
    await panel.page.click(".to-end");
    await panel.page.waitForFunction(() => document.querySelector(".transcript")?.textContent?.includes("word4999"));
  });

  test("earlier messages are asked for and put in front without moving the reader", async () => {
    panel = await openPanel("dark");
    const events = longSession(200);
    await panel.send({ type: "snapshot", frame: 1, state: snapshotOf(events.slice(100)) });
    await panel.page.waitForSelector(".row");
    await panel.page.evaluate(() => document.querySelector(".transcript")!.scrollTo(0, 0));
    await expect.poll(async () => (await panel.posted("load_before"))[0]?.seq).toBe(101);
    await panel.page.waitForFunction(() => document.querySelector(".transcript")?.textContent?.includes("Question 50"));
    await panel.send({ type: "earlier", from: 51, events: events.slice(50, 100) });
    await panel.page.waitForFunction(() => document.querySelector(".transcript")!.scrollTop > 1000);
  });

  test("approval: Deny has the focus, an early Enter is ignored, a later one counts once", async () => {
    panel = await openPanel("dark");
    await panel.send({ type: "snapshot", frame: 1, state: snapshotOf([], { running: true }) });
    await panel.send({
      type: "frame",
      frame: 2,
      events: [{ seq: 1, at: 1, event: { type: "approval_requested", turn: "t", approval: sampleApproval } }],
    });
    await panel.page.waitForSelector(".prompt");
    expect(await panel.page.evaluate(() => document.activeElement?.textContent)).toContain("Deny");
    await panel.page.keyboard.press("Enter");
    expect(await panel.posted("answer_approval")).toEqual([]);
    const shown = await panel.page.locator(".prompt").innerText();
    for (const part of ["U+202E", "outside workspace", "symlink", "/home/me/secret/.env", "High risk", "Bash(npm test)"])
      expect(shown).toContain(part);
    await panel.page.waitForTimeout(550);
    await panel.page.keyboard.press("Escape");
    expect(await panel.posted("answer_approval")).toEqual([]);
    await panel.page.fill(".prompt .field", "use the script");
    await panel.page.keyboard.press("Alt+d");
    await panel.page.keyboard.press("Alt+a");
    expect(await panel.posted("answer_approval")).toEqual([
      { type: "answer_approval", id: "ap1", answer: { verdict: "deny", comment: "use the script" } },
    ]);
  });

  test("composer: sends, steers, mentions files, takes five megabytes of text without freezing", async () => {
    panel = await openPanel("dark");
    await panel.send({ type: "snapshot", frame: 1, state: snapshotOf([], { running: true }) });
    const area = panel.page.locator(".composer textarea");
    await area.fill("see @pa");
    await expect.poll(async () => (await panel.posted("search_files")).at(-1)?.query).toBe("pa");
    const id = (await panel.posted("search_files")).at(-1)!.id;
    await panel.send({ type: "files", id, paths: ["src/parse.ts", "src/page.ts"] });
    await panel.page.waitForSelector(".mentions");
    await area.press("ArrowDown");
    await area.press("Enter");
    expect(await area.inputValue()).toBe("see @src/page.ts ");
    await area.press("Alt+Enter");
    const ms = await area.evaluate((element) => {
      const started = performance.now();
      const data = new DataTransfer();
      data.setData("text/plain", "0123456789 abcdef\n".repeat(290_000));
      element.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
      return performance.now() - started;
    });
    await panel.page.waitForSelector(".chip");
    await area.press("Enter");
    const [steer, paste] = await panel.posted("send");
    expect(steer).toMatchObject({ delivery: "steer", content: [{ type: "text", text: "see @src/page.ts " }] });
    expect(paste!.content[0]).toMatchObject({ type: "text" });
    expect(JSON.stringify(paste!.content).length).toBeGreaterThan(5_000_000);
    expect(ms).toBeLessThan(2_500);
  });
});
