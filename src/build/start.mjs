#!/usr/bin/env node
// npm start [-- FOLDER] [--editor code|desktop|browser]
// Opens an editor with Stride on FOLDER, or on a copy of the sample workspace. Ctrl+C ends what it started.
import { cpSync, existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { install } from "./install.mjs";
import { environment24, ROOT } from "./node-24.mjs";
import { must, run, runAttached } from "./run.mjs";

const DEV = join(ROOT, ".stride-dev");
const OLDEST = [1, 104];
const UPDATES = "https://update.code.visualstudio.com/api/releases/stable";

const { values, positionals } = parseArgs({ allowPositionals: true, options: { editor: { type: "string" } } });
await install();
const folder = positionals[0] ? resolve(positionals[0]) : await sampleFolder();
const editor = values.editor ?? ((await hasCode()) ? "code" : (await canDownload()) ? "desktop" : "browser");
const env = environment24();
if (editor === "code") process.exitCode = await inCode();
else if (editor === "desktop") process.exitCode = await inDesktop();
else process.exitCode = await inBrowser();

async function inCode() {
  await build();
  console.log(`opening ${folder} in VS Code`);
  return runAttached(["code", "--new-window", `--extensionDevelopmentPath=${ROOT}`, folder], { env: process.env });
}

async function inDesktop() {
  await build();
  const script = join(ROOT, "test/support/editor/open-desktop.ts");
  const code = await runAttached(["node", script, folder, join(DEV, "vscode")], { env });
  if (code === 0 || values.editor) return code;
  console.log("that VS Code did not start; trying one in the browser");
  return inBrowser();
}

/** Packed and installed like a user does it: an extension under development would get no toasts in the web workbench. */
async function inBrowser() {
  console.log("building …");
  await must(["node", join(ROOT, "src/build/package.mjs")], { cwd: ROOT, env });
  const script = join(ROOT, "test/support/editor/serve.ts");
  return runAttached(["node", script, folder, join(ROOT, "out/stride.vsix"), join(DEV, "editor")], { env });
}

async function build() {
  console.log("building …");
  await must(["node", join(ROOT, "src/build/bundle.mjs")], { cwd: ROOT, env });
}

/** Made once; what was done to it in an earlier start is kept. */
async function sampleFolder() {
  const target = join(DEV, "tea-shop");
  if (existsSync(target)) return target;
  cpSync(join(ROOT, "test/support/sample-workspace"), target, { recursive: true });
  const identity = ["-c", "user.name=Sample", "-c", "user.email=sample@localhost"];
  for (const git of [
    ["init", "-q"],
    ["add", "."],
    [...identity, "commit", "-q", "-m", "A tea shop"],
  ])
    await run(["git", ...git], { cwd: target });
  return target;
}

async function hasCode() {
  const { code, output } = await run(["code", "--version"], { timeoutMs: 10_000 });
  const [major, minor] = output.split(".").map(Number);
  return code === 0 && (major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1]));
}

async function canDownload() {
  const display = process.platform !== "linux" || process.env.DISPLAY || process.env.WAYLAND_DISPLAY;
  if (!display) return false;
  return fetch(UPDATES, { signal: AbortSignal.timeout(4000) }).then(
    (answer) => answer.ok,
    () => false,
  );
}
