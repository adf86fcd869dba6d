import type { CommandPart, Decision, Gate, PermissionMode } from "./permission";

/** Whose rules are meant: those of a folder, and of a conversation that runs in it. */
export interface PermissionPlace {
  cwd: string;
  roots: string[];
  session?: string;
}

/** A call somebody would like to know about; it is never run. */
export interface TriedCall {
  kind: "command" | "read" | "write" | "fetch";
  text: string;
}

export interface PermissionsReport {
  mode: PermissionMode;
  trusted: boolean;
  rules: RuleLine[];
  /** Entries that were skipped, each with its place. */
  warnings: { file: string; line?: number; message: string }[];
  /** Past decisions that were counted. */
  counted: number;
  /** Files that are looked at, whether they exist or not. */
  sources: { scope: string; file: string; exists: boolean }[];
}

export interface RuleLine {
  list: "deny" | "ask" | "allow";
  text: string;
  scope: string;
  source: string;
  line?: number;
  hits: number;
  /** Why it can never decide anything. */
  dead?: string;
}

export interface CallExplanation {
  decision: Decision;
  steps: { gate: Gate; answer: "deny" | "ask" | "allow" | "no opinion"; because: string }[];
  parts: CommandPart[];
}

export interface AuditLine {
  at: string;
  session: string;
  tool: string;
  title: string;
  verdict: Decision["verdict"];
  gate: Gate;
  reason: string;
  outcome: string;
  answer?: string;
  exitCode?: number | null;
  rule?: { text: string; source: string };
}
