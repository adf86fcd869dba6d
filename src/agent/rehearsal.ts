import { join } from "node:path";
import type { ModelStream, StreamEvent } from "../shared/protocol/model";
import type { Access, Decision } from "../shared/protocol/permission";
import type { DecideRequest } from "./permissions/types";
import { prepareCall, type RunnerPorts } from "./tools/runner";

export interface RehearsalPorts {
  runner: RunnerPorts;
  judge(call: DecideRequest): Decision;
  /** Starts what commands need. */
  warm(): void;
}

interface Part {
  /** Since the request was sent, ms. What takes longer than a frame begins later: only a model that is slow has time for it. */
  after: number;
  run(): void;
}

/**
 * The first call of a process would wait for its own code (to be compiled, for rules to be read, for patterns to be made:
 * 20 ms) and the first command for the process that starts it (100 ms). The time in which the model thinks is free, so
 * calls that change nothing go the same way then: some are only judged, one reads a folder as if it were a file.
 * Gives the same model; as long as something is left to do, its silence is used.
 */
export function rehearsing(model: ModelStream, ports: RehearsalPorts): ModelStream {
  const parts = partsOf(ports);
  return (request, signal) => {
    if (parts.length === 0) return model(request, signal);
    const events = model(request, signal)[Symbol.asyncIterator]();
    let first: Promise<IteratorResult<StreamEvent>> | undefined = events.next();
    const stop = whenQuiet(parts);
    first.then(stop, stop);
    const next = (): Promise<IteratorResult<StreamEvent>> => {
      const pulled = first ?? events.next();
      first = undefined;
      return pulled;
    };
    const end = async (): Promise<IteratorResult<StreamEvent>> => (await events.return?.()) ?? { done: true, value: undefined };
    return { [Symbol.asyncIterator]: () => ({ next, return: end }) };
  };
}

/** One part after the other, until stopped; what is left waits for the next silence. */
function whenQuiet(parts: Part[]): () => void {
  const began = performance.now();
  let timer: NodeJS.Timeout | undefined;
  const arm = (): void => {
    if (parts[0]) timer = setTimeout(perform, Math.max(1, parts[0].after - (performance.now() - began))).unref();
  };
  const perform = (): void => {
    try {
      parts.shift()?.run();
    } catch {
      // Whatever is wrong will be said when it is not a rehearsal.
    }
    arm();
  };
  arm();
  return () => clearTimeout(timer);
}

function partsOf({ runner, judge, warm }: RehearsalPorts): Part[] {
  const { cwd, shell } = runner.tools;
  const path = join(cwd, "rehearsal.txt");
  const judged = (tool: string, access: Access): void => void judge({ tool, input: {}, access: [access] });
  const silent: RunnerPorts = {
    ...runner,
    attended: false,
    decide: async (call) => judge(call),
    emit: () => undefined,
    audit: () => undefined,
    flush: async () => undefined,
  };
  const readFolder = (): void => {
    const call = prepareCall({ type: "tool_use", id: "", name: "Read", input: { file_path: cwd } }, "", "", silent);
    void call.run(new AbortController().signal, () => undefined);
  };
  return [
    { after: 4, run: () => judged("Read", { kind: "read", path }) },
    { after: 4, run: () => judged("Write", { kind: "write", path }) },
    { after: 4, run: readFolder },
    { after: 150, run: warm },
    { after: 150, run: () => judged("Bash", { kind: "command", shell, command: "ls -l | head -n 3", cwd }) },
  ];
}
