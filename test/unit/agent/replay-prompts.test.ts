import { mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { virtualProbe } from "../../../src/agent/permissions/virtual-probe";
import type { DecideContext } from "../../../src/agent/permissions/types";
import { AuditLog, type AuditEntry } from "../../../src/agent/records/audit-log";
import { replayOf } from "../../../src/agent/replay-prompts";
import type { Decision } from "../../../src/shared/protocol/permission";

const stateDir = mkdtempSync(join(tmpdir(), "stride-replay-"));
afterAll(() => rmSync(stateDir, { recursive: true, force: true }));

const decision = (verdict: Decision["verdict"], suggestions: string[] = []): Decision => ({
  verdict,
  gate: "person",
  reason: "r",
  risk: "low",
  suggestions,
});
const ran = (command: string, answer: "denied" | "allowed (once)"): AuditEntry => ({
  session: "s",
  call: command,
  tool: "Bash",
  title: command,
  decision: decision("ask"),
  outcome: answer === "denied" ? "denied" : "ok",
  answer,
  access: [{ kind: "command", shell: "bash", command, cwd: "/proj" }],
});
const context: DecideContext = {
  cwd: "/proj",
  roots: ["/proj"],
  home: "/home/u",
  mode: "default",
  trusted: true,
  rules: { allow: [], ask: [], deny: [] },
  probe: virtualProbe("/proj", [], "linux"),
};

test("the prompt hears how many questions a rule would have saved, and which of them were refused", async () => {
  const audit = new AuditLog({ stateDir, now: Date.now, onTrouble: (text) => expect.fail(text) });
  const asking = { decision: decision("ask", ["Bash(make *)"]) };
  expect(await replayOf(asking, context, audit)).toBeUndefined();
  audit.write(ran("make test", "allowed (once)"));
  audit.write(ran("make deploy", "denied"));
  audit.write(ran("cargo build", "allowed (once)"));
  audit.write(ran("make test", "allowed (once)"));
  expect(await replayOf(asking, context, audit, 10_000)).toEqual({ prompts: 4, saved: 3, refused: ["make deploy"], others: [] });
  expect(await replayOf({ decision: decision("ask") }, context, audit)).toBeUndefined();
});

test("a deny rule of today is not argued away by the past", async () => {
  const audit = new AuditLog({ stateDir, now: Date.now, onTrouble: (text) => expect.fail(text) });
  const deny = [{ text: "Bash(make *)", scope: "user" as const, source: "/s.json", base: "/proj" }];
  const replayed = await replayOf(
    { decision: decision("ask", ["Bash(make *)"]) },
    { ...context, rules: { allow: [], ask: [], deny } },
    audit,
    10_000,
  );
  expect(replayed).toMatchObject({ prompts: 4, saved: 0 });
});

test("what was touched is kept without secrets, a script not at all", async () => {
  const audit = new AuditLog({ stateDir: join(stateDir, "b"), now: Date.now, onTrouble: (text) => expect.fail(text) });
  audit.write(ran("curl -H 'Authorization: Bearer abcdefgh12345678' https://x.example", "denied"));
  audit.write(ran(`echo ${"x".repeat(5_000)}`, "denied"));
  const [script, curl] = await audit.recent(10);
  expect(script?.access).toBeUndefined();
  expect(JSON.stringify(curl?.access)).toContain("https://x.example");
  const folder = join(stateDir, "b", "audit");
  expect(
    readdirSync(folder)
      .map((file) => readFileSync(join(folder, file), "utf8"))
      .join(""),
  ).not.toContain("abcdefgh12345678");
});
