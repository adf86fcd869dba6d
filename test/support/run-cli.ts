import { spawn, type ChildProcess } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** STRIDE_CLI: another build, e.g. an installed one. */
export const cli = process.env["STRIDE_CLI"] ?? fileURLToPath(new URL("../../dist/cli.js", import.meta.url));

export interface CliRun {
  stdout: string;
  stderr: string;
  code: number | null;
  ms: number;
}

export interface CliWorld {
  dir: string;
  cwd: string;
  env: Record<string, string>;
  put(path: string, text: string | Uint8Array): string;
  run(args: string[], options?: CliOptions): Promise<CliRun>;
  start(args: string[], options?: CliOptions): { child: ChildProcess; done: Promise<CliRun> };
  remove(): void;
}

export interface CliOptions {
  stdin?: string;
  env?: Record<string, string>;
  cwd?: string;
}

/** A home, a project and the bundled command line in them: the real program, nothing replaced. */
export function cliWorld(files: Record<string, string> = {}, env: Record<string, string> = {}): CliWorld {
  const dir = mkdtempSync(join(tmpdir(), "stride-cli-"));
  const cwd = join(dir, "proj");
  const put = (path: string, text: string | Uint8Array): string => {
    const target = join(cwd, path);
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, text);
    return target;
  };
  mkdirSync(cwd);
  mkdirSync(join(dir, "home"));
  for (const [path, text] of Object.entries(files)) put(path, text);
  const base = {
    PATH: process.env["PATH"] ?? "",
    HOME: join(dir, "home"),
    STRIDE_HOME: join(dir, "state"),
    LANG: "C.UTF-8",
    ...env,
  };
  const start: CliWorld["start"] = (args, options = {}) => {
    const began = performance.now();
    const child = spawn(process.execPath, [cli, ...args], {
      cwd: options.cwd ?? cwd,
      env: { ...base, ...options.env },
      stdio: [options.stdin === undefined ? "ignore" : "pipe", "pipe", "pipe"],
    });
    // It may be over before it has read all.
    child.stdin?.on("error", () => undefined).end(options.stdin);
    let stdout = "";
    let stderr = "";
    child.stdout?.setEncoding("utf8").on("data", (text: string) => (stdout += text));
    child.stderr?.setEncoding("utf8").on("data", (text: string) => (stderr += text));
    const done = new Promise<CliRun>((resolve, reject) => {
      child.on("error", reject);
      child.on("close", (code) => resolve({ stdout, stderr, code, ms: performance.now() - began }));
    });
    return { child, done };
  };
  return {
    dir,
    cwd,
    env: base,
    put,
    start,
    run: (args, options) => start(args, options).done,
    remove: () => rmSync(dir, { recursive: true, force: true, maxRetries: 5 }),
  };
}

/** One prompt without questions, told line by line. */
export const unasked = (model: string): string[] =>
  "-p go --output-format stream-json --dangerously-skip-permissions --model".split(" ").concat(model);
