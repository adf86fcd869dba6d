import { afterAll, afterEach, beforeAll, expect, onTestFailed, test } from "vitest";
import { chatIn, PATIENCE, type Chat } from "../support/editor/chat";
import type { PackagedWorkbench } from "../support/editor/packaged-workbench";
import { openScripted, type ScriptedWorkbench } from "../support/editor/scripted-workbench";
import { insideWebview, openFile, pressUntil, runCommand } from "../support/editor/workbench";
import { reply } from "../support/model-server/reply";
import type { ModelServer } from "../support/model-server/start-model-server";

// Everything a person reaches without typing into the chat.
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

const shotOnFailure = (name: string): void => onTestFailed(async () => void (await stride.shot(`commands-failed-${name}`)));
const quickPick = () => stride.page.locator(".quick-input-widget");

/** Selects the first line of src/price.js. */
async function selectLine(): Promise<void> {
  await openFile(stride.page, "price.js");
  await stride.page.locator(".editor-instance .view-lines").first().click();
  await stride.page.keyboard.press("Control+Home");
  await stride.page.keyboard.press("Shift+ArrowDown");
}

async function goToProblem(): Promise<void> {
  await stride.page.locator(".editor-instance .view-lines").first().click();
  await stride.page.keyboard.press("Control+End");
  await stride.page.keyboard.press("Home");
  for (let i = 0; i < "const ".length; i++) await stride.page.keyboard.press("ArrowRight");
}

/** What the model was asked by the act. */
async function askedBy(act: () => Promise<void>): Promise<string> {
  const n = model.calls.length + 1;
  model.push(reply.text(`Answer ${n}.`));
  await act();
  const call = await Promise.race([model.arrived(n), stride.page.waitForTimeout(PATIENCE)]);
  if (!call) throw new Error("the model was not asked");
  await chat.panel.getByText(`Answer ${n}.`).waitFor({ timeout: PATIENCE });
  return call.userText;
}

/** By keys: the rows of this menu move under a pointer. */
async function codeAction(title: string, select: () => Promise<void>): Promise<void> {
  const menu = stride.page.locator(".action-widget");
  const open = async (): Promise<void> => {
    await select();
    await stride.page.keyboard.press("Control+.");
  };
  await pressUntil(stride.page, open, menu.getByText(title, { exact: true }));
  await stride.shot(`commands-${title.toLowerCase().replaceAll(/[^a-z]+/g, "-")}`);
  const focused = menu.locator(".monaco-list-row.focused");
  for (let i = 0; i < 30 && (await focused.innerText()).trim() !== title; i++) {
    await stride.page.keyboard.press("ArrowDown");
    await stride.page.waitForTimeout(150);
  }
  expect((await focused.innerText()).trim()).toBe(title);
  await stride.page.keyboard.press("Enter");
}

for (const [title, expected] of [
  ["Stride: Explain", /Explain this code in @src\/price\.js#L1/],
  ["Stride: Improve", /Improve this code in @src\/price\.js#L1/],
  ["Stride: Write test", /Write tests for this code in @src\/price\.js#L1/],
  ["Stride: Fix", /Find and fix what is wrong with this code in @src\/price\.js#L1/],
] as const)
  test(`code action on a selection: ${title}`, async () => {
    shotOnFailure("selection");
    const prompt = await askedBy(() => codeAction(title, selectLine));
    expect(prompt).toMatch(expected);
    expect(prompt).toContain("Prices in cents for one packet.");
  });

test("code action on a problem: fix and explain, with the problem's words", async () => {
  shotOnFailure("problem");
  await openFile(stride.page, "price.js");
  await stride.page.locator(".editor-instance .view-lines").first().click();
  await stride.page.keyboard.press("Control+End");
  await stride.page.keyboard.type("\nconst = 3;");
  await stride.page.locator(".squiggly-error").first().waitFor({ timeout: PATIENCE });
  for (const [title, words] of [
    ["Stride: Fix this problem", /Fix this problem in @src\/price\.js#L\d+:\n\n- .*declaration expected/i],
    ["Stride: Explain this problem", /Explain this problem in @src\/price\.js#L\d+/],
  ] as const) {
    const prompt = await askedBy(() => codeAction(title, goToProblem));
    expect(prompt).toMatch(words);
  }
  await stride.page.locator(".editor-instance .view-lines").first().click();
  await runCommand(stride.page, "File: Revert File");
});

test("add selection puts the place into the composer", async () => {
  shotOnFailure("add");
  await selectLine();
  await runCommand(stride.page, "Stride: Add Selection to Chat");
  await expect.poll(() => chat.composer.inputValue(), { timeout: PATIENCE }).toMatch(/@src\/price\.js#L1 $/);
  await chat.composer.fill("");
});

test("stop by command ends the turn", async () => {
  shotOnFailure("stop");
  const n = model.calls.length + 1;
  model.push(reply.hang());
  await chat.send("wait for ever");
  await model.arrived(n);
  await runCommand(stride.page, "Stride: Stop");
  await chat.ended();
  expect(await chat.panel.locator(".footer").last().innerText()).toContain("Stopped");
});

test("select model lists what can be reached and takes the choice", async () => {
  shotOnFailure("model");
  await runCommand(stride.page, "Stride: Select Model");
  const row = quickPick().locator(".monaco-list-row", { hasText: "haiku" }).first();
  await row.waitFor({ timeout: PATIENCE });
  await stride.shot("commands-model");
  await row.click();
  await chat.panel.locator('[title*="haiku"]').waitFor({ timeout: PATIENCE });
  model.push(reply.text("I am the small one."));
  await chat.send("who are you?");
  await chat.ended();
  expect(model.calls.at(-1)?.body.model).toMatch(/haiku/);
});

test("a key that is set by command is the one that is used, and is in no file", async () => {
  shotOnFailure("key");
  await runCommand(stride.page, "Stride: Set API Key");
  await quickPick().locator(".monaco-list-row", { hasText: "Anthropic" }).click({ timeout: PATIENCE });
  const input = quickPick().locator("input[type=password]");
  await input.fill("sk-ant-stored-1111111111111");
  await stride.page.keyboard.press("Enter");
  await stride.page
    .getByText(/key is stored/)
    .first()
    .waitFor({ timeout: PATIENCE });
  model.push(reply.text("With the new key."));
  await chat.send("again");
  await chat.ended();
  expect(model.calls.at(-1)?.headers["x-api-key"]).toBe("sk-ant-stored-1111111111111");
});

test("show logs opens Stride's output, in which no key stands", async () => {
  shotOnFailure("logs");
  await runCommand(stride.page, "Stride: Show Logs");
  const output = stride.page.locator(".part.panel");
  await output.locator(".view-lines").first().waitFor({ timeout: PATIENCE });
  expect(await output.innerText()).not.toContain("sk-ant-stored");
  await runCommand(stride.page, "View: Toggle Panel Visibility");
});

test("the conversation opens in an editor tab and both show the same", async () => {
  shotOnFailure("tab");
  await runCommand(stride.page, "Stride: Open Conversation in Editor");
  await expect.poll(() => stride.page.locator("iframe.webview").count(), { timeout: PATIENCE }).toBe(2);
  const tab = await chatIn(stride.page, insideWebview(stride.page, 1));
  await tab.panel.getByText("With the new key.").waitFor({ timeout: PATIENCE });
  await stride.shot("commands-tab");
  model.push(reply.text("Seen in both."));
  await tab.send("are you there twice?");
  for (const { panel } of [tab, chat]) await panel.getByText("Seen in both.").waitFor({ timeout: PATIENCE });
});

test("new conversation begins empty; open brings the focus to the composer", async () => {
  shotOnFailure("new");
  await runCommand(stride.page, "View: Close All Editors");
  await runCommand(stride.page, "Stride: New Conversation");
  await chat.panel.locator(".empty").waitFor({ timeout: PATIENCE });
  await runCommand(stride.page, "Stride: Open");
  await expect.poll(() => chat.composer.evaluate((area) => area === document.activeElement), { timeout: PATIENCE }).toBe(true);
  await stride.shot("commands-new");
});
