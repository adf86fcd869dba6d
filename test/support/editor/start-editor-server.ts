import { execFile, spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { HOST_DIR, hostNode } from "../../../src/build/node-24.mjs";
import { QUIET_SETTINGS } from "./quiet-settings.ts";

export interface EditorServerOptions {
  /** Which installed VS Code; default `.host`. */
  hostDir?: string;
  /** Kept after the end when given. */
  dataDir?: string;
  port?: number;
  settings?: Record<string, unknown>;
  /** Lets the address load an extension from source and run tests; toasts are then not drawn. */
  development?: boolean;
  /** Restricted Mode and its dialogs, as for a user who opens an unknown folder. */
  trust?: boolean;
  env?: NodeJS.ProcessEnv;
  /** Default: an empty one below the data folder, without shell start-up files, git or npm settings of whoever runs this. */
  home?: string | undefined;
  onOutput?(text: string): void;
}

export interface EditorServer {
  port: number;
  dataDir: string;
  /** Address of the workbench, with the token that opens it. */
  address(folder?: string, payload?: [key: string, value: string][]): string;
  exited: Promise<number | null>;
  stop(): Promise<void>;
}

/** Starts a VS Code server on loopback and resolves when it answers. */
export async function startEditorServer(options: EditorServerOptions = {}): Promise<EditorServer> {
  const { hostDir = HOST_DIR, settings, development = false, trust = false, env, onOutput } = options;
  const dataDir = options.dataDir ?? mkdtempSync(join(tmpdir(), "stride-editor-"));
  writeSettings(dataDir, settings);
  const port = options.port ?? (await freePort());
  // Whoever can open the page can run code: not even loopback goes without a token.
  const token = randomBytes(16).toString("hex");
  const flags = [...(development ? ["--enable-smoke-test-driver"] : []), ...(trust ? [] : ["--disable-workspace-trust"])];
  const child = spawn(hostNode(hostDir), serverArguments({ hostDir, dataDir, port, token, flags }), {
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
    env: { ...process.env, EXTENSIONS_GALLERY: "{}", ...env, HOME: options.home ?? ownHome(dataDir) },
  });
  const kill = (signal: NodeJS.Signals) => killGroup(child, signal);
  const killNow = () => kill("SIGKILL");
  process.once("exit", killNow);
  const exited = new Promise<number | null>((done) => child.once("exit", done));
  await listening(child, onOutput);
  return {
    port,
    dataDir,
    exited,
    address: (folder, payload = []) => {
      const query = new URLSearchParams({ tkn: token });
      if (folder) query.set("folder", resolve(folder));
      if (payload.length > 0) query.set("payload", JSON.stringify(payload));
      return `http://127.0.0.1:${port}/?${query.toString()}`;
    },
    async stop() {
      kill("SIGTERM");
      const late = setTimeout(killNow, 3000);
      await exited;
      clearTimeout(late);
      killNow();
      process.off("exit", killNow);
      if (!options.dataDir) rmSync(dataDir, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/** Installs a packaged extension into a data folder, as a user's `--install-extension` does. */
export async function installVsix(vsix: string, dataDir: string, hostDir = HOST_DIR): Promise<void> {
  mkdirSync(dataDir, { recursive: true });
  const args = [
    serverMain(hostDir),
    "--accept-server-license-terms",
    "--server-data-dir",
    dataDir,
    "--install-extension",
    resolve(vsix),
    "--force",
  ];
  await promisify(execFile)(hostNode(hostDir), args, {
    env: { ...process.env, EXTENSIONS_GALLERY: "{}", HOME: ownHome(dataDir) },
  });
}

/** How the workbench names a file of the server's machine. */
export const remotePath = (path: string): string => `vscode-remote://remote${resolve(path)}`;

export const freePort = (): Promise<number> =>
  new Promise((done, fail) => {
    const probe = createServer().once("error", fail);
    probe.listen(0, "127.0.0.1", () => {
      const { port } = probe.address() as AddressInfo;
      probe.close(() => done(port));
    });
  });

const serverMain = (hostDir: string): string => join(hostDir, "node_modules/code-server/lib/vscode/out/server-main.js");

function serverArguments(given: { hostDir: string; dataDir: string; port: number; token: string; flags: string[] }): string[] {
  const mintKey = fileURLToPath(new URL("mint-key.mjs", import.meta.url));
  return [
    ...["--import", mintKey, serverMain(given.hostDir), "--host", "127.0.0.1", "--port", String(given.port)],
    ...["--connection-token", given.token, "--server-data-dir", given.dataDir, "--accept-server-license-terms"],
    ...["--telemetry-level", "off", "--disable-telemetry", "--disable-experiments", "--disable-update-check"],
    ...["--disable-getting-started-override", "--force-disable-user-env", ...given.flags],
  ];
}

/** This server keeps the user settings of its web client on its own disk; what a user changed there wins. */
function writeSettings(dataDir: string, settings: Record<string, unknown> = {}): void {
  const folder = join(dataDir, "data", "User");
  const file = join(folder, "settings.json");
  const had = existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as Record<string, unknown>) : {};
  mkdirSync(folder, { recursive: true });
  writeFileSync(file, JSON.stringify({ ...QUIET_SETTINGS, ...had, ...settings }, null, 2));
}

function ownHome(dataDir: string): string {
  const home = join(dataDir, "home");
  mkdirSync(home, { recursive: true });
  return home;
}

function listening(child: ChildProcess, onOutput?: (text: string) => void): Promise<void> {
  return new Promise((done, fail) => {
    let output = "";
    const timer = setTimeout(() => fail(new Error(`the editor did not start within 60 s\n${output}`)), 60_000);
    const read = (chunk: Buffer) => {
      output = (output + chunk).slice(-20_000);
      onOutput?.(String(chunk));
      if (!output.includes("Extension host agent listening on")) return;
      clearTimeout(timer);
      done();
    };
    child.stdout?.on("data", read);
    child.stderr?.on("data", read);
    child.once("error", fail);
    child.once("exit", (code) => (clearTimeout(timer), fail(new Error(`the editor ended with ${code}\n${output}`))));
  });
}

function killGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  try {
    process.kill(-child.pid!, signal);
  } catch {
    // all of it has ended
  }
}
