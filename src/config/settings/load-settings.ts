import { readdirSync, readFileSync, statSync, watch, type FSWatcher } from "node:fs";
import { homedir } from "node:os";
import { dirname, resolve } from "node:path";
import { codeOf, messageOf } from "../../shared/errors";
import { gitRoot } from "../git-root";
import type { ConfigWarning } from "../types";
import { mergeSettings, type EffectiveSettings, type SourcedSettings } from "./merge-settings";
import { parseSettings } from "./parse-settings";
import { settingsSources, type Places, type SettingsSource } from "./sources";

export interface LoadOptions {
  cwd: string;
  trusted: boolean;
  env?: Record<string, string | undefined>;
  home?: string;
  /** `--settings`: a file's path or the JSON itself. */
  cli?: string;
}

export interface LoadedSettings {
  effective: EffectiveSettings;
  /** All that exist or could: what a view lists and a watcher watches. */
  sources: SettingsSource[];
  /** `--settings` could not be used: the command line must say so and stop. */
  cliProblem?: string;
}

const MAX_BYTES = 4 << 20;

/** Reads every scope. A file that cannot be read is a warning, never a crash and never a silent fresh start. */
export function loadSettings(options: LoadOptions): LoadedSettings {
  const sources = settingsSources(placesOf(options));
  const warnings: ConfigWarning[] = [];
  const parsed: SourcedSettings[] = [];
  for (const source of sources) {
    const text = readText(source.file, warnings);
    if (text === null) continue;
    const { settings, warnings: more } = parseSettings(source.file, text);
    warnings.push(...more);
    if (settings) parsed.push({ scope: source.scope, base: source.base, settings });
  }
  const cli = options.cli === undefined ? null : cliSettings(options.cli, options.cwd);
  if (cli && "scope" in cli) parsed.splice(parsed.findIndex(({ scope }) => scope !== "managed") >>> 0, 0, cli);
  const effective = mergeSettings(parsed, options.trusted);
  effective.warnings.unshift(...warnings);
  return { effective, sources, ...(cli && "problem" in cli && { cliProblem: cli.problem }) };
}

function cliSettings(given: string, cwd: string): SourcedSettings | { problem: string } {
  const inline = given.trimStart().startsWith("{");
  const file = inline ? "--settings" : resolve(cwd, given);
  let text = given;
  if (!inline) {
    try {
      text = readFileSync(file, "utf8");
    } catch (error) {
      return { problem: `--settings: ${file} cannot be read (${messageOf(error)}).` };
    }
  }
  const { settings, warnings } = parseSettings(file, text);
  return settings
    ? { scope: "cli", base: cwd, settings }
    : { problem: `--settings: ${warnings[0]?.message ?? "not understood"}` };
}

function readText(file: string, warnings: ConfigWarning[]): string | null {
  try {
    if (statSync(file).size > MAX_BYTES) {
      warnings.push({ file, message: "The file is skipped: it is larger than 4 MiB." });
      return null;
    }
    return readFileSync(file, "utf8");
  } catch (error) {
    const code = codeOf(error);
    if (code !== "ENOENT" && code !== "ENOTDIR") warnings.push({ file, message: `The file is skipped: ${messageOf(error)}` });
    return null;
  }
}

function placesOf({ cwd, env = process.env, home = homedir() }: LoadOptions): Places {
  const list = (folder: string): string[] => {
    try {
      return readdirSync(folder).sort();
    } catch {
      return [];
    }
  };
  return { platform: process.platform, home, cwd, gitRoot: gitRoot(cwd), env, list };
}

/** Calls back shortly after any of the files changed, appeared or went. Folders that do not exist yet are looked at again with the next change above them. */
export function watchSettings(sources: readonly SettingsSource[], onChange: () => void): { dispose(): void } {
  const watchers: FSWatcher[] = [];
  let timer: NodeJS.Timeout | undefined;
  const names = new Set(sources.map(({ file }) => file));
  const changed = (): void => {
    clearTimeout(timer);
    timer = setTimeout(onChange, 100);
    timer.unref();
  };
  for (const folder of new Set([...names].flatMap((file) => [dirname(file), dirname(dirname(file))]))) {
    try {
      const watcher = watch(folder, { persistent: false }, (_event, name) => {
        if (name === null || name.startsWith("settings") || name === ".claude" || name.startsWith("managed-settings")) changed();
      });
      watcher.on("error", () => watcher.close());
      watchers.push(watcher);
    } catch {
      // Not there: a change above it is seen by the watcher of its parent.
    }
  }
  return {
    dispose() {
      clearTimeout(timer);
      for (const watcher of watchers) watcher.close();
    },
  };
}
