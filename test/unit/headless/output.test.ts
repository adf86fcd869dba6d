import { expect, test } from "vitest";
import { createPrinter } from "../../../src/headless/output";
import type { AgentEvent } from "../../../src/shared/protocol/agent";
import { noUsage, type StopReason } from "../../../src/shared/protocol/model";

const said = (text: string, stopReason: StopReason): AgentEvent => ({
  type: "assistant_message",
  turn: "t",
  request: "r",
  message: { id: "m", role: "assistant", content: [{ type: "text", text }] },
  model: "m",
  stopReason,
  usage: noUsage(),
  usd: 0,
});
const notice: AgentEvent = { type: "notice", level: "info", message: "the summary is made" };

function check(events: AgentEvent[], late: AgentEvent[]): { lines: { type: string; result?: string }[]; errors: string } {
  let out = "";
  let errors = "";
  const printer = createPrinter("stream-json", {
    session: "s",
    cwd: "/",
    model: "m",
    tools: [],
    permissionMode: "default",
    keySource: "none",
    includePartialMessages: false,
    verbose: false,
    write: (text) => void (out += text),
    writeError: (text) => void (errors += text),
    now: () => 0,
  });
  for (const event of events) printer.onEvent(event);
  printer.finish();
  for (const event of late) printer.onEvent(event);
  return {
    lines: out
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as { type: string }),
    errors,
  };
}

test("the result is the last line, whatever is told behind it", () => {
  const { lines, errors } = check([said("hi", "end_turn"), notice], [notice]);
  expect(lines.map(({ type }) => type)).toEqual(["assistant", "system", "result"]);
  expect(errors.match(/the summary is made/g)).toHaveLength(2);
});
test("a reply that was cut or paused and the one that goes on are one result", () => {
  const { lines } = check([said("a", "max_tokens"), said("b", "pause_turn"), said("c", "end_turn")], []);
  expect(lines.at(-1)?.result).toBe("abc");
});
