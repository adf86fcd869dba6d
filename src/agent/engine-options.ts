import type { ConfigWarning, PermissionRules } from "../config/types";
import type { HostApi } from "../shared/protocol/host";
import type { PermissionMode, Shell } from "../shared/protocol/permission";
import type { PanelEvent } from "../shared/protocol/view";
import type { Caps } from "./loop/limits";
import type { PathProbe } from "./permissions/types";

export interface EngineOptions {
  host: HostApi;
  /** Somebody is there who can answer prompts. */
  attended: boolean;
  probe: PathProbe;
  shell: Shell;
  editor: string;
  /** Chosen by the user; no command's search path may lead into them. */
  roots: readonly string[];
  onEvent(session: string, event: PanelEvent): void;
  environment: Record<string, string | undefined>;
  /** Entries of settings files that were skipped, each with file, line and reason. */
  onWarnings(warnings: readonly ConfigWarning[]): void;
  /** From the command line; strongest after managed settings. */
  overrides?: EngineOverrides;
}

export interface EngineOverrides {
  rules?: PermissionRules;
  mode?: PermissionMode;
  caps?: Caps["turn"];
  /** `--settings`: a file or JSON. */
  settings?: string;
  systemPrompt?: string;
  appendSystemPrompt?: string;
}
