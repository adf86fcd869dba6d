import { expect, test } from "vitest";
import { SourceMeter } from "../../../src/agent/context/sources";
import type { Message } from "../../../src/shared/protocol/messages";

const fixed = { system: 100.4, tools: 50 };
let id = 0;
const said = (role: Message["role"], text: string): Message => ({ id: `m${id++}`, role, content: [{ type: "text", text }] });
const result = (text: string): Message => ({
  id: `m${id++}`,
  role: "user",
  content: [{ type: "tool_result", toolUseId: "1", content: [{ type: "text", text }], origin: "tool" }],
});

test("a list that went on, shrank or changed is measured as one that is new", () => {
  const meter = new SourceMeter();
  let list: Message[] = [];
  const lists = [
    (list = [said("user", "go and look")]),
    (list = [...list, said("assistant", "words ".repeat(300)), result("line\n".repeat(500))]),
    (list = [...list, said("assistant", "done")]),
    list.with(2, result("cleared")),
    list.slice(0, 1),
    list,
    [],
  ];
  for (const one of lists) expect(meter.of(one, fixed)).toEqual(new SourceMeter().of(one, fixed));
  expect(meter.of(lists[0]!, fixed)).toMatchObject({ system: 100, tools: 50, results: 0, instructions: 0 });
  expect(meter.of(lists[1]!, fixed)["results"]).toBeGreaterThan(meter.of(lists[3]!, fixed)["results"]! * 10);
});

test("a long text of the model is judged by parts of it, within a tenth", () => {
  const line = "export const value = compute(alpha, beta); // why it is so\n";
  const call = (content: string): Message => ({
    id: `m${id++}`,
    role: "assistant",
    content: [{ type: "tool_use", id: "1", name: "Write", input: { file_path: "a.ts", content } }],
  });
  const tokens = (content: string): number => new SourceMeter().of([call(content)], fixed)["messages"]!;
  const [short, long] = [tokens(line.repeat(100)), tokens(line.repeat(2_000))];
  expect(long / (short * 20)).toBeGreaterThan(0.9);
  expect(long / (short * 20)).toBeLessThan(1.1);
});
