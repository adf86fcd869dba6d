import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Locator } from "playwright-core";
import { afterAll, beforeAll, expect, onTestFailed, test } from "vitest";
import { PATIENCE, type Chat } from "../support/editor/chat";
import type { PackagedWorkbench } from "../support/editor/packaged-workbench";
import { openScripted, type ScriptedWorkbench } from "../support/editor/scripted-workbench";
import { runCommand } from "../support/editor/workbench";
import { reply } from "../support/model-server/reply";
import { startModelServer, type Answer, type ModelServer } from "../support/model-server/start-model-server";

// What a person changes in their settings counts for the next request, without a reload of the window.
let all: ScriptedWorkbench;
let first: ModelServer;
let second: ModelServer;
let stride: PackagedWorkbench;
let chat: Chat;

/** Runs a command when the message names one, else says who it is. */
const named =
  (name: string): Answer =>
  ({ userText, results }) => {
    const command = /run: (.*)/.exec(userText)?.[1];
    if (command) return reply.tool("Bash", { command });
    return reply.text(results[0] ? `It said: ${results[0].text}` : `This is ${name}.`);
  };

beforeAll(async () => {
  second = await startModelServer({ script: named("the second") });
  // Neither key nor address: the practice model is all there is.
  const env = { ANTHROPIC_API_KEY: "", ANTHROPIC_BASE_URL: "" };
  all = await openScripted({ env }, { script: named("the first") });
  ({ model: first, stride, chat } = all);
});
afterAll(async () => {
  await all?.stop();
  await second?.stop();
});

const shotOnFailure = (name: string): void => onTestFailed(async () => void (await stride.shot(`settings-failed-${name}`)));
const modelIs = (name: string): Promise<void> =>
  chat.panel.locator(`[title^="Model: "][title*="${name}"]`).waitFor({ timeout: PATIENCE });

/** In the settings editor, as a person does. */
async function setInEditor(name: string, before: string, value: string): Promise<void> {
  await runCommand(stride.page, "Preferences: Open User Settings");
  const editor = stride.page.locator(".settings-editor");
  await editor.locator(".settings-header .view-lines").click({ timeout: PATIENCE });
  await stride.page.keyboard.press("Control+A");
  await stride.page.keyboard.type(`@id:${name}`);
  const field = editor.locator(".setting-item-control input").first();
  await expect.poll(() => valueOf(field), { timeout: PATIENCE }).toBe(before);
  // The editor draws its rows anew when the setting takes effect, and may empty the field under one's hands.
  for (let tries = 0; tries < 10 && (await valueOf(field)) !== value; tries++) {
    await field.fill(value, { timeout: PATIENCE });
    await stride.page.waitForTimeout(1_000);
  }
  expect(await valueOf(field)).toBe(value);
  await pressUntilGone("Escape", editor);
}

const valueOf = (field: Locator): Promise<string | null> => field.inputValue({ timeout: 1_000 }).catch(() => null);

async function pressUntilGone(key: string, shown: Locator): Promise<void> {
  for (let i = 0; i < 10 && (await shown.isVisible()); i++) {
    await stride.page.keyboard.press(key);
    await stride.page.waitForTimeout(300);
  }
}

/** In the file of the machine the window works on, as another program does. */
function writeMachineSetting(name: string, value: unknown): void {
  const folder = join(stride.server.dataDir, "data", "Machine");
  const file = join(folder, "settings.json");
  const settings = existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as Record<string, unknown>) : {};
  mkdirSync(folder, { recursive: true });
  writeFileSync(file, JSON.stringify({ ...settings, [name]: value }, null, 2));
}

async function answer(text: string): Promise<string> {
  await chat.send(text);
  await chat.ended();
  return chat.panel.locator("section.assistant").last().innerText();
}

async function chooseModel(name: string, pin = false): Promise<void> {
  await runCommand(stride.page, "Stride: Select Model");
  const row = stride.page.locator(".quick-input-widget .monaco-list-row", { hasText: name }).first();
  await row.waitFor({ timeout: PATIENCE });
  await row.hover();
  await stride.shot("settings-model");
  await (pin ? row.locator(".codicon-pin").click() : row.click());
  await modelIs(name);
}

async function newConversation(): Promise<void> {
  await runCommand(stride.page, "Stride: New Conversation");
  await chat.panel.locator(".empty").waitFor({ timeout: PATIENCE });
}

test("an address that is set before the first word is where that word goes", async () => {
  shotOnFailure("first-word");
  await modelIs("practice");
  await setInEditor("stride.baseUrl", "", first.url);
  await modelIs("claude");
  await runCommand(stride.page, "Stride: Set API Key");
  await stride.page.locator(".quick-input-widget .monaco-list-row", { hasText: "Anthropic" }).click({ timeout: PATIENCE });
  await stride.page.locator(".quick-input-widget input[type=password]").fill("sk-ant-settings-0000000000");
  await stride.page.keyboard.press("Enter");
  await stride.page
    .getByText(/key is stored/)
    .first()
    .waitFor({ timeout: PATIENCE });
  expect(await answer("hello")).toBe("This is the first.");
});

test("another address is asked by the next request", async () => {
  shotOnFailure("address");
  await setInEditor("stride.baseUrl", first.url, second.url);
  expect(await answer("who are you?")).toBe("This is the second.");
  await setInEditor("stride.baseUrl", second.url, first.url);
  expect(await answer("who are you now?")).toBe("This is the first.");
});

test("an environment for commands is that of the next command", async () => {
  shotOnFailure("environment");
  writeMachineSetting("stride.environment", { TEA_COLOUR: "green" });
  const ask = async (): Promise<string> => {
    await chat.send("run: printenv TEA_COLOUR");
    if ((await Promise.race([chat.prompt.waitFor({ timeout: PATIENCE }).then(() => "asks"), chat.ended()])) === "asks") {
      await chat.asked();
      await chat.press("Allow Alt+A");
    }
    await chat.ended();
    return chat.panel.locator("section.assistant").last().innerText();
  };
  await expect.poll(ask, { timeout: 15_000, interval: 500 }).toContain("It said: green");
});

test("a chosen model is the one new conversations begin with", async () => {
  shotOnFailure("choice");
  await chooseModel("haiku");
  await newConversation();
  await modelIs("haiku");
  await answer("hello");
  expect(first.calls.at(-1)?.body.model).toMatch(/haiku/);
});

test("a model pinned to its conversation stays there", async () => {
  shotOnFailure("pin");
  await chooseModel("sonnet", true);
  await answer("hello");
  expect(first.calls.at(-1)?.body.model).toMatch(/sonnet/);
  await newConversation();
  await modelIs("haiku");
});
