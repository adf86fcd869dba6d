import { messageOf, StrideError } from "../shared/errors";
import type { CommandOutcome, CommandRequest, CommandSandbox } from "../shared/ports/commands";
import type { Environment } from "./environment";
import { shellArguments } from "./shell";

/** What is started for a command, and what is left to do when it ended. */
export interface Program {
  file: string;
  args: string[];
  env: Environment;
  /** Nothing inside outlives the shell; what is still seen of it is ending. */
  contained: boolean;
  finish(): Promise<string | undefined>;
}

export async function programOf(
  request: CommandRequest,
  find: (() => Promise<CommandSandbox | null>) | undefined,
  signal: AbortSignal,
): Promise<Program> {
  const shell = shellArguments(request.shell, request.command);
  const sandbox = request.outsideSandbox ? null : await find?.();
  if (!sandbox?.covers(request.command)) return { ...shell, env: {}, contained: false, finish: async () => undefined };
  const wrapped = await sandbox.wrap({ ...shell, cwd: request.cwd }, signal);
  if ("message" in wrapped)
    throw new StrideError({ ...wrapped, message: [wrapped.message, wrapped.next].filter(Boolean).join(" ") });
  return { ...wrapped, contained: true };
}

export async function finished(outcome: CommandOutcome, program: Program | null): Promise<CommandOutcome> {
  const said = await program?.finish().catch(messageOf);
  return said === undefined ? outcome : { ...outcome, problem: [outcome.problem, said].filter(Boolean).join(" ") };
}
