/** Scopes from strongest to weakest; for deny and ask every scope counts alike. */
export type Scope = "managed" | "cli" | "session" | "local" | "project" | "user";

export interface SourcedRule {
  /** As written, e.g. `Bash(git log *)`. */
  text: string;
  scope: Scope;
  /** The file (or "command line", "this session") it stands in. */
  source: string;
  line?: number;
  /** Folder that `/path` patterns of this source are relative to. */
  base: string;
}

export interface PermissionRules {
  allow: SourcedRule[];
  ask: SourcedRule[];
  deny: SourcedRule[];
}

/** An entry that was skipped alone. */
export interface ConfigWarning {
  file: string;
  line?: number;
  message: string;
}
