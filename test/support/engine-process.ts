// The real worker bundle, started as the extension host starts it, in a process that may be killed at any moment.
// Every logged event is written to a file before the next one is looked at: what stands there has been acknowledged.
import { openSync, writeFileSync } from "node:fs";
import { Worker } from "node:worker_threads";
import { headlessHost } from "../../src/headless/host-api";
import { statusOf } from "../../src/host/session-status";
import type { EngineApi, EngineStart } from "../../src/shared/protocol/host";
import type { PanelEvent } from "../../src/shared/protocol/view";
import { connect } from "../../src/shared/rpc";

export interface EngineJob {
  worker: string;
  key: string;
  start: EngineStart;
  cwd: string;
  session?: string;
  steps: EngineStep[];
  /** What was acknowledged, one line each. */
  seen: string;
}

/** A prompt once nothing runs, or one that comes while the one before it is worked on. */
export type EngineStep = { say: string; during?: "queue" | "steer" } | "compact";

export type EngineLine = { session: string } | PanelEvent;

const job = JSON.parse(process.argv[2] ?? "{}") as EngineJob;
const seen = openSync(job.seen, "a");
const say = (line: EngineLine): void => writeFileSync(seen, `${JSON.stringify(line)}\n`);

const worker = new Worker(job.worker, { env: { PATH: process.env["PATH"] ?? "", HOME: job.start.stateDir } });
worker.on("error", (error) => {
  throw error;
});
const channel = {
  post: (message: unknown) => worker.postMessage(message),
  onMessage: (listener: (message: unknown) => void) => void worker.on("message", listener),
};
const rpc = connect<EngineApi>(
  channel,
  headlessHost(() => job.key),
);
const { remote } = rpc;

await remote.start(job.start);
const view = await remote.openSession({
  cwd: job.cwd,
  roots: [job.cwd],
  ...(job.session !== undefined && { session: job.session }),
});
const { session } = view;
say({ session });
console.log("ready");
rpc.on("events", (batches: { session: string; events: PanelEvent[] }[]) => {
  for (const { events } of batches) for (const event of events) void meet(event);
});
let { queued } = statusOf(view, { model: "", mode: "default" });
let ended: (() => void) | undefined;
const running = Promise.withResolvers<void>();
for (const [n, step] of job.steps.entries()) {
  const next = job.steps[n + 1];
  const idle = new Promise<void>((resolve) => (ended = resolve));
  if (step === "compact") await remote.submit({ op: "compact", session });
  else {
    const content = [{ type: "text" as const, text: step.say }];
    // A call that has not begun yet would be left out.
    if (step.during === "steer") await running.promise;
    await remote.submit({
      op: "user_turn",
      session,
      id: `prompt-${process.pid}-${n}`,
      content,
      delivery: step.during ?? "queue",
    });
    if (typeof next !== "object" || next.during === undefined) await idle;
  }
}
await remote.shutdown();
process.exit(0);

async function meet(one: PanelEvent): Promise<void> {
  if (one.seq > 0) say(one);
  const { event } = one;
  if (event.type === "tool_started") running.resolve();
  if (event.type === "queue_changed") queued = event.queued;
  if (event.type === "turn_ended" && queued.length === 0) ended?.();
  if (event.type === "approval_requested")
    await remote.submit({ op: "answer_approval", session, id: event.approval.id, answer: { verdict: "allow", scope: "once" } });
  if (event.type === "question_asked") {
    const answers = Object.fromEntries(event.questions.map(({ question, options }) => [question, options[0]?.label ?? ""]));
    await remote.submit({ op: "answer_question", session, id: event.id, answers });
  }
}
