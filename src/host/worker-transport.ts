import { Worker } from "node:worker_threads";
import type { EngineTransport } from "./engine-thread";

export interface WorkerOptions {
  file: string;
  env: Record<string, string>;
  maxMemoryMb: number;
  log(text: string): void;
}

/** The engine on a thread of the extension host with a memory ceiling of its own: running out of it ends only the thread. */
export function startWorker({ file, env, maxMemoryMb, log }: WorkerOptions): EngineTransport {
  const worker = new Worker(file, {
    name: "stride-engine",
    env,
    stdout: true,
    stderr: true,
    resourceLimits: { maxOldGenerationSizeMb: maxMemoryMb },
  });
  worker.stdout.setEncoding("utf8").on("data", (text: string) => log(text.trimEnd()));
  worker.stderr.setEncoding("utf8").on("data", (text: string) => log(text.trimEnd()));
  let failure: string | undefined;
  worker.on("error", (error) => (failure = error instanceof Error ? error.message : String(error)));
  return {
    post: (message) => worker.postMessage(message),
    onMessage: (listener) => void worker.on("message", listener),
    onExit: (listener) => void worker.on("exit", (code) => listener(failure ?? `exit code ${code}`)),
    terminate: async () => void (await worker.terminate()),
  };
}
