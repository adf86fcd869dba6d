import { expect, test } from "vitest";
import { Conversations } from "../../../src/host/conversations";
import type { EngineThread } from "../../../src/host/engine-thread";
import type { Op, Problem } from "../../../src/shared/protocol/agent";
import type { PermissionMode } from "../../../src/shared/protocol/permission";

/** What is asked of an engine that gives a new conversation the default mode. */
async function opened(
  setting: PermissionMode,
  session?: string,
  refused: Problem | null = null,
): Promise<{ mode: string; ops: Op[] }> {
  const ops: Op[] = [];
  const engine = {
    openSession: async () => ({ session: session ?? "new", lastSeq: 1, tail: [], running: false, mode: "default" }),
    submit: async (op: Op) => (ops.push(op), refused),
  };
  const conversations = new Conversations({
    thread: { engine: async () => engine } as unknown as EngineThread,
    workspace: () => ({ cwd: "/w", roots: ["/w"] }),
    defaults: () => ({ model: "m", mode: setting }),
    onStatus: () => {},
    log: (text) => expect.fail(text),
  });
  const { status } = await conversations.open(session);
  return { mode: status.mode, ops };
}

test("a new conversation starts in the mode of the settings", async () => {
  expect(await opened("plan")).toEqual({ mode: "plan", ops: [{ op: "set_mode", session: "new", mode: "plan" }] });
});

test("one that was there keeps its own; the default needs no word", async () => {
  expect(await opened("plan", "old")).toEqual({ mode: "default", ops: [] });
  expect(await opened("default")).toEqual({ mode: "default", ops: [] });
});

test("what the engine refuses is not shown as set", async () => {
  expect((await opened("acceptEdits", undefined, { kind: "x", message: "no" })).mode).toBe("default");
});
