import type { Problem } from "../protocol/agent";
import type { Shell } from "../protocol/permission";

/** Commands in processes of our own. Implemented by src/processes. */
export interface CommandRequest {
  id: string;
  command: string;
  shell: Shell;
  cwd: string;
  title: string;
  /** After this the command goes on in the background; it is never killed silently. */
  timeoutMs: number;
  background: boolean;
  stdin?: string;
  /** On top of the usual environment; null takes a variable away. */
  environment?: Record<string, string | null>;
  /** A person allowed this one to run without the sandbox. */
  outsideSandbox?: boolean;
  /** At most 10 a second; already free of control sequences. */
  onOutput?: (text: string) => void;
}

export interface CommandOutcome {
  state: "exited" | "background" | "killed" | "failed";
  exitCode: number | null;
  signal: string | null;
  /** First and last of the output, control sequences removed; `omittedBytes` between them. */
  head: string;
  tail: string;
  omittedBytes: number;
  totalBytes: number;
  /** Whole output on disk. */
  outputPath: string;
  ms: number;
  /** Why it could not start, or what a limit did. */
  problem?: string;
}

export interface CommandInfo {
  id: string;
  title: string;
  command: string;
  state: "queued" | "running" | CommandOutcome["state"];
  background: boolean;
  startedAt: number;
  exitCode: number | null;
}

export interface Commands {
  /** Ends when the command ended or went to the background. Abort kills the whole tree. */
  run(request: CommandRequest, signal: AbortSignal): Promise<CommandOutcome>;
  list(): CommandInfo[];
  /** New output since the last look. */
  poll(id: string): Promise<{ info: CommandInfo; output: string; outcome?: CommandOutcome } | null>;
  kill(id: string): Promise<CommandInfo | null>;
}

/** Puts a command into a sandbox. Implemented by src/sandbox. */
export interface CommandSandbox {
  /** Whether this command runs inside. */
  covers(command: string): boolean;
  /** A problem = it must not run. `finish` is awaited at the end; its sentence is told with the outcome. */
  wrap(
    request: { file: string; args: readonly string[]; cwd: string },
    signal?: AbortSignal,
  ): Promise<{ file: string; args: string[]; env: Record<string, string>; finish(): Promise<string | undefined> } | Problem>;
}

/** A program with an argument array, no shell: rg, git. stdout arrives in chunks. */
export interface Programs {
  run(
    program: string,
    args: readonly string[],
    options: {
      cwd: string;
      env?: Record<string, string>;
      onStdout: (chunk: Uint8Array) => boolean | void;
      signal: AbortSignal;
      timeoutMs?: number;
    },
  ): Promise<{ exitCode: number | null; stderr: string; problem?: string }>;
}
