import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, onTestFailed, test } from "vitest";
import { chatIn, PATIENCE, type Chat } from "../support/editor/chat";
import { killExtensionHost } from "../support/editor/extension-host";
import type { PackagedWorkbench } from "../support/editor/packaged-workbench";
import { openScripted, type ScriptedWorkbench } from "../support/editor/scripted-workbench";
import { insideWebview, openView, runCommand } from "../support/editor/workbench";
import { reply } from "../support/model-server/reply";
import type { ModelServer } from "../support/model-server/start-model-server";
import { lastSession, logFiles, ofType } from "../support/session-log";

// The same turn is cut off in three ways; each time the conversation is back and goes on.
let all: ScriptedWorkbench;
let model: ModelServer;
let stride: PackagedWorkbench;
let chat: Chat;

beforeAll(async () => {
  all = await openScripted();
  ({ model, stride, chat } = all);
});
afterEach(() => expect(model.problems.splice(0)).toEqual([]));
afterAll(() => all?.stop());

/** A turn whose command runs until something ends it. */
async function beginLongCommand(name: string): Promise<void> {
  onTestFailed(async () => void (await stride.shot(`resume-failed-${name}`)));
  model.push(reply.tool("Bash", { command: `touch ${name}.begun; sleep 600; touch ${name}.finished` }));
  await chat.send(`start ${name}`);
  await chat.asked(`touch ${name}.begun`);
  await chat.press("Allow Alt+A");
  await expect.poll(() => existsSync(join(stride.folder, `${name}.begun`)), { timeout: PATIENCE }).toBe(true);
}

async function back(name: string): Promise<void> {
  chat = await chatIn(stride.page, insideWebview(stride.page));
  await chat.panel.getByText(`start ${name}`).last().waitFor({ timeout: PATIENCE });
  await chat.panel.locator(".tool-interrupted", { hasText: name }).waitFor({ timeout: PATIENCE });
  await stride.shot(`resume-${name}`);
}

/** The model hears that the effect is unknown, and answers. */
async function goesOn(name: string): Promise<void> {
  model.push(reply.text(`I look at what ${name} has left.`));
  await chat.send("what now?");
  await chat.panel.getByText(`I look at what ${name} has left.`).waitFor({ timeout: PATIENCE });
  const sent = JSON.stringify(model.calls.at(-1)?.body.messages);
  expect(sent).toContain(`start ${name}`);
  expect(sent).toMatch(/interrupted|It was stopped/);
  expect(existsSync(join(stride.folder, `${name}.finished`))).toBe(false);
}

test("the engine is restarted in mid-turn by command: the conversation is back and goes on", async () => {
  await beginLongCommand("restart");
  await runCommand(stride.page, "Stride: Restart Engine");
  await back("restart");
  await goesOn("restart");
});

test("the window is reloaded in mid-turn: the conversation is back and goes on", async () => {
  await beginLongCommand("reload");
  await stride.page.reload();
  await stride.page.locator(".monaco-workbench").waitFor({ timeout: PATIENCE });
  if (
    !(await stride.page
      .locator("iframe.webview")
      .first()
      .waitFor({ timeout: 15_000 })
      .then(
        () => true,
        () => false,
      ))
  )
    await openView(stride.page, "Stride");
  await back("reload");
  await goesOn("reload");
});

test("the extension host is killed in mid-turn: nothing acknowledged is lost, the conversation is back and goes on", async () => {
  await beginLongCommand("kill");
  const [file] = logFiles(stride.home);
  const before = readFileSync(file!, "utf8");
  expect(killExtensionHost(stride.home)).toBe(1);
  const restart = stride.page.getByRole("button", { name: "Restart Extension Host" });
  await restart
    .first()
    .click({ timeout: 10_000 })
    .catch(() => stride.page.reload());
  await stride.page.locator(".monaco-workbench").waitFor({ timeout: PATIENCE });
  await back("kill");
  expect(readFileSync(file!, "utf8").startsWith(before)).toBe(true);
  await goesOn("kill");
  expect(logFiles(stride.home)).toHaveLength(1);
  const events = lastSession(stride.home);
  expect(
    ofType(events, "user_message")
      .map(({ message }) => JSON.stringify(message.content))
      .filter((text) => text.includes("start ")).length,
  ).toBe(3);
  expect(ofType(events, "session_resumed").at(-1)?.interrupted).toHaveLength(1);
});
