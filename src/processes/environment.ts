import { realpathSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, isAbsolute, relative, resolve } from "node:path";

export type Environment = Record<string, string>;

export interface EnvironmentOptions {
  workspaceRoots: readonly string[];
  /** From the user's settings; wins, and is not scrubbed: it was written for commands. */
  extra?: Environment;
  /** Names that look like secrets and shall be passed on all the same. */
  keep?: readonly string[];
}

const SECRET = [
  /(^|_)(KEY|APIKEY|KEY_ID|TOKEN|TOKENS|PAT|PASS|PASSWD|PASSPHRASE|CREDENTIALS?)$/,
  /SECRET|PASSWORD|PRIVATE_KEY|API_?KEY|ACCESS_KEY|AUTH_?TOKEN|ACCESS_?TOKEN/,
  /^(ANTHROPIC|OPENAI|CLAUDE|GEMINI|MISTRAL|OPENROUTER)_/,
  /^(NPM_CONFIG__AUTH|NPM_CONFIG_.*AUTH.*|PGPASSFILE|MYSQL_PWD)$/,
];

/** They change what a shell or program does before its first own line, or point into the editor. */
const INJECTING = [
  /^(BASH_ENV|ENV|PROMPT_COMMAND|CDPATH|GLOBIGNORE|BASHOPTS|SHELLOPTS|PS4|IFS|ZDOTDIR)$/,
  /^BASH_FUNC_/,
  /^(LD_PRELOAD|LD_AUDIT|DYLD_INSERT_LIBRARIES)$/,
  /^(VSCODE_|ELECTRON_|CHROME_DESKTOP$|GIT_ASKPASS$|STRIDE_COMMAND_ID$)/,
  /^(GIT_DIR|GIT_WORK_TREE|GIT_INDEX_FILE|GIT_EXTERNAL_DIFF|GIT_SSH_COMMAND)$/,
];

/** Nobody sits at a terminal: no pager, no colours for a screen, no question that waits for ever. */
const FIXED: Environment = { GIT_TERMINAL_PROMPT: "0", GIT_PAGER: "cat", PAGER: "cat", TERM: "dumb" };

/** The environment of every command: what the user's shell has, less secrets and traps. */
export function commandEnvironment(source: NodeJS.ProcessEnv, options: EnvironmentOptions): Environment {
  const result: Environment = {};
  const kept = new Set(options.keep);
  for (const [name, value] of Object.entries(source)) {
    if (value === undefined || isInjecting(name, value)) continue;
    if (isSecret(name) && !kept.has(name)) continue;
    result[name] = value;
  }
  const all = { ...result, ...FIXED, ...options.extra };
  const pathName = Object.keys(all).find((name) => name.toUpperCase() === "PATH") ?? "PATH";
  all[pathName] = safePath(all[pathName] ?? "", options.workspaceRoots);
  return all;
}

export function isSecret(name: string): boolean {
  const upper = name.toUpperCase();
  return SECRET.some((pattern) => pattern.test(upper));
}

/**
 * Absolute folders outside the workspace: a planted ./git is never found. Whoever opens the whole home
 * folder keeps the tools installed there.
 */
export function safePath(path: string, workspaceRoots: readonly string[]): string {
  const roots = workspaceRoots.flatMap((root) => [resolve(root), real(root)]).filter((root) => !holds(root, homedir()));
  const folders = path.split(delimiter).filter((folder) => isAbsolute(folder) && !roots.some((root) => holds(root, folder)));
  return [...new Set(folders)].join(delimiter) || (process.platform === "win32" ? "" : "/usr/local/bin:/usr/bin:/bin");
}

function isInjecting(name: string, value: string): boolean {
  if (name === "NODE_OPTIONS") return /(^|\s)(-r|--require|--import|--loader|--experimental-loader|--inspect)/.test(value);
  return INJECTING.some((pattern) => pattern.test(name));
}

function holds(root: string, folder: string): boolean {
  return [resolve(folder), real(folder)].some((path) => {
    const way = relative(root, path);
    return way === "" || (!/^\.\.(?:$|[\\/])/.test(way) && !isAbsolute(way));
  });
}

function real(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return resolve(path);
  }
}
