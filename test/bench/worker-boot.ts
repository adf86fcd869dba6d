import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { headlessHost } from "../../src/headless/host-api";
import type { EngineApi, EngineStart } from "../../src/shared/protocol/host";
import { connect, type Remote } from "../../src/shared/rpc";
import { reply } from "../support/model-server/reply";
import { startModelServer, type ModelServer } from "../support/model-server/start-model-server";
import type { BenchContext, BenchRow } from "./row";

const KEY = "sk-ant-scripted-0000000000";

interface Running {
  remote: Remote<EngineApi>;
  /** Resolves with the next end of a turn. */
  turnEnded(): Promise<void>;
  stop(): Promise<void>;
}

async function startEngine(context: BenchContext, baseUrl: string): Promise<Running> {
  const worker = new Worker(join(context.dist, "worker.js"), { env: { PATH: process.env["PATH"] ?? "" } });
  const channel = {
    post: (message: unknown) => worker.postMessage(message),
    onMessage: (listener: (message: unknown) => void) => void worker.on("message", listener),
  };
  const rpc = connect<EngineApi>(
    channel,
    headlessHost(() => KEY),
  );
  let ended = Promise.withResolvers<void>();
  rpc.on("events", (batches: { events: { event: { type: string } }[] }[]) => {
    if (batches.some(({ events }) => events.some(({ event }) => event.type === "turn_ended"))) ended.resolve();
  });
  const start: EngineStart = {
    stateDir: context.temp(),
    version: "bench",
    trusted: true,
    settings: { model: "anthropic/claude-sonnet-4-5", baseUrl, generateTitles: false },
    paths: { broker: join(context.dist, "broker.js"), node: process.execPath },
  };
  await rpc.remote.start(start);
  return {
    remote: rpc.remote,
    turnEnded: () => ended.promise.then(() => void (ended = Promise.withResolvers<void>())),
    async stop() {
      await rpc.remote.shutdown();
      await worker.terminate();
    },
  };
}

const timed = async (work: () => Promise<unknown>): Promise<number> => {
  const started = performance.now();
  await work();
  return performance.now() - started;
};

const ready: BenchRow = {
  name: "worker: start to an open conversation",
  baseline: "an empty worker thread that answers one message",
  goal: "< 500 ms p95",
  met: ({ ours }) => ours.p95 < 500,
  async run(context) {
    const cwd = context.temp();
    const empty = join(context.temp(), "empty.mjs");
    writeFileSync(empty, 'import { parentPort } from "node:worker_threads"; parentPort.postMessage("ready");');
    const ours = async (): Promise<number> => {
      let engine: Running | undefined;
      const ms = await timed(async () => {
        engine = await startEngine(context, "http://127.0.0.1:9");
        await engine.remote.openSession({ cwd, roots: [cwd] });
      });
      await engine?.stop();
      return ms;
    };
    const base = async (): Promise<number> => {
      const worker = new Worker(empty);
      const ms = await timed(() => new Promise((resolve) => worker.once("message", resolve)));
      await worker.terminate();
      return ms;
    };
    return { ...(await context.pairs(10, ours, base)), unit: "ms" };
  },
};

const firstByte: BenchRow = {
  name: "message of the panel to the model's request",
  baseline: "one request of the same size to the same server",
  goal: "≤ 50 ms p50",
  met: ({ ours }) => ours.p50 <= 50,
  async run(context) {
    const model: ModelServer = await startModelServer({ script: () => reply.text("ok") });
    const engine = await startEngine(context, model.url);
    const cwd = join(context.temp(), "work");
    mkdirSync(cwd);
    let n = 0;
    const ours = async (): Promise<number> => {
      const { session } = await engine.remote.openSession({ cwd, roots: [cwd] });
      const arrived = model.arrived(model.calls.length + 1);
      const started = performance.now();
      const content = [{ type: "text" as const, text: "hello" }];
      await engine.remote.submit({ op: "user_turn", session, id: `m${n++}`, content, delivery: "queue" });
      const { at } = await arrived;
      await engine.turnEnded();
      return at - started;
    };
    const base = async (): Promise<number> => {
      const body = JSON.stringify(model.calls.at(-1)?.body ?? { model: "m", messages: [], stream: true });
      const arrived = model.arrived(model.calls.length + 1);
      const started = performance.now();
      const answer = await fetch(`${model.url}/v1/messages`, { method: "POST", headers: { "x-api-key": KEY }, body });
      await answer.text();
      return (await arrived).at - started;
    };
    const samples = await context.pairs(30, ours, base);
    await engine.stop();
    await model.stop();
    return { ...samples, unit: "ms" };
  },
};

export const rows: BenchRow[] = [ready, firstByte];
