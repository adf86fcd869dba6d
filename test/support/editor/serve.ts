// node serve.ts FOLDER VSIX DATA_DIR   VS Code on loopback with the packaged extension, until Ctrl+C
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { freePort, installVsix, startEditorServer } from "./start-editor-server.ts";
import type { EditorServer } from "./start-editor-server.ts";

const [folder, vsix, dataDir] = process.argv.slice(2);
if (!folder || !vsix || !dataDir) throw new Error("usage: node serve.ts FOLDER VSIX DATA_DIR");

mkdirSync(dataDir, { recursive: true });
await installVsix(vsix, dataDir);
const server = await startOnUsualPort(dataDir);
const address = server.address(folder);
console.log(`Stride runs in VS Code at\n${address}\nCtrl+C ends it.`);
openBrowser(address);
const stopped = new Promise<void>((resolve) => {
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, () => resolve());
});
const ended = await Promise.race([stopped.then(() => "stopped" as const), server.exited]);
await server.stop();
if (ended !== "stopped") console.error(`the editor ended with ${ended}`);
process.exit(ended === "stopped" ? 0 : 1);

/** The same port as last time if it is free: the browser keeps secrets and state by address. */
async function startOnUsualPort(dataDir: string): Promise<EditorServer> {
  const file = join(dataDir, "port");
  const usual = existsSync(file) ? Number(readFileSync(file, "utf8")) : await freePort();
  const start = (port: number) => startEditorServer({ dataDir, port, home: homedir() });
  const started = await start(usual).catch(async () => start(await freePort()));
  writeFileSync(file, String(started.port));
  return started;
}

function openBrowser(address: string): void {
  const opener = { darwin: "open", win32: "explorer" }[process.platform as string] ?? "xdg-open";
  if (opener === "xdg-open" && !process.env["DISPLAY"] && !process.env["WAYLAND_DISPLAY"]) return;
  // The address is printed: no browser to be found is no failure.
  spawn(opener, [address], { stdio: "ignore", detached: true })
    .on("error", () => {})
    .unref();
}
