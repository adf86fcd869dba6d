import { existsSync } from "node:fs";
import { expect, onTestFinished, test } from "vitest";
import { textOf } from "../../src/shared/protocol/messages";
import { billedModel, isSummaryRequest, type Answer } from "../support/billed-model";
import { engineWorld, type EngineWorld, type EngineWorldOptions } from "../support/engine-world";
import { illegalities } from "../support/scenario";

const summary =
  "<summary><intent>Build it.</intent><concepts>c</concepts><findings>f</findings><errors>e</errors><state>s</state><next>n</next></summary>";

async function world(plan: Answer[], options: EngineWorldOptions = {}) {
  const illegal: string[] = [];
  const model = billedModel((request) => {
    illegal.push(...illegalities(request.messages));
    return isSummaryRequest(request) ? { text: summary } : (plan.shift() ?? { text: "ok" });
  });
  const made = await engineWorld({ model: model.stream, ...options });
  onTestFinished(() => made.stop());
  return { world: made, model, illegal, plan };
}

const reduced = ({ events }: EngineWorld) => events.flatMap((event) => (event.type === "context_reduced" ? [event] : []));

test("level 1: a huge result goes to disk with its figures, and Read may look into it without a question", async () => {
  const rows = (cell: number): string[] => Array.from({ length: 30 }, (_, n) => `row ${cell * 30 + n} of the long output\n`);
  const cells = Array.from({ length: 300 }, (_, cell) => ({ cell_type: "code", source: rows(cell), outputs: [], metadata: {} }));
  const notebook = JSON.stringify({ nbformat: 4, nbformat_minor: 5, metadata: {}, cells });
  const {
    world: w,
    model,
    illegal,
    plan,
  } = await world([{ calls: [{ name: "Read", input: { file_path: "long.ipynb" } }] }], {
    files: { "long.ipynb": notebook },
    mode: "default",
  });
  await w.send("show it");
  const [event] = reduced(w);
  expect(event).toMatchObject({ level: 1, detail: { kind: "result_to_disk" } });
  expect(event!.freedTokens).toBeGreaterThan(10_000);
  const path = event!.detail.kind === "result_to_disk" ? event!.detail.path : "";
  expect(existsSync(path)).toBe(true);
  const result = model.bills
    .at(-1)!
    .request.messages.flatMap(({ content }) => content)
    .find((block) => block.type === "tool_result");
  const preview = result?.type === "tool_result" ? textOf(result.content) : "";
  expect(preview.length).toBeLessThan(3_000);
  expect(preview.match(/characters in all/g)).toHaveLength(1);
  plan.push(
    { calls: [{ name: "Read", input: { file_path: path, offset: 1_990, limit: 30 } }] },
    { calls: [{ name: "Write", input: { file_path: path, content: "x" } }] },
  );
  await w.send("read the part");
  const finished = w.events.flatMap((one) => (one.type === "tool_finished" ? [one] : []));
  expect(textOf(finished[1]!.result.content)).toMatch(/row \d+ of the long output/);
  expect(finished[2]!.outcome).not.toBe("ok");
  expect(illegal).toEqual([]);
});

async function compacted(options: EngineWorldOptions = {}) {
  const made = await world([], { files: { "CLAUDE.md": "House rule: tabs.", "a.ts": "export const a = 1;\n" }, ...options });
  made.plan.push({ calls: [{ name: "Read", input: { file_path: "a.ts" } }] });
  for (const text of ["Start with the importer.", "No, never use a class.", "Go on.", "And on."]) await made.world.send(text);
  const before = made.model.bills.at(-1)!.request.messages.map(({ id }) => id);
  await made.world.op({ op: "compact" });
  await made.world.send("after it");
  return { ...made, before };
}

test("level 5 brings back what the work needs: instructions and the user's words verbatim, files as they are now", async () => {
  const { model, illegal, world: w } = await compacted();
  const last = model.bills.at(-1)!.request.messages;
  const text = last.map(({ content }) => textOf(content)).join("\n");
  for (const part of ["House rule: tabs.", "- No, never use a class.", "export const a = 1;", "## 9. Next step"])
    expect(text).toContain(part);
  expect(text.match(/House rule/g)).toHaveLength(1);
  expect(reduced(w).map(({ level }) => level)).toEqual([5]);
  expect(illegal).toEqual([]);
});

test("the summarising call reads nearly all of its input from the cache", async () => {
  const { model } = await compacted();
  const { usage } = model.bills.find((bill) => bill.summary)!;
  expect(usage.cacheReadTokens / (usage.cacheReadTokens + usage.cacheWriteTokens)).toBeGreaterThan(0.9);
});

test("a compaction can be taken back, also after a restart", async () => {
  const { world: w, model, before, illegal } = await compacted();
  await w.restart();
  await w.op({ op: "undo_compaction" });
  await w.send("once more");
  const after = model.bills.at(-1)!.request.messages.map(({ id }) => id);
  expect(after.slice(0, before.length)).toEqual(before);
  expect(w.events.some(({ type }) => type === "context_restored")).toBe(true);
  expect(illegal).toEqual([]);
});

test("what the person keeps is sent word for word through a compaction and a restart, until they let it go", async () => {
  const { world: w, model, illegal } = await compacted();
  const call = w.events.flatMap((event) => (event.type === "tool_finished" ? [event.call] : []))[0]!;
  const sent = async (): Promise<boolean> => {
    await w.send("once more");
    const blocks = model.bills.at(-1)!.request.messages.flatMap(({ content }) => content);
    return blocks.some((block) => block.type === "tool_result" && block.toolUseId === call && !block.isError);
  };
  expect(await sent()).toBe(false);
  await w.op({ op: "keep", target: call, kept: true });
  expect(await sent()).toBe(true);
  await w.restart();
  expect(w.live.kept).toEqual([call]);
  expect(await sent()).toBe(true);
  await w.op({ op: "keep", target: call, kept: false });
  expect(await sent()).toBe(false);
  expect(w.live.prefix.figures.breaks.unexplained).toBe(0);
  expect(illegal).toEqual([]);
});

test("after a restart the estimate starts from what was reported last", async () => {
  const { world: w, model } = await compacted();
  await w.restart();
  await w.send("once more");
  const measured = w.events.findLast((event) => event.type === "request_started");
  const { usage } = model.bills.at(-1)!;
  const real = usage.inputTokens + usage.cacheReadTokens + usage.cacheWriteTokens;
  const estimated = measured?.type === "request_started" ? measured.estimatedTokens : 0;
  expect(Math.abs(estimated - real) / real).toBeLessThan(0.02);
});

const chatter = (n: number): Answer => ({ text: `Part ${n}: ${`the importer keeps row ${n} in order. `.repeat(400)}` });

test("automatic compaction off: nothing is summarised or collapsed on its own", async () => {
  const { world: w, plan } = await world([], { config: { autoCompactEnabled: false } });
  for (let n = 0; n < 60; n++) {
    plan.push(chatter(n));
    await w.send(`part ${n}`);
  }
  expect(reduced(w)).toEqual([]);
});

test("a long talk is summarised in the background: no turn waits for it", async () => {
  const { world: w, plan, model } = await world([]);
  for (let n = 0; n < 60; n++) {
    plan.push(chatter(n));
    await w.send(`part ${n}`);
  }
  expect(reduced(w).map(({ level }) => level)).toContain(5);
  const at = model.bills.findIndex((bill) => bill.summary);
  // The next request went out before the summary was used: nobody waited.
  expect(model.bills[at + 1]?.request.messages.some(({ id }) => id.startsWith("summary-"))).toBe(false);
});
