import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { estimateTokens } from "../../../src/agent/context/estimate";
import { addText, noFeatures } from "../../../src/agent/context/token-features";
import { TokenLedger } from "../../../src/agent/context/token-ledger";
import type { AgentEvent } from "../../../src/shared/protocol/agent";
import { textBlock } from "../../../src/shared/protocol/messages";
import { noUsage } from "../../../src/shared/protocol/model";

const user = (text: string): AgentEvent => ({
  type: "user_message",
  turn: "t",
  via: "prompt",
  message: { id: "m", role: "user", content: [{ type: "text", text }] },
});
const request: AgentEvent = { type: "request_started", turn: "t", request: "r", model: "m", estimatedTokens: 0 };
const reply = (inputTokens: number, outputTokens: number): AgentEvent => ({
  type: "assistant_message",
  turn: "t",
  request: "r",
  message: { id: "a", role: "assistant", content: [] },
  model: "m",
  stopReason: "end_turn",
  usage: { ...noUsage(), inputTokens, outputTokens },
  usd: null,
});

test("before the first report it is an estimate, after it what was reported", () => {
  const ledger = new TokenLedger();
  ledger.fixed = addText(noFeatures(), "word ".repeat(1_000));
  ledger.observe(user("word ".repeat(400)));
  expect(ledger.tokens).toBeGreaterThan(1_300);
  ledger.observe(request);
  ledger.observe(reply(1_700, 100));
  expect(ledger.tokens).toBe(1_800);
});

test("results that arrive while the reply streams stay on top of the anchor", () => {
  const ledger = new TokenLedger();
  ledger.observe(user("go"));
  ledger.observe(request);
  ledger.observe({
    type: "tool_finished",
    turn: "t",
    call: "c",
    name: "Read",
    outcome: "ok",
    ms: 0,
    result: { type: "tool_result", toolUseId: "c", content: [{ type: "text", text: "x y z ".repeat(500) }] },
  });
  ledger.observe(reply(2_000, 50));
  expect(ledger.tokens).toBeGreaterThan(2_050 + 1_000);
});

test("freed tokens are gone at once, and stay gone with the next report", () => {
  const ledger = new TokenLedger();
  ledger.observe(user("go"));
  ledger.observe(request);
  ledger.observe(reply(100_000, 0));
  ledger.freed(30_000);
  expect(ledger.tokens).toBeCloseTo(70_000, -2);
});

test("a result that is taken out frees what the provider had counted for it, not what it was thought to take", () => {
  const ledger = new TokenLedger();
  const result = { type: "tool_result" as const, toolUseId: "c", content: [textBlock("x y z ".repeat(2_000))] };
  ledger.observe(user("go"));
  ledger.observe(request);
  ledger.observe(reply(10_000, 0));
  ledger.observe({ type: "tool_finished", turn: "t", call: "c", name: "Read", outcome: "ok", ms: 0, result });
  ledger.observe(request);
  ledger.observe(reply(14_000, 0));
  const message = { id: "r", role: "user" as const, content: [{ ...result }] };
  ledger.changed([message], []);
  expect(ledger.tokens).toBeGreaterThan(9_900);
  expect(ledger.tokens).toBeLessThanOrEqual(10_000);
});

test("60 turns against a provider that counts otherwise: error p95 within 0.5 % of the total", () => {
  const files = ["src/agent/loop/turn.ts", "src/ARCHITECTURE.md", "package.json", "src/shared/rpc.ts"].map((file) =>
    readFileSync(file, "utf8"),
  );
  const ledger = new TokenLedger();
  let real = 5_000;
  ledger.fixed = addText(noFeatures(), "word ".repeat(4_000));
  const errors: number[] = [];
  for (let turn = 0; turn < 60; turn++) {
    const text = (files[turn % files.length] ?? "").slice(turn * 30, turn * 30 + 4_000);
    ledger.observe(user(text));
    real += Math.round(estimateTokens(text) * (1.15 + (turn % 5) * 0.01));
    if (turn > 4) errors.push(Math.abs(ledger.tokens - real) / real);
    ledger.observe(request);
    ledger.observe(reply(real, 200));
    real += 200;
  }
  errors.sort((a, b) => a - b);
  expect(errors[Math.floor(errors.length * 0.95)]).toBeLessThan(0.005);
});

for (const [name, text, low, high] of [
  ["prose", "The quick brown fox jumps over the lazy dog and runs away into the forest. ".repeat(20), 0.2, 0.28],
  ["code", "const x = foo(bar[1], { a: 2 });\n".repeat(40), 0.28, 0.5],
  ["Chinese", "今天天气很好我们去公园散步吧".repeat(30), 0.7, 1.1],
  ["base64", "aGVsbG8gd29ybGQgdGhpcyBpcyBhIHRlc3Q".repeat(30), 0.2, 0.6],
] as const) {
  test(`tokens a character: ${name}`, () => {
    const ratio = estimateTokens(text) / text.length;
    expect(ratio).toBeGreaterThan(low);
    expect(ratio).toBeLessThan(high);
  });
}
