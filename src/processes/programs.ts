import { messageOf } from "../shared/errors";
import type { Programs } from "../shared/ports/commands";
import type { BrokerClient, ChildEnd, RunningChild } from "./broker-client";
import type { Environment } from "./environment";
import type { Limits } from "./limits";

type RunOptions = Parameters<Programs["run"]>[2];
type RunResult = Awaited<ReturnType<Programs["run"]>>;

/** Programs with an argument array, no shell. `environment` is asked at each start. */
export function createPrograms(client: BrokerClient, limits: Limits, environment: () => Environment): Programs {
  return {
    run: (program, args, options) => {
      if (options.signal.aborted) return Promise.resolve({ exitCode: null, stderr: "", problem: "Stopped." });
      return new Promise((resolve) => runOne(client, limits, environment(), program, args, options, resolve));
    },
  };
}

function runOne(
  client: BrokerClient,
  limits: Limits,
  environment: Environment,
  program: string,
  args: readonly string[],
  options: RunOptions,
  resolve: (result: RunResult) => void,
): void {
  let child: RunningChild | null = null;
  let stopped: "enough" | "abort" | "timeout" | null = null;
  const stop = (why: "enough" | "abort" | "timeout") => {
    if (stopped) return;
    stopped = why;
    child?.kill(0);
    if (why !== "timeout") settle({ exitCode: null, stderr: "", ...(why === "abort" && { problem: "Stopped." }) });
  };
  const onAbort = () => stop("abort");
  const timer = options.timeoutMs === undefined ? undefined : setTimeout(() => stop("timeout"), options.timeoutMs);
  const settle = (result: RunResult) => {
    clearTimeout(timer);
    options.signal.removeEventListener("abort", onAbort);
    resolve(result);
  };
  options.signal.addEventListener("abort", onAbort, { once: true });
  const onData = (bytes: Buffer) => {
    if (stopped) return;
    try {
      if (options.onStdout(bytes) === false) stop("enough");
      else child?.acknowledge(bytes.length);
    } catch (error) {
      stopped = "enough";
      child?.kill(0);
      settle({ exitCode: null, stderr: "", problem: messageOf(error) });
    }
  };
  const onEnd = (end: ChildEnd) =>
    settle(resultOf(end, stopped === "timeout" ? `Stopped after ${options.timeoutMs} ms.` : undefined));
  const env = { ...environment, ...options.env };
  const treeLimits = { memoryBytes: limits.memoryBytesPerCommand, processes: limits.processesPerCommand, nice: 0 };
  const order = { file: program, args, cwd: options.cwd, env, output: { kind: "relay" as const }, limits: treeLimits };
  try {
    child = client.start(order, { onData, onEnd });
  } catch (error) {
    settle({ exitCode: null, stderr: "", problem: messageOf(error) });
  }
}

function resultOf(end: ChildEnd, stopped: string | undefined): RunResult {
  if (end.kind !== "ended") return { exitCode: null, stderr: "", problem: end.problem };
  const problem = stopped ?? end.notice.problem ?? (end.notice.signal ? `It was ended by ${end.notice.signal}.` : undefined);
  const result = { exitCode: end.notice.exitCode, stderr: end.tail.toString("utf8") };
  return problem === undefined ? result : { ...result, problem };
}
