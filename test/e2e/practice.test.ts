import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, onTestFailed, test } from "vitest";
import { openChat, PATIENCE, type Chat } from "../support/editor/chat";
import { openPackaged, type PackagedWorkbench } from "../support/editor/packaged-workbench";
import { openFile } from "../support/editor/workbench";
import { lastSession, ofType } from "../support/session-log";

// A first-time user without a key, from the empty panel to the end of the tour.
let stride: PackagedWorkbench;
let chat: Chat;

beforeAll(async () => {
  stride = await openPackaged({ settings: { "workbench.colorTheme": "Default Dark Modern" } });
  chat = await openChat(stride.page);
});
afterAll(() => stride?.stop());

test("the empty panel says what Stride is, that the practice model answers, and offers a start", async () => {
  await chat.panel.locator(".empty").waitFor({ timeout: PATIENCE });
  const text = await chat.text();
  expect(text).toMatch(/practice model/i);
  expect(text).toMatch(/asks before/i);
  expect(text).toMatch(/take the tour/i);
  await stride.shot("practice-start");
});

test("hello is answered", async () => {
  onTestFailed(async () => void (await stride.shot("practice-hello-failed")));
  await chat.send("hello");
  await chat.ended();
  expect(await chat.panel.locator("section.assistant").last().innerText()).toMatch(/practice model/i);
  await stride.shot("practice-hello");
});

test("the tour writes and edits a file after Allow, and the editor shows it", async () => {
  onTestFailed(async () => void (await stride.shot("practice-tour-failed")));
  const file = join(stride.folder, "stride-tour.md");
  await chat.send("take the tour");
  await chat.asked("stride-tour.md");
  expect(existsSync(file)).toBe(false);
  await chat.press("Allow Alt+A");
  await chat.asked(/Edit/);
  await openFile(stride.page, "stride-tour.md");
  await stride.page.locator(".view-line", { hasText: "- [ ] I allowed an edit" }).waitFor({ timeout: PATIENCE });
  await stride.page.getByText("Activating Extensions").waitFor({ state: "hidden", timeout: PATIENCE });
  await stride.shot("practice-edit-asks");
  await chat.press("Allow Alt+A");
  await stride.page.locator(".view-line", { hasText: "- [x] I allowed an edit" }).waitFor({ timeout: PATIENCE });
  await chat.ended();
  expect(readFileSync(file, "utf8")).toContain("- [x] I allowed an edit");
  expect(await chat.panel.locator("section.assistant").last().innerText()).toMatch(/That was the tour/);
  await stride.shot("practice-tour");
  const done = ofType(lastSession(stride.home), "tool_finished").map(({ name, outcome }) => `${name} ${outcome}`);
  expect(done).toEqual(["Glob ok", "Read ok", "Write ok", "Edit ok", "Bash ok"]);
});

test("a new conversation begins empty, and the list brings the first one back", async () => {
  onTestFailed(async () => void (await stride.shot("practice-history-failed")));
  await chat.panel.getByRole("button", { name: "New conversation" }).last().click();
  await chat.panel.locator(".empty").waitFor({ timeout: PATIENCE });
  await chat.panel.locator(".header-title").click();
  const first = chat.panel.locator(".session", { hasText: "hello" });
  await first.waitFor({ timeout: PATIENCE });
  await stride.shot("practice-history");
  await first.click();
  await chat.panel.getByText("That was the tour").waitFor({ timeout: PATIENCE });
});

test("nothing but this machine was asked", () => {
  expect([...stride.outside]).toEqual([]);
});
