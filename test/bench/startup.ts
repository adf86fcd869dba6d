import { spawn } from "node:child_process";
import { reply } from "../support/model-server/reply";
import { runCli } from "./loop-cli";
import type { BenchRow } from "./row";

const hello = () => reply.text("hello");

/** What any program in Node costs: the runtime itself. */
function emptyProgram(): Promise<number> {
  const start = performance.now();
  const child = spawn(process.execPath, ["-e", "0"], { stdio: "ignore" });
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", () => resolve(performance.now() - start));
  });
}

export const rows: BenchRow[] = [
  {
    name: "startup: command line to first request",
    baseline: "node -e 0, from start to end",
    goal: "≤ 180 ms; ≤ 20 KB of system and tools; one request",
    met: ({ ours }) => ours.p50 <= 180,
    async run(context) {
      const home = context.temp();
      let note = "";
      const ours = async (): Promise<number> => {
        const { calls, startedAt } = await runCli(context, hello, () => undefined, home);
        const { system, tools } = calls[0]?.body ?? {};
        note = `system + tools ${(JSON.stringify([system, tools]).length / 1_000).toFixed(1)} KB, ${calls.length} request`;
        return (calls[0]?.at ?? Infinity) - startedAt;
      };
      const pairs = await context.pairs(context.full ? 15 : 7, ours, emptyProgram);
      return { ...pairs, unit: "ms", note: `${note}; fastest ${Math.min(...pairs.ours).toFixed(0)} ms` };
    },
  },
  {
    name: "startup: the first run after an installation",
    baseline: "node -e 0, from start to end",
    goal: "figure only",
    async run(context) {
      const ours = async (): Promise<number> => {
        const { calls, startedAt } = await runCli(context, hello, () => undefined);
        return (calls[0]?.at ?? Infinity) - startedAt;
      };
      return { ...(await context.pairs(context.full ? 7 : 3, ours, emptyProgram)), unit: "ms" };
    },
  },
];
