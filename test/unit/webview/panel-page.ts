import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { extname, join } from "node:path";
import { build } from "esbuild";
import { chromium, type Browser, type Page } from "playwright-core";
import type { AgentEvent, Recorded } from "../../../src/shared/protocol/agent";
import type { FromPanel, PanelSnapshot, ToPanel } from "../../../src/shared/protocol/view";
import { themes } from "./themes";

export const chromiumPath = process.env["CHROMIUM"] ?? "/usr/bin/chromium";
export const hasChromium = existsSync(chromiumPath);

/** The real bundle in a real browser, under the Content Security Policy the editor gives it. */
export interface PanelPage {
  page: Page;
  /** Requests to anywhere but the page's own files. */
  outside: string[];
  errors: string[];
  bytes: number;
  send(message: ToPanel): Promise<void>;
  posted<T extends FromPanel["type"]>(type: T): Promise<Extract<FromPanel, { type: T }>[]>;
  close(): Promise<void>;
}

const types: Record<string, string> = { ".js": "text/javascript", ".css": "text/css", ".ttf": "font/ttf", ".html": "text/html" };

export async function openPanel(theme: keyof typeof themes = "dark", size = { width: 420, height: 800 }): Promise<PanelPage> {
  const folder = await (built ??= buildPanel());
  const server = await serve(folder, theme);
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const browser = await startBrowser();
  const page = await (await browser.newContext({ viewport: size })).newPage();
  const outside: string[] = [];
  const errors: string[] = [];
  page.on("request", (request) => {
    if (!request.url().startsWith(`${origin}/`) && !request.url().startsWith("data:")) outside.push(request.url());
  });
  page.on("pageerror", (error) => errors.push(error.message));
  page.on("console", (message) => message.type() === "error" && errors.push(message.text()));
  await page.goto(`${origin}/index.html`);
  await page.waitForSelector(".composer");
  return {
    page,
    outside,
    errors,
    bytes: readFileSync(join(folder, "main.js")).length,
    send: (message) => page.evaluate((data) => window.postMessage(data, "*"), message),
    posted: (type) =>
      page.evaluate(
        (wanted) => (window as unknown as { posted: FromPanel[] }).posted.filter((one) => one.type === wanted),
        type,
      ) as never,
    close: async () => {
      await browser.close();
      server.close();
    },
  };
}

let built: Promise<string> | undefined;

/** Once for all tests of a file; the folder goes with the process. */
async function buildPanel(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "panel-"));
  await build({
    entryPoints: { main: "webview-ui/main.tsx" },
    outdir: folder,
    bundle: true,
    splitting: true,
    minify: true,
    format: "esm",
    target: "es2022",
    jsx: "automatic",
    jsxImportSource: "preact",
    loader: { ".ttf": "file" },
    logLevel: "error",
  });
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

function startBrowser(): Promise<Browser> {
  const quiet = [
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--disable-quic",
  ];
  const nowhere = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost";
  return chromium.launch({
    executablePath: chromiumPath,
    args: ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", ...quiet, nowhere],
  });
}

async function serve(folder: string, theme: keyof typeof themes): Promise<Server> {
  const html = pageHtml(theme);
  const server = createServer((request, response) => {
    const name = new URL(request.url ?? "/", "http://x").pathname.slice(1);
    const file = join(folder, name);
    response.setHeader("content-type", types[extname(name)] ?? "text/plain");
    if (name === "index.html") response.end(html);
    else if (existsSync(file)) response.end(readFileSync(file));
    else response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return server;
}

function pageHtml(theme: keyof typeof themes): string {
  const { kind, variables } = themes[theme];
  const css = Object.entries(variables)
    .map(([name, value]) => `--vscode-${name}:${value}`)
    .join(";");
  const csp = [
    "default-src 'none'",
    "script-src 'nonce-n'",
    "style-src 'self' 'nonce-n'",
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'none'",
    "form-action 'none'",
    "base-uri 'none'",
    "frame-src 'none'",
    "require-trusted-types-for 'script'",
  ].join("; ");
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="${csp}">
<style nonce="n">:root{${css}}</style><link rel="icon" href="data:,"><link rel="stylesheet" href="main.css">
<script nonce="n">window.posted=[];let saved;window.acquireVsCodeApi=()=>({postMessage:m=>posted.push(m),getState:()=>saved,setState:s=>{saved=s}})</script>
</head><body class="${kind}"><div id="root"></div><script type="module" nonce="n" src="main.js"></script></body></html>`;
}

export const record = (events: readonly AgentEvent[], from = 1): Recorded[] =>
  events.map((event, i) => ({ session: "s", seq: from + i, at: 1_000 * (from + i), event }));

export const snapshotOf = (events: Recorded[], more: Partial<PanelSnapshot> = {}): PanelSnapshot => ({
  session: "s",
  events,
  firstSeq: 1,
  running: false,
  queued: [],
  model: "anthropic/claude-sonnet",
  models: [],
  mode: "default",
  trusted: true,
  hasKey: true,
  draft: "",
  engine: { state: "ready" },
  roots: ["/w"],
  ...more,
});
