import fc from "fast-check";
import { expect, test } from "vitest";
import type { CallResult, Footprint, PreparedCall } from "../../../src/agent/loop/ports";
import { disturbs, Schedule } from "../../../src/agent/loop/schedule";

type Disk = Map<string, string>;
interface Spec {
  kind: "read" | "write" | "opaque";
  path: string;
  ms: number;
}

const byPath = ([a]: [string, string], [b]: [string, string]): number => a.localeCompare(b);

const result = (id: string, text: string): CallResult => ({
  result: { type: "tool_result", toolUseId: id, content: [{ type: "text", text }] },
  failed: false,
});

/** A call that reads or changes a small world, slowly, as real tools do. */
function makeCall(spec: Spec, index: number, disk: Disk): PreparedCall {
  const id = `c${index}`;
  const footprint: Footprint = spec.kind === "opaque" ? { kind: "opaque" } : { kind: spec.kind, paths: [spec.path] };
  return {
    id,
    name: spec.kind,
    signature: id,
    footprint,
    skip: (why) => result(id, `skipped ${why}`),
    async run(signal, begin) {
      begin();
      const before = spec.kind === "opaque" ? JSON.stringify([...disk].sort(byPath)) : (disk.get(spec.path) ?? "");
      await new Promise((resolve) => setTimeout(resolve, spec.ms));
      if (signal.aborted) return result(id, "aborted");
      if (spec.kind === "write") disk.set(spec.path, `${before}+${id}`);
      if (spec.kind === "opaque") for (const [path, text] of disk) disk.set(path, `${text}!${id}`);
      return result(id, before);
    },
  };
}

async function sequential(specs: Spec[]): Promise<{ disk: Disk; texts: string[] }> {
  const disk: Disk = new Map([
    ["a", ""],
    ["b", ""],
  ]);
  const texts: string[] = [];
  for (const [index, spec] of specs.entries())
    texts.push(textOf(await makeCall({ ...spec, ms: 0 }, index, disk).run(new AbortController().signal, () => {})));
  return { disk, texts };
}

const textOf = (one: CallResult): string => (one.result.content[0]?.type === "text" ? one.result.content[0].text : "");

const specs = fc.array(
  fc.record({
    kind: fc.constantFrom("read", "read", "write", "opaque"),
    path: fc.constantFrom("a", "b"),
    ms: fc.integer({ min: 0, max: 4 }),
  }),
  { maxLength: 9 },
) as fc.Arbitrary<Spec[]>;

test("any mix of calls leaves the world, and answers, as one after the other would", () =>
  fc.assert(
    fc.asyncProperty(specs, async (list) => {
      const disk: Disk = new Map([
        ["a", ""],
        ["b", ""],
      ]);
      const schedule = new Schedule({ signal: new AbortController().signal });
      for (const [index, spec] of list.entries()) schedule.add(makeCall(spec, index, disk));
      const results = await schedule.finish();
      const expected = await sequential(list);
      expect(results.map(textOf)).toEqual(expected.texts);
      expect([...disk].sort(byPath)).toEqual([...expected.disk].sort(byPath));
    }),
    { numRuns: 60, seed: 7 },
  ));

test("a lost stream drops what has not begun: the world is as after the calls that had", () =>
  fc.assert(
    fc.asyncProperty(specs, fc.integer({ min: 0, max: 12 }), async (list, after) => {
      const disk: Disk = new Map([
        ["a", ""],
        ["b", ""],
      ]);
      const schedule = new Schedule({ signal: new AbortController().signal });
      for (const [index, spec] of list.entries()) schedule.add(makeCall(spec, index, disk));
      await new Promise((resolve) => setTimeout(resolve, after));
      schedule.dropUnstarted();
      const results = await schedule.finish();
      expect(results.length).toBe(schedule.calls.length);
      const kept = new Set(schedule.calls.map((call) => call.id));
      const keptSpecs = list.map((spec, index) => (kept.has(`c${index}`) ? spec : null));
      const replay: Disk = new Map([
        ["a", ""],
        ["b", ""],
      ]);
      for (const [index, spec] of keptSpecs.entries())
        if (spec) await makeCall({ ...spec, ms: 0 }, index, replay).run(new AbortController().signal, () => {});
      expect([...disk].sort(byPath)).toEqual([...replay].sort(byPath));
    }),
    { numRuns: 60, seed: 11 },
  ));

test("five slow reads take as long as one", async () => {
  const disk: Disk = new Map();
  const schedule = new Schedule({ signal: new AbortController().signal });
  let running = 0;
  let most = 0;
  for (let i = 0; i < 5; i++) {
    const call = makeCall({ kind: "read", path: "a", ms: 20 }, i, disk);
    schedule.add({
      ...call,
      run: async (signal, begin) => {
        most = Math.max(most, ++running);
        const ran = await call.run(signal, begin);
        running--;
        return ran;
      },
    });
  }
  await schedule.finish();
  expect(most).toBe(5);
});

test("what disturbs what", () => {
  const read = (...paths: string[]): Footprint => ({ kind: "read", paths });
  const write = (...paths: string[]): Footprint => ({ kind: "write", paths });
  expect(disturbs(read("/a"), read("/a"))).toBe(false);
  expect(disturbs(write("/a"), read("/b"))).toBe(false);
  expect(disturbs(write("/p/a"), read("/p"))).toBe(true);
  expect(disturbs(write("/p/a"), write("/p/ab"))).toBe(false);
  expect(disturbs(read("/a"), { kind: "opaque" })).toBe(true);
});
