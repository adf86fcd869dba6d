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
  /** Needs more than a frame: only while the model is silent, and only when it is silent for long. */
  long?: true;
  run(): void;
}

/** The request is on its way by then. */
const SHORT_AFTER_MS = 4;
const LONG_AFTER_MS = 150;

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

/** One part after the other. When stopped, short ones still follow: whatever the model says, a call may be in it. */
function whenQuiet(parts: Part[]): () => void {
  const began = performance.now();
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  const arm = (): void => {
    const [part] = parts;
    if (!part || (stopped && part.long)) return;
    const due = began + (part.long ? LONG_AFTER_MS : SHORT_AFTER_MS);
    timer = setTimeout(perform, Math.max(1, due - performance.now())).unref();
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
  return () => {
    stopped = true;
    if (parts[0]?.long) clearTimeout(timer);
  };
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
  const prepared = (name: string, input: Record<string, unknown>) =>
    prepareCall({ type: "tool_use", id: "", name, input }, "", "", silent);
  const readFolder = (): void => {
    void prepared("Read", { file_path: cwd }).run(new AbortController().signal, () => undefined);
  };
  const judgeWrite = (): void => {
    prepared("Write", { file_path: path, content: "" });
    judged("Write", { kind: "write", path });
  };
  return [
    { run: () => judged("Read", { kind: "read", path }) },
    { run: judgeWrite },
    { run: readFolder },
    { long: true, run: warm },
    { long: true, run: () => judged("Bash", { kind: "command", shell, command: "ls -l | head -n 3", cwd }) },
  ];
}
