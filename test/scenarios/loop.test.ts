import { expect, test } from "vitest";
import type { Message } from "../../src/shared/protocol/messages";
import { breaks, calls, harness, illegalities, pause, say, type FakeTool, type Scripted } from "../support/scenario";

const tools: Record<string, FakeTool> = {
  Read: { run: ({ file }) => `text of ${String(file ?? "f")}` },
  Fail: { run: () => Promise.reject(new Error("broken")) },
  Slow: {
    run: (_, signal) =>
      pause(5_000, signal).then(() => {
        if (signal.aborted) throw new Error("stopped");
        return "late";
      }),
  },
};

async function scenario(script: Scripted[], expected: string[], prompt = "go"): Promise<void> {
  const h = harness(script, tools);
  await h.send(prompt);
  await h.session.idle();
  expect(h.transcript()).toEqual([`> ${prompt}`, ...expected]);
  expect(illegalities(h.history())).toEqual([]);
}

test("one answer", () => scenario([say("It is 1.")], ["< It is 1.", ". completed"]));

test("calls, results in request order, answer", async () => {
  const h = harness([calls([["Read"], ["Fail"]]), say("done")], tools);
  await h.send("go");
  await h.session.idle();
  // Calls run while the reply streams, so only the order within each kind of line is fixed.
  expect(h.transcript().filter((line) => !line.startsWith("="))).toEqual([
    "> go",
    "< [Read] [Fail]",
    "~ tool_results",
    "< done",
    ". completed",
  ]);
  expect(h.history()[2]?.content).toMatchObject([
    { content: [{ text: "text of f" }] },
    { content: [{ text: "Error: broken" }], isError: true },
  ]);
});

test("an unknown tool is answered, not run", async () => {
  const h = harness([calls([["Nope"]]), say("ok")], tools);
  await h.send("go");
  await h.session.idle();
  expect(h.transcript()).toContain("= Nope: no tool Nope (error)");
  expect(illegalities(h.history())).toEqual([]);
});

test("an output limit is continued, three times at most", () =>
  scenario(
    [say("a", "max_tokens"), say("b", "max_tokens"), say("c", "max_tokens"), say("d", "max_tokens")],
    ["a", "b", "c"]
      .flatMap((text) => [
        `< ${text}`,
        "~ output_limit",
        expect.stringMatching(/cut off by the output limit/) as unknown as string,
      ])
      .concat(["< d", ". failed: output_limit"]),
  ));

test("an empty reply is asked again", () =>
  scenario(
    [say(""), say("now")],
    ["~ empty_reply", expect.stringMatching(/last reply was empty/) as unknown as string, "< now", ". completed"],
  ));

test("a prompt that is too long is compacted once, then it ends plainly", () => {
  const tooLong = breaks([], { kind: "too_long", partial: false });
  return scenario([tooLong, tooLong], ["x too_long", "~ too_long", "x too_long", ". failed: too_long"]);
});

test("a stream lost in its text is asked again", () =>
  scenario([breaks(say("half")), say("whole")], ["x unavailable", "~ stream_lost", "< whole", ". completed"]));

test("a stream lost after a whole call keeps the call and its one run", async () => {
  let runs = 0;
  const h = harness([breaks(calls([["Read"]])), say("done")], { Read: { run: () => `run ${++runs}` } });
  await h.send("go");
  await h.session.idle();
  expect(h.transcript()).toEqual(["> go", "= Read: run 1", "< [Read]", "~ stream_lost", "< done", ". completed"].filter(Boolean));
  expect(illegalities(h.history())).toEqual([]);
});

test("a failure that stays ends the turn with a next step", () =>
  scenario([breaks([], { kind: "auth", partial: false })], ["x auth", ". failed: auth"]));

test("the same failing call three times asks the user, and stops when nobody answers", async () => {
  const h = harness([calls([["Fail"]]), calls([["Fail"]]), calls([["Fail"]]), say("never")], tools, { attended: false });
  await h.send("go");
  await h.session.idle();
  expect(h.transcript().at(-1)).toBe(". failed: repeated_call");
});

test("stop in the middle of a tool is quick and leaves a legal history", async () => {
  const h = harness([calls([["Slow"], ["Read"]])], tools);
  await h.send("go");
  await pause(30);
  const before = Date.now();
  await h.submit({ op: "interrupt" });
  await h.session.idle();
  expect(Date.now() - before).toBeLessThan(2_000);
  expect(h.transcript().at(-1)).toBe(". interrupted");
  expect(illegalities(h.history())).toEqual([]);
});

test("stop while text streams keeps what was shown", async () => {
  const h = harness([
    [
      {
        type: "message_start",
        model: "m",
        provider: "p",
        usage: { inputTokens: 0, outputTokens: 0, cacheReadTokens: 0, cacheWriteTokens: 0 },
      },
      { type: "block_start", index: 0, block: { type: "text" } },
      { type: "block_delta", index: 0, text: "so far" },
      { pause: 5_000 },
      ...say("x"),
    ],
  ]);
  await h.send("go");
  await pause(20);
  await h.submit({ op: "interrupt" });
  await h.session.idle();
  expect(h.transcript()).toEqual(["> go", "< so far", ". interrupted"]);
});

test("queued messages follow the turn, steering goes in between", async () => {
  const h = harness([calls([["Read"]], { gapMs: 20 }), say("seen both"), say("and the queue")], tools);
  await h.send("go");
  await h.send("later");
  await h.send("now", "steer");
  await h.session.idle();
  expect(h.transcript().filter((line) => !line.startsWith("="))).toEqual([
    "> go",
    "< [Read]",
    "~ steer",
    "> (steer) now",
    "< seen both",
    ". completed",
    "> (queue) later",
    "< and the queue",
    ". completed",
  ]);
  expect(illegalities(h.history())).toEqual([]);
});

test("a queued message can be edited and removed", async () => {
  const h = harness([calls([["Read"]], { gapMs: 20 }), say("a"), say("b")], tools);
  await h.send("go");
  await h.send("one");
  await h.send("two");
  const [one, two] = h.session.queued;
  await h.submit({ op: "edit_queued", id: one?.id ?? "", content: [{ type: "text", text: "edited" }] });
  await h.submit({ op: "edit_queued", id: two?.id ?? "", content: null });
  await h.session.idle();
  expect(h.transcript().filter((line) => line.startsWith(">"))).toEqual(["> go", "> (queue) edited"]);
});

test("a queued message that is taken back while its turn is made ready is not said", async () => {
  const waiting: (() => void)[] = [];
  const opening = async (): Promise<Message[]> => {
    if (h.session.queued.length > 0) await new Promise<void>((resolve) => waiting.push(resolve));
    return [];
  };
  const h = harness([calls([["Read"]], { gapMs: 20 }), say("a"), say("b")], tools, { opening });
  await h.send("go");
  await h.send("one");
  await h.send("two");
  await expect.poll(() => waiting.length).toBe(1);
  await h.submit({ op: "edit_queued", id: h.session.queued[0]!.id, content: null });
  waiting[0]?.();
  await expect.poll(() => waiting.length).toBe(2);
  waiting[1]?.();
  await h.session.idle();
  expect(h.transcript().filter((line) => line.startsWith(">"))).toEqual(["> go", "> (queue) two"]);
  expect(illegalities(h.history())).toEqual([]);
});

test("a cap warns at 70 %, pauses at 100 %, and goes on when raised", async () => {
  const script = Array.from({ length: 12 }, () => calls([["Read"]]));
  const h = harness([...script.slice(0, 11), say("end")], tools, { limits: { turn: { steps: 10 }, session: {}, day: {} } });
  await h.send("go");
  await h.session.idle();
  expect(h.transcript().slice(-2)).toEqual(["! limit_reached steps", ". limit: limit"]);
  expect(h.transcript()).toContain("! limit_warning steps");
  await h.submit({ op: "raise_limit", limit: "steps", by: 10 });
  await h.session.idle();
  expect(h.transcript().at(-1)).toBe(". completed");
  expect(illegalities(h.history())).toEqual([]);
});

test("a stop hook sends it round again, a token target keeps it going", async () => {
  let objections = 1;
  const h = harness([say("done?"), say("done!"), say("more"), say("enough")], tools, {
    beforeStop: async () => (objections-- > 0 ? "The tests were not run." : null),
  });
  await h.send("go +0.05k");
  await h.session.idle();
  expect(h.transcript().filter((line) => line.startsWith("~"))).toEqual(["~ stop_hook", "~ token_target"]);
});

test("a conversation of 2,000 steps keeps a flat stack", async () => {
  const h = harness([...Array.from({ length: 2_000 }, () => calls([["Read"]])), say("end")], tools, {
    nextRequest: async () => ({ request: { role: "main", system: [], messages: [], tools: [] }, estimatedTokens: 0 }),
  });
  await h.send("go");
  await h.session.idle();
  expect(h.transcript().at(-1)).toBe(". completed");
});
