import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { ROOT } from "../../../src/build/node-24.mjs";
import { copySample } from "./copy-sample.ts";
import { installVsix, startEditorServer } from "./start-editor-server.ts";
import type { EditorServer } from "./start-editor-server.ts";
import { openWorkbench, screenshot, startBrowser } from "./workbench.ts";
import type { Workbench } from "./workbench.ts";

export interface PackagedWorkbench extends Workbench {
  server: EditorServer;
  browser: Browser;
  /** A copy of the sample workspace, or what `prepare` made of it. */
  folder: string;
  /** Where Stride keeps sessions in this run. */
  home: string;
  shot(name: string): Promise<string>;
  stop(): Promise<void>;
}

export interface PackagedOptions {
  settings?: Record<string, unknown>;
  env?: NodeJS.ProcessEnv;
  trust?: boolean;
  /** Changes the folder before the editor sees it. */
  prepare?(folder: string): void;
}

/** Stride as a user gets it: the packed extension, installed, in a real workbench, on a workspace of its own. */
export async function openPackaged({
  settings = {},
  env = {},
  trust = false,
  prepare,
}: PackagedOptions = {}): Promise<PackagedWorkbench> {
  const vsix = join(ROOT, "out", "stride.vsix");
  if (!existsSync(vsix)) throw new Error("there is no package yet: npm run package");
  const temp = mkdtempSync(join(tmpdir(), "stride-e2e-"));
  const dataDir = join(temp, "editor");
  const home = join(temp, "stride");
  const folder = copySample(join(temp, "tea-shop"));
  prepare?.(folder);
  await installVsix(vsix, dataDir);
  // A key of whoever runs the tests must not decide which model answers.
  const server = await startEditorServer({ dataDir, settings, trust, env: { ANTHROPIC_API_KEY: "", STRIDE_HOME: home, ...env } });
  const browser = await startBrowser();
  const workbench = await openWorkbench(browser, server, { folder });
  return {
    ...workbench,
    server,
    browser,
    folder,
    home,
    shot: (name) => screenshot(workbench.page, name),
    async stop() {
      await browser.close();
      await server.stop();
      rmSync(temp, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}
