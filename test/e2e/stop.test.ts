import { globSync, readFileSync } from "node:fs";
import type { ElementHandle, JSHandle } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, onTestFailed, test } from "vitest";
import { PATIENCE, type Chat } from "../support/editor/chat";
import { openScripted, type ScriptedWorkbench } from "../support/editor/scripted-workbench";
import { reply } from "../support/model-server/reply";
import { lastSession, ofType } from "../support/session-log";

// A person presses Stop: from the click to the panel that says "Stopped", whatever was going on.
const TIMES = 3;
/** The goal is 200 ms on a machine of one's own; here several editors may share two cores. */
const BOUND_MS = 3_000;

let all: ScriptedWorkbench;
let chat: Chat;

beforeAll(async () => {
  all = await openScripted();
  ({ chat } = all);
});
afterEach(() => expect(all.model.problems.splice(0)).toEqual([]));
afterAll(() => all?.stop());

/** Presses Stop with the mouse; ms from the click until the button and the open question are gone and "Stopped" is drawn. */
async function stop(): Promise<number> {
  const body = (await chat.panel.locator("body").elementHandle()) as ElementHandle<HTMLElement>;
  const watch = await body.evaluateHandle(watchForStop);
  await chat.panel.getByRole("button", { name: "Stop", exact: true }).click({ timeout: PATIENCE });
  const ms = await measured(watch);
  await chat.ended();
  return ms;
}

/** Runs in the page: the click is timed where it arrives, the end when the frame with it was drawn. */
function watchForStop(body: HTMLElement): { stopped: Promise<number> } {
  const newest = (): number =>
    Number([...body.querySelectorAll(".row")].findLast((row) => row.querySelector(".footer-interrupted"))?.ariaPosInSet ?? 0);
  const before = newest();
  const pressed = new Promise<number>((resolve) =>
    body.addEventListener("click", () => resolve(performance.now()), { capture: true, once: true }),
  );
  const shown = new Promise<number>((resolve) => {
    const seen = new MutationObserver(() => {
      if (body.querySelector("button.stop, .prompt") || newest() <= before) return;
      seen.disconnect();
      requestAnimationFrame(() => resolve(performance.now()));
    });
    seen.observe(body, { childList: true, subtree: true });
  });
  return { stopped: Promise.all([pressed, shown]).then(([from, to]) => to - from) };
}

const measured = (watch: JSHandle<{ stopped: Promise<number> }>): Promise<number> => watch.evaluate(({ stopped }) => stopped);

async function timed(what: string, once: (round: number) => Promise<number>): Promise<void> {
  onTestFailed(async () => void (await all.stride.shot(`stop-failed-${what.replaceAll(" ", "-")}`)));
  const ms: number[] = [];
  for (let round = 0; round < TIMES; round++) ms.push(Math.round(await once(round)));
  console.info(`Stop during ${what}: ${ms.join(", ")} ms from the click to "Stopped"`);
  expect(Math.max(...ms)).toBeLessThan(BOUND_MS);
}

/** Processes of this machine whose command line has `text` in it. */
const running = (text: string): string[] =>
  globSync("/proc/[0-9]*/cmdline").flatMap((file) => {
    try {
      const line = readFileSync(file, "utf8").replaceAll("\0", " ");
      return line.includes(text) ? [line] : [];
    } catch {
      return [];
    }
  });

test("during a stream that stalls: the request is given up", () =>
  timed("a stalled stream", async () => {
    const silent = reply.broken(reply.text("Well, let me see, this is long"), { at: "text", how: "silence" });
    all.model.push(silent);
    const before = all.model.calls.length;
    await chat.send("think long");
    await chat.panel.locator("section.assistant", { hasText: "Well" }).last().waitFor({ timeout: PATIENCE });
    const ms = await stop();
    await expect.poll(() => all.model.calls[before]?.aborted, { timeout: 2_000 }).toBe(true);
    return ms;
  }));

test("during a command: its process and what it started are gone", () =>
  timed("a running command", async (round) => {
    const seconds = `30.${process.pid}${round}`;
    all.model.push(reply.tool("Bash", { command: `echo begun; sleep ${seconds} & sleep ${seconds}; echo never` }));
    await chat.send("wait");
    await chat.asked();
    await chat.press("Allow Alt+A");
    await chat.panel.locator(".tool-running pre", { hasText: /^begun/ }).waitFor({ timeout: PATIENCE });
    expect(running(`sleep ${seconds}`)).not.toEqual([]);
    const ms = await stop();
    await expect.poll(() => running(`sleep ${seconds}`), { timeout: 2_000, interval: 50 }).toEqual([]);
    expect(ofType(lastSession(all.stride.home), "tool_finished").at(-1)?.outcome).toBe("interrupted");
    return ms;
  }));

test("during an open question: it is withdrawn, and what it asked for does not happen", () =>
  timed("an open question", async (round) => {
    const file = `never-${round}.txt`;
    all.model.push(reply.tool("Bash", { command: `touch ${file}` }));
    await chat.send("make a file");
    await chat.asked();
    const ms = await stop();
    expect(globSync("never-*", { cwd: all.stride.folder })).toEqual([]);
    const events = lastSession(all.stride.home);
    expect(ofType(events, "approval_resolved").at(-1)?.by).toBe("interrupt");
    return ms;
  }));

test("the conversation goes on after it", async () => {
  all.model.push(reply.text("Here I am again."));
  await chat.send("still there?");
  await chat.ended();
  expect(await chat.panel.locator("section.assistant").last().innerText()).toBe("Here I am again.");
});
