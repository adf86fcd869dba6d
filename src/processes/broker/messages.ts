/** What the engine and the broker say to each other: one JSON header per frame, bytes behind it. */
export interface StartOrder {
  op: "start";
  id: number;
  file: string;
  args: readonly string[];
  cwd: string;
  env: Record<string, string>;
  /** Written to the program and closed; absent = the program reads end-of-file at once. */
  stdin?: string;
  output: LogOutput | RelayOutput;
  limits: TreeLimits;
}

/** stdout and stderr merged in order into one file; the last bytes stay in memory. */
export interface LogOutput {
  kind: "log";
  path: string;
  capBytes: number;
  /** Send what is new, at most ten times a second. */
  updates: boolean;
}

/** stdout sent on in chunks, as fast as they are acknowledged; stderr kept for the end. */
export interface RelayOutput {
  kind: "relay";
}

export interface TreeLimits {
  memoryBytes: number;
  processes: number;
  /** Added to the priority number; 0 = as important as the editor. */
  nice: number;
}

export type Order =
  | StartOrder
  | { op: "kill"; id: number; graceMs: number; problem?: string }
  | { op: "ack"; id: number; bytes: number }
  | { op: "look"; id: number; ask: number; from: number }
  | { op: "shutdown"; graceMs: number };

export interface Survivor {
  pid: number;
  name: string;
}

export interface EndNotice {
  op: "ended";
  id: number;
  exitCode: number | null;
  signal: string | null;
  /** The payload is the first bytes, then the last ones (or stderr for a relay). */
  headBytes: number;
  totalBytes: number;
  killed: boolean;
  survivors: Survivor[];
  problem?: string;
}

export type Notice =
  /** It is up: what is ordered from now on runs. */
  | { op: "ready" }
  | { op: "started"; id: number; pid: number }
  | { op: "failed"; id: number; problem: string }
  | { op: "data"; id: number; skipped: number }
  | { op: "looked"; ask: number; totalBytes: number; skipped: number; waitsForTerminal?: string }
  /** Memory of all commands together went over the limit, or came back. */
  | { op: "pressure"; on: boolean; bytes: number }
  | { op: "gone"; id: number }
  | EndNotice;

/** Start-up arguments of the broker, as one JSON string. */
export interface BrokerOptions {
  stateDir: string;
  totalMemoryBytes: number;
  /** The number it was given to know its own by. */
  born?: number;
}

/** Carried by every process a command starts, so that one which left its group is still found. */
export const MARKER = "STRIDE_COMMAND_ID";
