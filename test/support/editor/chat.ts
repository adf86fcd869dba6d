import type { FrameLocator, Locator, Page } from "playwright-core";
import { insideWebview, openView } from "./workbench.ts";

/** The chat as a person uses it: what they type, press and read. */
export interface Chat {
  panel: FrameLocator;
  composer: Locator;
  prompt: Locator;
  send(text: string): Promise<void>;
  /** Resolves when a turn has ended since the last message was sent. */
  ended(): Promise<void>;
  /** The open question, once it can be answered by key. */
  asked(title?: string | RegExp): Promise<Locator>;
  press(button: string): Promise<void>;
  text(): Promise<string>;
}

/** Generous: several editors may share two cores. */
export const PATIENCE = 60_000;
/** Keys that come sooner than this after a question do not count. */
const GUARD_MS = 500;

export async function openChat(page: Page): Promise<Chat> {
  await openView(page, "Stride");
  return chatIn(page, insideWebview(page));
}

export async function chatIn(page: Page, panel: FrameLocator): Promise<Chat> {
  const composer = panel.getByRole("textbox", { name: "Message to Stride" });
  const prompt = panel.locator(".prompt");
  await composer.waitFor({ timeout: PATIENCE });
  // The button names the model once the engine has opened the conversation.
  await panel.locator('[title^="Model: "]:not([title^="Model: none"])').waitFor({ timeout: PATIENCE });
  // Only the rows in view are there, each knows its place in the conversation.
  const lastEnd = (): Promise<number> =>
    panel
      .locator("main")
      .evaluate((main) =>
        Number([...main.querySelectorAll(".row")].findLast((row) => row.querySelector(".footer"))?.ariaPosInSet ?? 0),
      );
  let before = await lastEnd();
  return {
    panel,
    composer,
    prompt,
    async send(text) {
      before = await lastEnd();
      await composer.fill(text);
      await composer.press("Enter");
    },
    async ended() {
      const end = Date.now() + PATIENCE;
      while ((await lastEnd()) <= before) {
        if (Date.now() > end) throw new Error(`the turn did not end within ${PATIENCE / 1000} s`);
        await page.waitForTimeout(50);
      }
    },
    async asked(title) {
      const one = title === undefined ? prompt : prompt.filter({ hasText: title });
      await one.waitFor({ timeout: PATIENCE });
      await page.waitForTimeout(GUARD_MS);
      return one;
    },
    press: (button) => prompt.getByRole("button", { name: button }).click({ timeout: PATIENCE }),
    text: () => panel.locator("main").innerText(),
  };
}
