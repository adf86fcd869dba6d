import type { LimitName, Question, Problem, ToolDisplay, ToolOutcome, TurnEnd } from "../../src/shared/protocol/agent";
import type { Block, ResultContent } from "../../src/shared/protocol/messages";
import type { Usage } from "../../src/shared/protocol/model";

export type ToolState = "writing" | "waiting" | "asking" | "running" | ToolOutcome;

export interface ToolItem {
  kind: "tool";
  id: string;
  seq: number;
  request: string;
  name: string;
  title: string;
  state: ToolState;
  /** Partial JSON while the model is still writing the call. */
  inputText: string;
  input: Record<string, unknown> | null;
  /** Live output of a running call; capped, oldest dropped. */
  output: string;
  startedAt: number;
  ms: number | null;
  display: ToolDisplay | null;
  result: ResultContent[];
  /** Of the log, once the reply is whole. */
  message?: string;
}

export interface CompactionItem {
  kind: "compaction";
  id: string;
  seq: number;
  how: "collapsed" | "summarised";
  freed: number;
  /** Rows of the transcript the model no longer sees; the prompts among them by their first line. */
  rows: number;
  prompts: { id: string; text: string }[];
  morePrompts: number;
  /** What the model sees instead. */
  stays: string;
  /** Files that were read again for it. */
  files: number;
  state: "newest" | "older" | "undone";
}

/** One row of the transcript. `seq` is the log position that made it; 0 while it only streams. */
export type Item =
  | { kind: "user"; id: string; seq: number; content: Block[]; via: "prompt" | "queue" | "steer" | "engine" }
  | { kind: "text"; id: string; seq: number; request: string; text: string; open: boolean; message?: string }
  | {
      kind: "thinking";
      id: string;
      seq: number;
      request: string;
      text: string;
      open: boolean;
      startedAt: number;
      ms: number | null;
    }
  | ToolItem
  | CompactionItem
  | {
      kind: "question";
      id: string;
      seq: number;
      questions: Question[];
      answers: Record<string, string> | null;
      state: "open" | "answered" | "skipped";
    }
  | { kind: "notice"; id: string; seq: number; level: "info" | "warning" | "error"; message: string; next: string | null }
  | { kind: "mark"; id: string; seq: number; icon: string; text: string; detail: string | null }
  | { kind: "limit"; id: string; seq: number; limit: LimitName; used: number; cap: number; open: boolean }
  | {
      kind: "footer";
      id: string;
      seq: number;
      reason: TurnEnd;
      usage: Usage;
      usd: number | null;
      steps: number;
      ms: number;
      problem: Problem | null;
    };

const outputCap = 64_000;

/** Keeps the newest part: what a person watches is the end. */
export function appendOutput(before: string, text: string): string {
  const all = before + text;
  return all.length > outputCap ? all.slice(all.length - outputCap * 0.75) : all;
}

/** Search from the end: what changes is nearly always recent. */
export function findItem(items: readonly Item[], kind: Item["kind"], id: string): number {
  for (let i = items.length - 1; i >= 0; i--) {
    const item = items[i]!;
    if (item.id === id && item.kind === kind) return i;
  }
  return -1;
}

export function newTool(fields: Partial<ToolItem> & { id: string; seq: number; name: string }): ToolItem {
  return {
    kind: "tool",
    request: "",
    title: fields.name,
    state: "waiting",
    inputText: "",
    input: null,
    output: "",
    startedAt: 0,
    ms: null,
    display: null,
    result: [],
    ...fields,
  };
}

/** Two halves of one call that a page of history had cut apart. */
export function joinTool(earlier: ToolItem, later: ToolItem): ToolItem {
  return {
    ...later,
    seq: earlier.seq,
    request: earlier.request || later.request,
    title: earlier.title !== earlier.name ? earlier.title : later.title,
    input: earlier.input ?? later.input,
    startedAt: earlier.startedAt || later.startedAt,
    state: later.state === "waiting" ? earlier.state : later.state,
  };
}
