import { setTimeout as pause } from "node:timers/promises";
import { expect, test } from "vitest";
import { rehearsal } from "../../../src/agent/rehearsal";
import { read } from "../../../src/agent/tools/read";
import type { RunnerPorts } from "../../../src/agent/tools/runner";
import type { ModelRequest, ModelStream } from "../../../src/shared/protocol/model";
import type { Decision } from "../../../src/shared/protocol/permission";

const allowed: Decision = { verdict: "allow", gate: "path", reason: "", risk: "low", suggestions: [] };
const request = {} as ModelRequest;
const silentModel: ModelStream = async function* () {};

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
  const judged: string[] = [];
  const made = rehearsal(ports, ({ access }) => {
    judged.push(access.map((one) => `${one.kind} ${"path" in one ? one.path : ""}`).join());
    return verdict();
  });
  return { did, judged, ...made };
}

test("while the model thinks a read and a write are judged; nothing is told, logged or changed", async () => {
  const { did, judged, whileWaiting } = world();
  whileWaiting(silentModel)(request, AbortSignal.timeout(1_000));
  await expect.poll(() => did).toEqual(["readText /w"]);
  expect(judged).toEqual(["read /w/rehearsal.txt", "write /w/rehearsal.txt", "read /w"]);
  whileWaiting(silentModel)(request, AbortSignal.timeout(1_000));
  await pause(30);
  expect(judged).toHaveLength(3);
});

test("nothing is rehearsed once a real call has come", async () => {
  const { did, judged, whileWaiting, called } = world();
  whileWaiting(silentModel)(request, AbortSignal.timeout(1_000));
  expect(called("the call")).toBe("the call");
  await pause(30);
  expect([did, judged]).toEqual([[], []]);
});

test("what goes wrong in it stays in it", async () => {
  const { judged, whileWaiting } = world(() => {
    throw new Error("bad rule");
  });
  whileWaiting(silentModel)(request, AbortSignal.timeout(1_000));
  await expect.poll(() => judged).toHaveLength(3);
});
