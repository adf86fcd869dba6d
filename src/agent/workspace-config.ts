import { resolve } from "node:path";
import { loadSettings, watchSettings, type LoadedSettings } from "../config/settings/load-settings";
import type { EffectiveSettings } from "../config/settings/merge-settings";
import { saveLocalRules } from "../config/settings/save-local-rules";
import type { ConfigWarning, PermissionRules } from "../config/types";
import { problem, StrideError } from "../shared/errors";

export interface WorkspaceConfigOptions {
  cwd: string;
  trusted: boolean;
  env: Record<string, string | undefined>;
  /** `--settings` of the command line. */
  cli?: string;
  /** Rules of the command line itself. */
  rules?: PermissionRules;
  onWarnings(warnings: readonly ConfigWarning[]): void;
}

/** The settings in force for one folder; they follow their files while the session runs. */
export class WorkspaceConfig {
  readonly #options: WorkspaceConfigOptions;
  #loaded: LoadedSettings;
  #watcher: { dispose(): void } | undefined;

  constructor(options: WorkspaceConfigOptions) {
    this.#options = options;
    this.#loaded = this.#load();
    if (this.#loaded.cliProblem !== undefined)
      throw new StrideError(problem("usage", this.#loaded.cliProblem, "Correct it and start again."));
  }

  get effective(): EffectiveSettings {
    return this.#loaded.effective;
  }

  get loaded(): LoadedSettings {
    return this.#loaded;
  }

  rules(): PermissionRules {
    const { rules } = this.#loaded.effective;
    const own = this.#options.rules;
    if (!own) return rules;
    return { allow: [...rules.allow, ...own.allow], ask: [...rules.ask, ...own.ask], deny: [...rules.deny, ...own.deny] };
  }

  roots(): string[] {
    return this.#loaded.effective.additionalDirectories.map((folder) =>
      resolve(this.#options.cwd, folder.replace(/^~(?=\/)/, this.#options.env["HOME"] ?? "~")),
    );
  }

  async saveLocal(rules: readonly string[]): Promise<void> {
    const local = this.#loaded.sources.find(({ scope }) => scope === "local");
    if (local) saveLocalRules(local.file, rules);
  }

  watch(): void {
    this.#watcher ??= watchSettings(this.#loaded.sources, () => (this.#loaded = this.#load()));
  }

  dispose(): void {
    this.#watcher?.dispose();
  }

  #load(): LoadedSettings {
    const { cwd, trusted, env, cli, onWarnings } = this.#options;
    const loaded = loadSettings({ cwd, trusted, env, ...(cli !== undefined && { cli }) });
    if (loaded.effective.warnings.length > 0) onWarnings(loaded.effective.warnings);
    return loaded;
  }
}
