import type { SourcedRule } from "../types";
import type { CommandPattern } from "./command-pattern";
import type { PathPattern } from "./path-pattern";

export type RuleList = "allow" | "ask" | "deny";

export type Specifier =
  | { kind: "any" }
  | { kind: "command"; pattern: CommandPattern }
  | { kind: "path"; pattern: PathPattern }
  | { kind: "domain"; pattern: string }
  | { kind: "name"; pattern: string }
  | { kind: "parameter"; name: string; pattern: string }
  /** Accepted for compatibility, never consulted, e.g. `Write(src/**)`. */
  | { kind: "inert" };

export interface Rule {
  source: SourcedRule;
  list: RuleList;
  /** Tool name; may hold `*`. */
  tool: string;
  specifier: Specifier;
}
