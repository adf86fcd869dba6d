import { StringDecoder } from "node:string_decoder";
import type { Programs } from "../shared/ports/commands";

export interface CollectOptions {
  cwd: string;
  /** The program is ended when there are more lines than this. */
  most: number;
  timeoutMs: number;
  signal: AbortSignal;
  keep?: (line: string) => boolean;
}

export interface Collected {
  lines: string[];
  more: boolean;
  problem?: string;
}

/** Lines of a program, not more than wanted. */
export async function collectLines(
  programs: Programs,
  program: string,
  args: string[],
  options: CollectOptions,
): Promise<Collected> {
  const { most, keep } = options;
  const decoder = new StringDecoder("utf8");
  const lines: string[] = [];
  let rest = "";
  const take = (text: string): boolean => {
    const parts = (rest + text).split("\n");
    rest = parts.pop() ?? "";
    for (const part of parts) {
      const line = part.endsWith("\r") ? part.slice(0, -1) : part;
      if (!keep || keep(line)) lines.push(line);
    }
    return lines.length <= most;
  };
  const result = await programs.run(program, args, {
    cwd: options.cwd,
    signal: options.signal,
    timeoutMs: options.timeoutMs,
    onStdout: (chunk) => take(decoder.write(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength))),
  });
  if (rest !== "") take("\n");
  const more = lines.length > most;
  const problem = more ? undefined : whatFailed(result, lines.length);
  const collected = { lines: more ? lines.slice(0, most) : lines, more };
  return problem === undefined ? collected : { ...collected, problem };
}

/** 0 = found, 1 = nothing found; 2 with results = some files could not be read. */
function whatFailed(result: Awaited<ReturnType<Programs["run"]>>, found: number): string | undefined {
  if (result.problem !== undefined) return result.problem;
  if (result.exitCode === 0 || result.exitCode === 1) return undefined;
  const said = result.stderr.trim().slice(0, 1000);
  if (found > 0) return said === "" ? undefined : `Not everything could be searched: ${said}`;
  return said === "" ? `The search ended with code ${result.exitCode}.` : said;
}
