import { stat } from "node:fs/promises";
import { homedir, userInfo } from "node:os";
import { join } from "node:path";

const START_UP_FILES = [".profile", ".bash_profile", ".bash_login", ".bashrc", ".zshenv", ".zprofile", ".zshrc", ".zlogin"];
const SYSTEM_FILES = ["/etc/profile", "/etc/environment", "/etc/bash.bashrc", "/etc/zsh/zshenv", "/etc/paths"];
const LOOK_AGAIN_MS = 5000;

/** Runs a program, answers what it printed, or null. Ends by itself. */
export type Capture = (file: string, args: string[], env: NodeJS.ProcessEnv) => Promise<string | null>;

export interface LoginEnvironment {
  /** The first call waits for the shell; later ones answer at once and refresh behind the scenes. */
  get(): Promise<NodeJS.ProcessEnv>;
}

/**
 * What a login shell of the user would have: an editor started from a dock does not know it. Asked once
 * for each state of the start-up files, then commands start without paying for them.
 */
export function createLoginEnvironment(capture: Capture, source: NodeJS.ProcessEnv = process.env): LoginEnvironment {
  let current: Promise<NodeJS.ProcessEnv> | null = null;
  let state = "";
  let lookedAt = Number.NEGATIVE_INFINITY;
  let refreshing: Promise<void> | null = null;

  /** The old answer serves until the new one is there. */
  const refresh = async (): Promise<void> => {
    const now = await startUpState();
    if (now === state) return;
    state = now;
    const next = askShell(capture, source);
    current ??= next;
    await next;
    current = next;
  };

  return {
    async get() {
      if (process.platform === "win32") return source;
      if (performance.now() - lookedAt > LOOK_AGAIN_MS) {
        lookedAt = performance.now();
        refreshing = refresh();
      }
      if (!current) await refreshing;
      return (await current) ?? source;
    },
  };
}

async function askShell(capture: Capture, source: NodeJS.ProcessEnv): Promise<NodeJS.ProcessEnv> {
  const shell = source.SHELL ?? loginShell() ?? "/bin/bash";
  const text = await capture(shell, ["-l", "-i", "-c", "printf '\\0'; command env -0"], source);
  const parsed = text === null ? {} : parseEnvironment(text);
  return parsed.PATH === undefined ? source : parsed;
}

/** What start-up files print stands before the first NUL. */
export function parseEnvironment(text: string): NodeJS.ProcessEnv {
  const result: NodeJS.ProcessEnv = {};
  for (const entry of text.split("\0").slice(1)) {
    const at = entry.indexOf("=");
    if (at > 0) result[entry.slice(0, at)] = entry.slice(at + 1);
  }
  delete result._;
  delete result.SHLVL;
  delete result.PWD;
  delete result.OLDPWD;
  return result;
}

async function startUpState(): Promise<string> {
  const paths = [...START_UP_FILES.map((name) => join(homedir(), name)), ...SYSTEM_FILES];
  const times = await Promise.all(
    paths.map((path) =>
      stat(path).then(
        (found) => found.mtimeMs,
        () => 0,
      ),
    ),
  );
  return times.join(",");
}

function loginShell(): string | null {
  try {
    return userInfo().shell;
  } catch {
    return null; // a user without an entry, as in many containers
  }
}
