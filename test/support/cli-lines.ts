import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { CliRun, CliWorld } from "./run-cli";

/** One line of `--output-format stream-json`, as far as tests look into it. */
export interface Line {
  type: string;
  subtype?: string;
  message?: { role: string; content: WireBlock[]; stop_reason?: string };
  [field: string]: unknown;
}

export interface WireBlock {
  type: string;
  text?: string;
  id?: string;
  name?: string;
  input?: Record<string, unknown>;
  tool_use_id?: string;
  is_error?: boolean;
  content?: WireBlock[];
}

export interface Result extends Line {
  is_error: boolean;
  result: string;
  session_id: string;
  num_turns: number;
  total_cost_usd: number | null;
  permission_denials: { tool_name: string }[];
  error_kind?: string;
}

export const linesOf = ({ stdout }: CliRun): Line[] =>
  stdout
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Line);

export function resultOf(run: CliRun): Result {
  const last = linesOf(run).at(-1);
  if (last?.type !== "result") throw new Error(`no result line; exit ${run.code}, stderr: ${run.stderr}`);
  return last as Result;
}

export const waitsOf = (run: CliRun): { why: string; attempt: number; waitMs: number }[] =>
  linesOf(run).filter((line) => line.subtype === "request_waiting") as never;

export const callsOf = (run: CliRun): { name: string | undefined; input: unknown }[] =>
  linesOf(run)
    .filter((line) => line.type === "assistant")
    .flatMap((line) => line.message?.content ?? [])
    .filter((block) => block.type === "tool_use")
    .map(({ name, input }) => ({ name, input }));

/** Calls that began, by the log: what counts is what ran, not what was said about it. */
export function begunCalls(world: CliWorld): string[] {
  const state = join(world.dir, "state");
  if (!existsSync(state)) return [];
  const logs = (readdirSync(state, { recursive: true }) as string[]).filter(
    // The command broker's own notes come and go while it ends.
    (file) => file.endsWith(".jsonl") && !file.startsWith("commands"),
  );
  return logs
    .flatMap((file) => readFileSync(join(state, file), "utf8").split("\n"))
    .filter((line) => line.includes('"tool_started"'));
}
