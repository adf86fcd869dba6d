import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { AuditLog } from "../../../src/agent/records/audit-log";
import { DayFile } from "../../../src/agent/records/day-file";
import { storeLargeResult } from "../../../src/agent/records/result-store";
import { SpendLedger } from "../../../src/agent/records/spend-ledger";
import { redactSecrets } from "../../../src/shared/redact";

const temp = () => mkdtempSync(join(tmpdir(), "stride-records-"));
const noon = () => Date.UTC(2026, 10, 21, 12);

test("audit: one private line an action, without the secret in it", () => {
  const stateDir = temp();
  const log = new AuditLog({ stateDir, now: noon, onTrouble: (message) => expect.fail(message) });
  log.write({
    session: "s",
    call: "c",
    tool: "Bash",
    title: "curl -H 'Authorization: Bearer abcdef123456'",
    outcome: "ok",
    exitCode: 0,
    decision: { verdict: "ask", gate: "shell", reason: "network", risk: "high", suggestions: [] },
  });
  log.close();
  const file = join(stateDir, "audit", "2026-11-21.jsonl");
  expect(JSON.parse(readFileSync(file, "utf8"))).toMatchObject({
    tool: "Bash",
    gate: "shell",
    exitCode: 0,
    title: "curl -H 'Authorization: Bearer [removed]'",
  });
  expect(readFileSync(file, "utf8")).not.toContain("abcdef123456");
  expect(statSync(file).mode & 0o777).toBe(0o600);
});

test("audit: trouble is said, not thrown", () => {
  const file = join(temp(), "f");
  writeFileSync(file, "");
  let said = "";
  const log = new AuditLog({ stateDir: file, now: noon, onTrouble: (message) => (said = message) });
  log.write({
    session: "s",
    call: "c",
    tool: "Read",
    title: "t",
    outcome: "ok",
    decision: { verdict: "allow", gate: "path", reason: "", risk: "low", suggestions: [] },
  });
  log.close();
  expect(said).toMatch(/audit log could not be written/);
});

test("spend: two windows share a day, a torn line counts nothing", () => {
  const stateDir = temp();
  const one = new SpendLedger({ stateDir, now: noon });
  const two = new SpendLedger({ stateDir, now: noon });
  one.add("a", "m", 0.25);
  two.add("b", "m", 0.5);
  expect(one.today()).toBe(0.75);
  writeFileSync(join(stateDir, "spend", "2026-11-21.jsonl"), '{"usd":1}\n{"usd":');
  expect(two.today()).toBe(1);
  expect(new SpendLedger({ stateDir, now: () => Date.UTC(2026, 10, 22) }).today()).toBe(0);
});

test("spend: a line that another window has half written is counted when it is whole, and each line once", () => {
  const stateDir = temp();
  const ledger = new SpendLedger({ stateDir, now: noon });
  ledger.add("a", "m", 0.25);
  const file = join(stateDir, "spend", "2026-11-21.jsonl");
  appendFileSync(file, '{"usd":0.5');
  expect(ledger.today()).toBe(0.25);
  appendFileSync(file, "}\n");
  expect([ledger.today(), ledger.today()]).toEqual([0.75, 0.75]);
});

test("a day file goes on the next day, and when it was deleted while open", () => {
  const dir = temp();
  let at = noon();
  const lines = new DayFile(dir, () => at);
  lines.append("one");
  rmSync(join(dir, "2026-11-21.jsonl"));
  lines.append("two");
  at += 86_400_000;
  lines.append("three");
  lines.close();
  lines.append("four");
  const textOf = (day: string): string => readFileSync(join(dir, `${day}.jsonl`), "utf8");
  expect([textOf("2026-11-21"), textOf("2026-11-22")]).toEqual(["two\n", "three\nfour\n"]);
});

test("a result over the budget goes to disk whole, a preview and the path stay", async () => {
  const dir = temp();
  const text = Array.from({ length: 9_000 }, (_, line) => `line ${line}`).join("\n");
  const { content, stored } = await storeLargeResult(dir, "call/1", [{ type: "text", text }]);
  expect(stored?.chars).toBe(text.length);
  expect(readFileSync(join(dir, readdirSync(dir)[0] ?? ""), "utf8")).toBe(text);
  const preview = content[0]?.type === "text" ? content[0].text : "";
  expect(preview.length).toBeLessThan(2_400);
  expect(preview).toContain(stored?.path);
});

test("a result within the budget stays as it is", async () => {
  const content = [{ type: "text" as const, text: "x".repeat(50_000) }];
  expect(await storeLargeResult("/nonexistent", "c", content)).toEqual({ content });
});

for (const [text, secret] of [
  ["key sk-ant-api03-abcdefghijklmnop", "abcdefghijklmnop"],
  ["https://me:hunter22@host/x", "hunter22"],
  ['{"api_key": "1234567890"}', "1234567890"],
  ["GITHUB_TOKEN=ghp_abcdefghijklmnopqrst", "abcdefghijklmnopqrst"],
] as const) {
  test(`redacted: ${secret}`, () => expect(redactSecrets(text)).not.toContain(secret));
}
