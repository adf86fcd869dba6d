export type PermissionMode = "default" | "acceptEdits" | "plan" | "auto" | "dontAsk" | "bypassPermissions";

/** What a tool call will touch, stated before it runs. */
export type Access =
  | { kind: "read"; path: string }
  | { kind: "write"; path: string }
  | { kind: "command"; shell: Shell; command: string; cwd: string; background?: boolean }
  | { kind: "fetch"; url: string }
  | { kind: "mcp"; server: string; tool: string }
  /** Nothing outside the conversation (to-do list, a question to the user). */
  | { kind: "none" };

export type Shell = "bash" | "zsh" | "powershell" | "cmd";

/** Which of the gates gave the answer. */
export type Gate =
  | "input" // malformed path, command or arguments
  | "floor" // never, in any mode
  | "rules"
  | "mode"
  | "classifier"
  | "coordinator"
  | "subagent"
  | "shell"
  | "path"
  | "person";

export interface Decision {
  verdict: "allow" | "deny" | "ask";
  gate: Gate;
  /** One sentence in words for people. */
  reason: string;
  /** The rule that decided, and the file it stands in. */
  rule?: { text: string; source: string };
  risk: "low" | "medium" | "high";
  /** The smallest rules that together would have let exactly this through; empty = no rule can. */
  suggestions: string[];
  /** The command in parts; `asked` marks those that caused the question. */
  parts?: CommandPart[];
  /** Where paths really lead. */
  targets?: ResolvedTarget[];
}

export interface CommandPart {
  text: string;
  asked: boolean;
  why?: string;
}

export interface ResolvedTarget {
  path: string;
  resolved: string;
  op: "read" | "write";
  outside?: boolean;
  symlink?: boolean;
  protected?: boolean;
  sensitive?: boolean;
}

export interface ApprovalRequest {
  /** One-time, bound to exactly this call. */
  id: string;
  call: string;
  tool: string;
  title: string;
  input: Record<string, unknown>;
  decision: Decision;
  preview?: Preview;
  /** What the suggested rules would have done in the past. */
  replay?: RuleReplay;
}

/** The suggested rules against earlier calls, judged by the code that guards real ones. */
export interface RuleReplay {
  /** Earlier prompts that were looked at, and how many of them the rules would have saved. */
  prompts: number;
  saved: number;
  /** Calls that would now run though the person had refused them. */
  refused: string[];
  /** Further calls that would now run unasked, newest first. */
  others: string[];
}

export type Preview =
  | { kind: "diff"; path: string; before: string; after: string; truncated?: boolean }
  | { kind: "command"; command: string; cwd: string; description?: string }
  | { kind: "text"; text: string };

export type ApprovalAnswer =
  | { verdict: "allow"; scope: "once" }
  /** Stands until the session ends; never stored. */
  | { verdict: "allow"; scope: "session"; rules: string[] }
  /** Written to the local settings file, as "don't ask again" is expected to. */
  | { verdict: "allow"; scope: "local"; rules: string[] }
  | { verdict: "deny"; comment?: string };
