import { join } from "node:path";
import type { ModelStream } from "../shared/protocol/model";
import type { Decision } from "../shared/protocol/permission";
import type { DecideRequest } from "./permissions/types";
import { prepareCall, type RunnerPorts } from "./tools/runner";

/** The request is on its way by then, and no model answers sooner. */
const AFTER_MS = 4;

export interface Rehearsal {
  whileWaiting(model: ModelStream): ModelStream;
  /** A real call: nothing is left to rehearse. */
  called<T>(call: T): T;
}

/**
 * The first call of a process would wait for its own code: to be compiled, for rules to be read, for patterns to be made
 * (20 ms). The time in which the model thinks over its first answer is free, so a call that can change nothing goes the
 * same way then: a folder is read as if it were a file, and a write is judged but not done.
 */
export function rehearsal(ports: RunnerPorts, judge: (call: DecideRequest) => Decision): Rehearsal {
  let due = true;
  const silent: RunnerPorts = {
    ...ports,
    attended: false,
    decide: async (call) => judge(call),
    emit: () => undefined,
    audit: () => undefined,
    flush: async () => undefined,
  };
  const { cwd } = ports.tools;
  const path = join(cwd, "rehearsal.txt");
  const parts = [
    () => judge({ tool: "Read", input: { file_path: path }, access: [{ kind: "read", path }] }),
    () => judge({ tool: "Write", input: { file_path: path }, access: [{ kind: "write", path }] }),
    () => {
      const call = prepareCall({ type: "tool_use", id: "", name: "Read", input: { file_path: cwd } }, "", "", silent);
      void call.run(new AbortController().signal, () => undefined);
    },
  ];
  const next = (): void => {
    // One at a time: what the model says meanwhile waits for a part, not for all of them.
    const part = due ? parts.shift() : undefined;
    if (!part) return;
    try {
      part();
    } catch {
      // Whatever is wrong will be said when it is not a rehearsal.
    }
    setImmediate(next);
  };
  return {
    whileWaiting: (model) => (request, signal) => {
      if (due && parts.length > 0) setTimeout(next, AFTER_MS).unref();
      return model(request, signal);
    },
    called(call) {
      due = false;
      return call;
    },
  };
}
