import { setTimeout as pause } from "node:timers/promises";
import { expect, test } from "vitest";
import { rehearsing } from "../../../src/agent/rehearsal";
import { read } from "../../../src/agent/tools/read";
import type { RunnerPorts } from "../../../src/agent/tools/runner";
import type { ModelRequest, ModelStream, StreamEvent } from "../../../src/shared/protocol/model";
import type { DecideRequest } from "../../../src/agent/permissions/types";
import type { Decision } from "../../../src/shared/protocol/permission";

const allowed: Decision = { verdict: "allow", gate: "path", reason: "", risk: "low", suggestions: [] };

function world(verdict: () => Decision = () => allowed) {
  const did: string[] = [];
  const note = (what: string) => (): void => void did.push(what);
  const files = {
    readText: async (path: string) => (did.push(`readText ${path}`), { ok: false, problem: "directory", message: "a folder" }),
  };
  const ports = {
    tools: { cwd: "/w", shell: "bash", files },
    find: () => read,
    names: () => ["Read"],
    decide: note("decide"),
    attended: true,
    approve: note("approve"),
    boundTo: () => ({}),
    emit: note("emit"),
    flush: note("flush"),
    cap: async (_call: string, content: unknown) => content,
    hash: () => "",
    newId: () => "id",
    now: () => 0,
    audit: note("audit"),
  } as unknown as RunnerPorts;
  const judge = ({ tool, access }: DecideRequest): Decision => {
    did.push(`judge ${tool} ${access.map((one) => ("path" in one ? one.path : one.kind)).join()}`);
    return verdict();
  };
  return { did, ports: { runner: ports, judge, warm: note("warm") } };
}

const whole = [
  "judge Read /w/rehearsal.txt",
  "judge Write /w/rehearsal.txt",
  "judge Read /w",
  "readText /w",
  "warm",
  "judge Bash command",
];
const word: StreamEvent = { type: "block_delta", index: 0, text: "hi" };
const answersAfter = (ms: number): ModelStream =>
  async function* () {
    await pause(ms);
    yield word;
    await pause(60);
    yield word;
  };

async function ask(model: ModelStream): Promise<number> {
  let events = 0;
  for await (const event of model({} as ModelRequest, AbortSignal.timeout(5_000))) events += event === word ? 1 : 0;
  return events;
}

test("while the model thinks calls are judged and a folder is read; nothing is told, logged or changed", async () => {
  const { did, ports } = world();
  const model = rehearsing(answersAfter(400), ports);
  expect(await ask(model)).toBe(2);
  expect(did).toEqual(whole);
  expect(await ask(model)).toBe(2);
  expect(did).toEqual(whole);
});

test("what takes long stops when the model begins, and goes on at its next silence", async () => {
  const { did, ports } = world();
  let thinks = 20;
  const model = rehearsing((request, signal) => answersAfter(thinks)(request, signal), ports);
  expect(await ask(model)).toBe(2);
  expect(did).toEqual(whole.slice(0, 4));
  thinks = 400;
  expect(await ask(model)).toBe(2);
  expect(did).toEqual(whole);
});

test("what goes wrong in it stays in it, and the stream ends as its reader wants", async () => {
  let ended = false;
  const { did, ports } = world(() => {
    throw new Error("bad rule");
  });
  const model = rehearsing(async function* () {
    try {
      yield* answersAfter(300)({} as ModelRequest, AbortSignal.timeout(5_000));
    } finally {
      ended = true;
    }
  }, ports);
  for await (const event of model({} as ModelRequest, AbortSignal.timeout(5_000))) if (event === word) break;
  expect(ended).toBe(true);
  expect(did).toContain("judge Bash command");
});
