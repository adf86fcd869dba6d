import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { Engine } from "../../src/agent/engine";
import { headlessHost } from "../../src/headless/host-api";
import { diskProbe } from "../../src/headless/path-probe";
import type { AgentEvent } from "../../src/shared/protocol/agent";
import { textBlock } from "../../src/shared/protocol/messages";
import { part, reply } from "../support/model-server/reply";
import { startModelServer, type Answer, type ModelServer } from "../support/model-server/start-model-server";
import type { BenchContext } from "./row";

interface Talk {
  server: ModelServer;
  cwd: string;
  /** Resolves with the events of the turn and their times. */
  say(text: string): Promise<{ at: number; event: AgentEvent }[]>;
  close(): Promise<void>;
}

/** The real engine, its real tools and a provider on loopback, in this process. */
export async function talkWith({ dist, temp }: Pick<BenchContext, "dist" | "temp">, script: Answer): Promise<Talk> {
  const server = await startModelServer({ script });
  const cwd = temp();
  const stateDir = join(temp(), "state");
  mkdirSync(stateDir);
  let heard: { at: number; event: AgentEvent }[] = [];
  let ended: () => void = () => undefined;
  const engine = new Engine({
    host: headlessHost((name) => (name === "ANTHROPIC_API_KEY" ? "k" : null)),
    attended: false,
    probe: diskProbe(),
    shell: "bash",
    editor: "bench",
    environment: { ...process.env, ANTHROPIC_BASE_URL: server.url },
    roots: [cwd],
    onWarnings: () => undefined,
    onEvent: (_, { event }) => {
      heard.push({ at: performance.now(), event: event as AgentEvent });
      if (event.type === "turn_ended") ended();
    },
    overrides: { mode: "bypassPermissions" },
  });
  await engine.start({
    stateDir,
    version: "0",
    trusted: true,
    settings: { model: "default" },
    paths: { broker: join(dist, "broker.js"), node: process.execPath },
  });
  const { session } = await engine.openSession({ cwd, roots: [cwd] });
  let turn = 0;
  return {
    server,
    cwd,
    async say(text) {
      heard = [];
      const over = new Promise<void>((resolve) => (ended = resolve));
      await engine.submit({ op: "user_turn", session, id: `m${++turn}`, content: [textBlock(text)], delivery: "queue" });
      await over;
      const end = heard.at(-1)?.event;
      if (end?.type !== "turn_ended" || end.reason !== "completed") throw new Error(`the turn failed: ${JSON.stringify(end)}`);
      return heard;
    },
    async close() {
      await engine.shutdown();
      await server.stop();
    },
  };
}

/** About `tokens` of context in the conversation; the first token comes 300 ms after the request. */
export async function firstByteOf(
  context: BenchContext,
  tokens: number,
): Promise<{ ours(): Promise<number>; base(): Promise<number>; close(): Promise<void> }> {
  const words = "some words of a long conversation about a program and its parts, ";
  const talk = await talkWith(context, ({ n }) => reply.text("ok", n === 1 ? {} : { firstByteMs: 300 }));
  await talk.say(words.repeat(Math.ceil((tokens * 4) / words.length)));
  return {
    async ours() {
      const start = performance.now();
      const events = await talk.say("next");
      return (events.find(({ event }) => event.type === "delta")?.at ?? Infinity) - start;
    },
    async base() {
      const body = JSON.stringify(talk.server.calls.at(-1)?.body);
      const start = performance.now();
      const response = await fetch(`${talk.server.url}/v1/messages`, {
        method: "POST",
        body,
        headers: { "content-type": "application/json" },
      });
      const reader = response.body?.getReader();
      await reader?.read();
      const took = performance.now() - start;
      while (!(await reader?.read())?.done);
      return took;
    },
    close: talk.close,
  };
}

export interface CallsPlan {
  calls: number;
  apartMs: number;
  eachMs: number;
  times: number;
}

/** Commands that take their time, in one reply, as far apart as a model writes them. */
export async function callsOf(
  context: BenchContext,
  { calls, apartMs, eachMs, times }: CallsPlan,
): Promise<{ ours: number[]; critical: number[]; sequential: number }> {
  const sleeps = Array.from({ length: calls }, (_, at) =>
    part.tool("Bash", { command: `sleep ${eachMs / 1_000} # ${at}` }, { beforeMs: at === 0 ? 0 : apartMs }),
  );
  const talk = await talkWith(context, ({ results }) => (results.length > 0 ? reply.text("done") : reply.of(sleeps)));
  const ours: number[] = [];
  const critical: number[] = [];
  try {
    for (let at = -1; at < times; at++) {
      const events = await talk.say("go");
      const time = (type: AgentEvent["type"], which: "first" | "last"): number => {
        const all = events.filter(({ event }) => event.type === type);
        return (which === "first" ? all[0] : all.at(-1))?.at ?? 0;
      };
      const begin = time("request_started", "first");
      const lastRequest = time("request_started", "last");
      if (at < 0) continue;
      ours.push(lastRequest - begin);
      critical.push((calls - 1) * apartMs + eachMs);
    }
  } finally {
    await talk.close();
  }
  return { ours, critical, sequential: (calls - 1) * apartMs + calls * eachMs };
}
