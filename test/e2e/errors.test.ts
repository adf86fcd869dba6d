import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, onTestFailed, test } from "vitest";
import { openChat, PATIENCE, type Chat } from "../support/editor/chat";
import type { PackagedOptions, PackagedWorkbench } from "../support/editor/packaged-workbench";
import { openScripted, SCRIPTED_KEY, type ScriptedWorkbench } from "../support/editor/scripted-workbench";
import { insideWebview, openWorkbench, runCommand } from "../support/editor/workbench";
import { reply } from "../support/model-server/reply";
import { startModelServer, type ModelServer } from "../support/model-server/start-model-server";
import { logFiles } from "../support/session-log";

// What goes wrong at a user's desk: each time the panel says what happened and what to do next.
let all: ScriptedWorkbench;
let model: ModelServer;
let stride: PackagedWorkbench;
let chat: Chat;

beforeAll(async () => {
  const options: PackagedOptions = {
    settings: { "stride.limits.turnSteps": "many", "stride.prices": [1, 2] },
    prepare(folder) {
      mkdirSync(join(folder, ".claude"));
      writeFileSync(join(folder, ".claude", "settings.json"), '{ "permissions": { "allow": [ "Bash(" ');
      writeFileSync(join(folder, "picture.bin"), Buffer.from([0, 1, 2, 255, 254, 0, 9]));
      writeFileSync(join(folder, "gone.txt"), "here today\n");
    },
  };
  all = await openScripted(options, { key: SCRIPTED_KEY });
  ({ model, stride, chat } = all);
});
afterAll(async () => {
  await all?.stop();
  await model?.stop();
});

const at = (name: string): string => join(stride.folder, name);
/** Another server takes the place of one that was stopped. */
const portOf = ({ url }: ModelServer): number => Number(new URL(url).port);

async function failure(name: string, text: string): Promise<string> {
  onTestFailed(async () => void (await stride.shot(`error-failed-${name}`)));
  await chat.send(text);
  await chat.ended();
  await stride.shot(`error-${name}`);
  return chat.panel.locator(".footer .notice-error").last().innerText();
}

test("malformed settings: the conversation works, and what was skipped is said with its file", async () => {
  onTestFailed(async () => void (await stride.shot("error-failed-settings")));
  model.push(reply.text("Hello in spite of it."));
  await chat.send("hello");
  await chat.panel.getByText("Hello in spite of it.").waitFor({ timeout: PATIENCE });
  await runCommand(stride.page, "Stride: Show Logs");
  await runCommand(stride.page, "Notifications: Show Notifications");
  const told = stride.page.locator(".notification-list-item", { hasText: "stride.limits.turnSteps" });
  await told.first().waitFor({ timeout: PATIENCE });
  const log = stride.page.locator(".panel .view-lines");
  await expect
    .poll(async () => (await log.innerText()).replaceAll("\u00a0", " "), { timeout: PATIENCE })
    .toMatch(/stride\.prices cannot be used/);
  const text = (await log.innerText()).replaceAll("\u00a0", " ");
  expect(text).toMatch(/stride\.limits\.turnSteps cannot be used/);
  expect(text).toMatch(/\.claude\/settings\.json/);
  await stride.shot("error-settings");
  await runCommand(stride.page, "Notifications: Clear All Notifications");
  await runCommand(stride.page, "View: Toggle Panel Visibility");
});

test("a binary file is refused to the model with what to do instead", async () => {
  const before = model.calls.length;
  model.push(reply.tool("Read", { file_path: at("picture.bin") }), reply.text("It is no text."));
  await chat.send("read the picture");
  await chat.ended();
  expect(model.calls[before + 1]?.results[0]).toMatchObject({
    isError: true,
    text: expect.stringMatching(/binary|NUL|not text/i) as unknown,
  });
});

test("a file deleted between read and edit is not made again; the model is told", async () => {
  const before = model.calls.length;
  model.push(
    reply.tool("Read", { file_path: at("gone.txt") }),
    () => {
      rmSync(at("gone.txt"));
      return reply.tool("Edit", { file_path: at("gone.txt"), old_string: "today", new_string: "tomorrow" });
    },
    reply.text("It is gone."),
  );
  await chat.send("edit gone.txt");
  await chat.asked("gone.txt");
  await chat.press("Allow Alt+A");
  await chat.ended();
  const answer = model.calls[before + 2]?.results[0];
  expect(answer?.isError).toBe(true);
  expect(answer?.text).toMatch(/gone\.txt.*(deleted|not exist|no file|missing)/i);
});

test("5 MB pasted become a chip, and what cannot be sent says so", async () => {
  onTestFailed(async () => void (await stride.shot("error-failed-paste")));
  const before = model.calls.length;
  model.push(reply.text("That was long."));
  await chat.composer.evaluate((area) => {
    const data = new DataTransfer();
    data.setData("text/plain", "0123456789 words and words\n".repeat(Math.ceil((5 * 1024 * 1024) / 27)));
    area.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
  });
  await chat.panel.locator(".chip").waitFor({ timeout: PATIENCE });
  await stride.shot("error-paste");
  await chat.send("what is this?");
  await chat.panel
    .getByText("That was long.")
    .or(chat.panel.getByText(/too (long|large|big)/i))
    .first()
    .waitFor({ timeout: PATIENCE });
  await stride.shot("error-paste-answer");
  expect(model.calls.length > before || /too (long|large|big)/i.test(await chat.text())).toBe(true);
});

test("a wrong key: the panel says so and offers to set another", async () => {
  await model.stop();
  const other = await startModelServer({ script: [], key: "sk-ant-another-00000000", port: portOf(model) });
  await runCommand(stride.page, "Stride: New Conversation");
  await chat.panel.locator(".empty").waitFor({ timeout: PATIENCE });
  expect(await failure("key", "hello")).toMatch(/key/i);
  await chat.panel.locator(".footer").last().getByRole("button", { name: "Set key" }).click();
  const rows = stride.page.locator(".quick-input-widget .monaco-list-row", { hasText: "Anthropic" });
  await rows.first().click({ timeout: PATIENCE });
  await stride.page.locator(".quick-input-widget input[type=password]").waitFor({ timeout: PATIENCE });
  await stride.shot("error-key-set");
  await stride.page.keyboard.press("Escape");
  await other.stop();
});

test("no network: the panel says what could not be reached and what to do", async () => {
  expect(await failure("network", "is anybody there?")).toMatch(/reach|connect|refused/i);
  model = await startModelServer({ script: [], key: SCRIPTED_KEY, port: portOf(model) });
});

test("a log that cannot be read is listed as such, says so when it is opened, and is left as it is", async () => {
  onTestFailed(async () => void (await stride.shot("error-failed-log")));
  const [file] = logFiles(stride.home).filter((one) => readFileSync(one, "utf8").includes("Hello in spite of it."));
  await runCommand(stride.page, "Stride: New Conversation");
  await chat.panel.locator(".empty").waitFor({ timeout: PATIENCE });
  await runCommand(stride.page, "Stride: Restart Engine");
  await chat.panel.locator(".empty").waitFor({ timeout: PATIENCE });
  await stride.page.waitForTimeout(3000);
  const noise = Buffer.alloc(4096, "@");
  writeFileSync(file!, noise);
  await chat.panel.locator(".header-title").click();
  const entry = chat.panel.locator(".session", { hasText: /damaged|cannot be read/i }).first();
  await entry.waitFor({ timeout: PATIENCE });
  await stride.shot("error-log-list");
  await entry.click();
  await expect.poll(() => chat.text(), { timeout: 20_000 }).toMatch(/damaged|cannot be read/i);
  await stride.shot("error-log");
  expect(readFileSync(file!).equals(noise)).toBe(true);
});

test("without a folder the panel works and says where it is", async () => {
  const { page, context } = await openWorkbench(stride.browser, stride.server, {});
  onTestFailed(async () => void (await page.screenshot({ path: "test/e2e/out/error-failed-no-folder.png" })));
  const bare = await openChat(page);
  const panel = insideWebview(page);
  await page.screenshot({ path: "test/e2e/out/error-no-folder.png" });
  expect(await panel.locator("main").innerText()).toMatch(/no folder/i);
  model.push(reply.text("Here I am, without a folder."));
  await bare.send("hello");
  await panel.getByText("Here I am, without a folder.").waitFor({ timeout: PATIENCE });
  await context.close();
});
