import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { chromium } from "playwright-core";
import type { Browser, BrowserContext, Frame, FrameLocator, Locator, Page } from "playwright-core";
import { ROOT } from "../../../src/build/node-24.mjs";
import type { EditorServer } from "./start-editor-server.ts";

export interface Workbench {
  context: BrowserContext;
  page: Page;
  /** Hosts that something in the page asked for and that are not this machine; a test asserts that it stays empty. */
  outside: Set<string>;
}

export interface OpenOptions {
  folder?: string;
  payload?: [key: string, value: string][];
  /** Before the first page is opened. */
  prepare?(context: BrowserContext): Promise<void>;
  onConsole?(type: string, text: string): void;
}

const VIEWPORT = { width: 1280, height: 800 };

export const startBrowser = (): Promise<Browser> =>
  chromium.launch({
    executablePath: process.env["CHROMIUM"] ?? "/usr/bin/chromium",
    args: [
      ...["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"],
      ...["--disable-component-update", "--disable-sync", "--disable-dev-shm-usage"],
      // Not even a name is asked for outside this machine.
      "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
    ],
  });

/** Opens the workbench in a browser context of its own (or in one kept from before, with its secrets and state). */
export async function openWorkbench(
  where: Browser | BrowserContext,
  server: EditorServer,
  { folder, payload = [], prepare, onConsole }: OpenOptions = {},
): Promise<Workbench> {
  const context =
    "newContext" in where
      ? await where.newContext({ viewport: VIEWPORT, permissions: ["clipboard-read", "clipboard-write"] })
      : where;
  const outside = new Set<string>();
  await context.route(
    ({ hostname }) => hostname !== "127.0.0.1" && hostname !== "localhost",
    (route) => {
      outside.add(new URL(route.request().url()).host);
      return route.abort();
    },
  );
  await prepare?.(context);
  const page = await context.newPage();
  if (onConsole) page.on("console", (message) => onConsole(message.type(), message.text()));
  await page.goto(server.address(folder, payload));
  await page.locator(".monaco-workbench").waitFor({ timeout: 60_000 });
  return { context, page, outside };
}

/** A view container of the activity bar, clicked as soon as the extension is there. */
export async function openView(page: Page, title: string): Promise<void> {
  await page.locator(`.activitybar [aria-label^="${title}"]`).first().click({ timeout: 60_000 });
}

/** VS Code gives a webview an outer and an inner frame; the content lives in the inner one. */
export const insideWebview = (page: Page, n = 0): FrameLocator =>
  page.frameLocator("iframe.webview").nth(n).frameLocator("iframe#active-frame");

/** The inner frame of the webview that holds `selector`. */
export async function webviewFrame(page: Page, selector: string, timeoutMs = 20_000): Promise<Frame> {
  const end = Date.now() + timeoutMs;
  while (Date.now() < end) {
    for (const frame of page.frames().slice(1))
      if (
        await frame
          .locator(selector)
          .count()
          .catch(() => 0)
      )
        return frame;
    await page.waitForTimeout(100);
  }
  throw new Error(
    `no webview holds ${selector}; there are ${page
      .frames()
      .map((frame) => frame.url().slice(0, 100))
      .join(" ")}`,
  );
}

/** Runs a command by its title in the palette; commands of an extension that is still loading show up later. */
export async function runCommand(page: Page, title: string): Promise<void> {
  const input = page.locator(".quick-input-widget input[type=text]");
  // The whole title: "Stride: Open" is not "Stride: Open Conversation in Editor".
  const rows = page.locator(`.quick-input-list .monaco-list-row`);
  const row = rows.and(page.locator(`[aria-label="${title}"], [aria-label^="${title},"]`)).first();
  for (let i = 0; i < 30; i++) {
    // The palette of the command before may be about to close.
    if (!(await appears(input, 200))) await page.keyboard.press("F1");
    const typed = input.fill(`>${title}${" ".repeat(i % 2)}`, { timeout: 1500 });
    if (!(await succeeds(typed)) || !(await appears(row, 1000))) continue;
    if (await succeeds(row.click({ timeout: 2000 }))) return;
  }
  throw new Error(`the command palette has no "${title}"`);
}

/** Opens a file of the folder by name. */
export async function openFile(page: Page, name: string): Promise<void> {
  const input = page.locator(".quick-input-widget input[type=text]");
  const row = page.locator(".quick-input-list .monaco-list-row", { hasText: name }).first();
  for (let i = 0; i < 20; i++) {
    if (!(await appears(input, 200))) await page.keyboard.press("Control+P");
    if (!(await succeeds(input.fill(name, { timeout: 1500 }))) || !(await appears(row, 1000))) continue;
    if (await succeeds(row.click({ timeout: 2000 }))) break;
  }
  await page.locator(".tab.active", { hasText: name }).waitFor();
}

/** Repeats an action until something shows: VS Code answers late, and a key pressed too early is simply lost. */
export async function pressUntil(page: Page, act: () => Promise<unknown>, shown: Locator, tries = 20): Promise<Locator> {
  for (let i = 0; i < tries; i++) {
    await act();
    if (await appears(shown.first(), 1000)) return shown.first();
    await page.keyboard.press("Escape");
  }
  throw new Error(`${String(shown)} never showed`);
}

/** What stands in the active terminal. */
export async function terminalText(page: Page): Promise<string> {
  const rows = await page.locator(".terminal-wrapper.active .xterm-rows > div").allInnerTexts();
  return rows
    .map((row) => row.replaceAll("\u00a0", " ").trimEnd())
    .join("\n")
    .trim();
}

/** Saves a picture into test/e2e/out and returns its path. */
export async function screenshot(page: Page, name: string): Promise<string> {
  const folder = join(ROOT, "test", "e2e", "out");
  mkdirSync(folder, { recursive: true });
  const path = join(folder, `${name}.png`);
  await page.screenshot({ path });
  return path;
}

const appears = (locator: Locator, timeout: number): Promise<boolean> => succeeds(locator.waitFor({ timeout }));

const succeeds = (act: Promise<unknown>): Promise<boolean> =>
  act.then(
    () => true,
    () => false,
  );
