// node open-desktop.ts FOLDER CACHE   a downloaded VS Code with Stride from source, until its window is closed
import { spawn } from "node:child_process";
import { join } from "node:path";
import { downloadAndUnzipVSCode } from "@vscode/test-electron";
import { ROOT } from "../../../src/build/node-24.mjs";

const [folder, cache] = process.argv.slice(2);
if (!folder || !cache) throw new Error("usage: node open-desktop.ts FOLDER CACHE");

const executable = await downloadAndUnzipVSCode({ version: "stable", cachePath: cache });
const user = ["--user-data-dir", join(cache, "user"), "--extensions-dir", join(cache, "extensions")];
const child = spawn(executable, [`--extensionDevelopmentPath=${ROOT}`, ...user, "--skip-welcome", folder], { stdio: "inherit" });
child.once("error", (error) => {
  console.error(error.message);
  process.exitCode = 1;
});
child.once("exit", (code) => (process.exitCode = code ?? 1));
