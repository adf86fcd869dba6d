import { spawn } from "node:child_process";

/**
 * Runs a command to its end and resolves with its exit code and output; never rejects. The command is its own
 * process group, so a time-out also ends what it started.
 * @param {string[]} command
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv, show?: boolean, timeoutMs?: number }} [options]
 * @returns {Promise<{ code: number, output: string, timedOut: boolean }>}
 */
export function run([file, ...args], { cwd, env = process.env, show = false, timeoutMs } = {}) {
  return new Promise((resolve) => {
    const windows = process.platform === "win32";
    const child = spawn(windows ? `"${file}"` : file, args, {
      cwd,
      env,
      shell: windows,
      detached: !windows,
      stdio: ["ignore", "pipe", "pipe"],
    });
    let output = "";
    let timedOut = false;
    const end = () => killGroup(child);
    const timer = timeoutMs && setTimeout(() => ((timedOut = true), end()), timeoutMs);
    const gather = (chunk) => {
      output = (output + chunk).slice(-2_000_000);
      if (show) process.stdout.write(chunk);
    };
    const finish = (code, problem = "") => {
      clearTimeout(timer);
      running.delete(end);
      resolve({ code, output: output + problem, timedOut });
    };
    running.add(end);
    child.stdout.on("data", gather);
    child.stderr.on("data", gather);
    child.once("error", (error) => finish(127, `${error.message}\n`));
    child.once("close", (code) => finish(code ?? 1, timedOut ? `\nstopped after ${timeoutMs / 1000} s\n` : ""));
  });
}

/** Like `run`, with this terminal as its input and output; resolves with the exit code. */
export function runAttached([file, ...args], { env = process.env } = {}) {
  return new Promise((resolve) => {
    const child = spawn(file, args, { env, stdio: "inherit" });
    // The terminal sends Ctrl+C to the whole group: the child decides how to end, this process waits for it.
    const stay = () => child.kill("SIGTERM");
    process
      .on("SIGINT", () => {})
      .once("SIGTERM", stay)
      .once("SIGHUP", stay);
    child.once("error", (error) => (console.error(error.message), resolve(127)));
    child.once("close", (code) => resolve(code ?? 1));
  });
}

/** Runs a command and throws with the end of its output when it fails. */
export async function must(command, options) {
  const { code, output } = await run(command, options);
  if (code !== 0) throw new Error(`${command.join(" ")} ended with ${code}\n${output.slice(-4000)}`);
  return output;
}

const running = new Set();
const stopAll = () => running.forEach((end) => end());
process.once("exit", stopAll);
for (const [signal, code] of [
  ["SIGINT", 130],
  ["SIGTERM", 143],
])
  process.once(signal, () => running.size > 0 && (stopAll(), process.exit(code)));

function killGroup(child) {
  try {
    if (process.platform === "win32") spawn("taskkill", ["/T", "/F", "/PID", String(child.pid)], { stdio: "ignore" });
    else process.kill(-child.pid, "SIGKILL");
  } catch {
    // it ended by itself
  }
}
