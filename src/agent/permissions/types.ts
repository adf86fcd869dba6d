import type { PermissionRules } from "../../config/types";
import type { Access, Decision, PermissionMode } from "../../shared/protocol/permission";

/** The file system as the guard may see it: no contents, no following of links behind its back. */
export interface PathProbe {
  /** null = does not exist; never follows a link. */
  lstat(path: string): { kind: "file" | "directory" | "symlink" | "other"; links?: number } | null;
  readlink(path: string): string | null;
  /** Text of a small file (repository config scan only), null when missing. */
  readSmall(path: string): string | null;
  /** Names in a folder, null when it cannot be read or holds too many; lets a pattern be looked at file by file. */
  list?(path: string): { name: string; link: boolean }[] | null;
  platform: "linux" | "darwin" | "win32";
}

export interface DecideContext {
  cwd: string;
  /** Chosen by the user at session start; nothing the model says widens them. */
  roots: readonly string[];
  /** Folders of Stride's own that may be read beside the roots: results that went to disk. */
  readRoots?: readonly string[];
  home: string;
  mode: PermissionMode;
  rules: PermissionRules;
  trusted: boolean;
  probe: PathProbe;
  /** Untrusted content was read in this session (SR-42). */
  tainted?: boolean;
  sandboxed?: boolean;
  /** A coordinator or subagent that was given only some tools. */
  limits?: { gate: "coordinator" | "subagent"; tools: readonly string[] };
}

export interface DecideRequest {
  tool: string;
  input: Record<string, unknown>;
  access: readonly Access[];
}

export type Decide = (request: DecideRequest, context: DecideContext) => Decision;
