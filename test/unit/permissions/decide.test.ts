import { expect, test } from "vitest";
import { decide, mayClassify } from "../../../src/agent/permissions/decide";
import { explainDecision, explainRules } from "../../../src/agent/permissions/explain";
import { candidateRules, replay } from "../../../src/agent/permissions/replay";
import type { DecideRequest } from "../../../src/agent/permissions/types";
import { bash, call, contextOf, edit, fetchUrl, mcp, read } from "./support";

const request = (command: string): DecideRequest => ({
  tool: "Bash",
  input: { command },
  access: [{ kind: "command", shell: "bash", command, cwd: "/proj" }],
});

test("a decision names gate, reason, rule and source", () => {
  expect(bash("npm test", { deny: ["Bash(npm:*)"] })).toMatchObject({
    verdict: "deny",
    gate: "rules",
    rule: { text: "Bash(npm:*)", source: "settings.json" },
  });
  expect(bash("rm -rf /")).toMatchObject({ verdict: "deny", gate: "floor", risk: "high" });
  expect(bash("ls\0")).toMatchObject({ verdict: "deny", gate: "input" });
  expect(bash("ls")).toMatchObject({ verdict: "allow", gate: "shell" });
  expect(read("../x")).toMatchObject({ verdict: "ask", gate: "path", targets: [{ outside: true }] });
  expect(edit("a")).toMatchObject({ verdict: "ask", gate: "person" });
  expect(edit("a", { mode: "acceptEdits" })).toMatchObject({ verdict: "allow", gate: "mode" });
});

test("the part that asked is marked", () => {
  const { parts } = bash("ls && npm test | head");
  expect(parts?.map(({ text, asked }) => [text, asked])).toEqual([
    ["ls", false],
    ["npm test", true],
    ["head", false],
  ]);
});

test.each([
  ["npm run lint && npm test", ["Bash(npm run lint:*)", "Bash(npm test:*)"]],
  ["git commit -m 'a b'", ["Bash(git commit:*)"]],
  ["npm test > out.txt", []],
  ["python3 x.py --a", ["Bash(python3 x.py --a)"]],
  ["bash -c 'npm test'", []],
  ["sudo make x", ["Bash(sudo make x)"]],
  ["X=1 npm test", []],
  ["echo $(npm test)", []],
  ["npx tsc --noEmit", ["Bash(npx tsc --noEmit)"]],
  ["rm -rf /", []],
  ["find . -name x -delete", ["Bash(find . -name x -delete)"]],
  ["ls ../lib", ["Read(//lib)"]],
  ["a; b; c; d; e; f", []],
])("suggests for %s: %j", (command, rules) => expect(bash(command).suggestions).toEqual(rules));

test("every suggested set really lets the call through, and no rule of it is spare", () => {
  for (const command of [
    "npm run build && cargo test",
    "docker compose up -d",
    "mkdir x y",
    "make lint; go vet ./...",
    "cp a 'b c'",
    "grep -R x src",
  ]) {
    const { suggestions } = bash(command);
    expect(suggestions.length, command).toBeGreaterThan(0);
    expect(bash(command, { allow: suggestions }).verdict, command).toBe("allow");
    for (const rule of suggestions)
      if (suggestions.length > 1) expect(bash(command, { allow: suggestions.filter((one) => one !== rule) }).verdict).toBe("ask");
  }
  expect(edit("src/a.ts").suggestions).toEqual(["Edit(//proj/src/a.ts)"]);
  expect(fetchUrl("https://example.com/x").suggestions).toEqual(["WebFetch(domain:example.com)"]);
  expect(mcp("a", "b").suggestions).toEqual(["mcp__a__b"]);
});

test("untrusted folder: its rules do not allow, nothing is started, reading asks", () => {
  const project = { trusted: false, scope: "project" as const, allow: ["Bash(npm test)", "Bash"] };
  expect(bash("npm test", project).verdict).toBe("deny");
  expect(bash("ls", { trusted: false }).verdict).toBe("deny");
  expect(read("a", { trusted: false }).verdict).toBe("ask");
  expect(read("a", { trusted: false, mode: "bypassPermissions" }).verdict).toBe("ask");
  expect(call("TodoWrite", [{ kind: "none" }], { trusted: false }).verdict).toBe("allow");
});

test("tainted sessions ask before anything goes out, even if allowed", () => {
  const tainted = { tainted: true, allow: ["Bash(git push:*)", "WebFetch(domain:example.com)", "mcp__a__b", "Bash(npm test)"] };
  expect(bash("git push origin main", tainted).verdict).toBe("ask");
  expect(bash("git push origin main", { ...tainted, tainted: false }).verdict).toBe("allow");
  expect(fetchUrl("https://example.com/?q=1", tainted).verdict).toBe("ask");
  expect(fetchUrl("https://example.com/", tainted).verdict).toBe("allow");
  expect(mcp("a", "b", tainted).verdict).toBe("ask");
  expect(bash("npm test", tainted).verdict).toBe("allow");
});

test("the sandbox answers for programs, not for places", () => {
  expect(bash("npm test", { sandboxed: true }).verdict).toBe("allow");
  expect(bash("echo $(id)", { sandboxed: true }).verdict).toBe("allow");
  expect(bash("cat ../x", { sandboxed: true }).verdict).toBe("ask");
  expect(bash("echo x > .git/hooks/a", { sandboxed: true }).verdict).toBe("ask");
  expect(bash("npm test", { sandboxed: true, ask: ["Bash(npm:*)"] }).verdict).toBe("ask");
  expect(bash("rm -rf /", { sandboxed: true }).verdict).toBe("deny");
});

test("an agent that was given only some tools", () => {
  const limits = { gate: "subagent" as const, tools: ["Read"] };
  expect(edit("a", { limits, allow: ["Edit(**)"] })).toMatchObject({ verdict: "deny", gate: "subagent" });
  expect(read("a", { limits }).verdict).toBe("allow");
});

test.each([
  "https://localhost/",
  "https://127.0.0.1/",
  "https://[::1]/",
  "https://169.254.169.254/",
  "https://2130706433/",
  "http://example.com/",
  "https://a:b@example.com/",
  "https://example.com:8443/",
  `https://example.com/?${"a".repeat(300)}`,
  "https://intranet/",
  "https://x.internal/",
])("an allowed domain does not cover %s", (url) => expect(fetchUrl(url, { allow: ["WebFetch"] }).verdict).toBe("ask"));

test.each([
  "file:///etc/passwd",
  "javascript:1",
  "data:,x",
  "nonsense",
  "https://exa mple.com/",
  "https://example.com\\@evil.org/",
])("%s is no address", (url) => expect(fetchUrl(url, { allow: ["WebFetch"] }).verdict).toBe("deny"));

test("a call that says nothing about what it touches asks", () => {
  expect(call("Unknown", []).verdict).toBe("ask");
});

test("a classifier may answer only what the shell gate asks", () => {
  expect(mayClassify(bash("npm test", { mode: "auto" }))).toBe(true);
  expect(mayClassify(bash("git push", { mode: "auto" }))).toBe(false);
  expect(mayClassify(bash("npm test", { mode: "auto", ask: ["Bash(npm:*)"] }))).toBe(false);
  expect(mayClassify(edit(".git/config", { mode: "auto" }))).toBe(false);
});

test("deciding is pure and quick to repeat", () => {
  const context = contextOf({ allow: ["Bash(npm test)"] });
  expect(decide(request("npm test"), context)).toEqual(decide(request("npm test"), context));
});

test("the doctor shows hits, dead and shadowed rules", () => {
  const context = contextOf({
    allow: ["Bash(npm test)", "Bash(npm:*)", "Write(src/**)", "Bash(git push)"],
    deny: ["Bash(git:*)"],
    ask: [],
  });
  const past = [decide(request("npm test"), context), decide(request("git status"), context)];
  const { rules } = explainRules(context, past);
  const dead = Object.fromEntries(rules.map((rule) => [rule.text, rule.dead !== undefined]));
  expect(dead).toEqual({
    "Bash(git:*)": false,
    "Bash(npm test)": false,
    "Bash(npm:*)": false,
    "Write(src/**)": true,
    "Bash(git push)": true,
  });
  expect(rules.find((rule) => rule.text === "Bash(npm test)")?.hits).toBe(1);
  expect(explainRules(contextOf({ allow: ["Bash(ls)"], scope: "project", trusted: false }), []).rules[0]?.dead).toContain(
    "trusted",
  );
  const path = explainDecision(request("npm test"), context);
  expect(path.steps.find((step) => step.gate === "rules")).toMatchObject({ answer: "allow" });
});

test("replay counts saved prompts and what else would run", () => {
  const context = contextOf();
  const past = ["npm test", "npm publish", "npm test -- -u", "ls"].map((command) => ({
    request: request(command),
    decision: decide(request(command), context),
    ...(command === "npm publish" ? { answer: "deny" as const } : {}),
  }));
  const narrow = replay(past, { allow: candidateRules(["Bash(npm test:*)"], "/proj") }, context);
  expect([narrow.saved, narrow.refusedBefore.length]).toEqual([2, 0]);
  const wide = replay(past, { allow: candidateRules(["Bash(npm:*)"], "/proj") }, context);
  expect([wide.saved, wide.refusedBefore.map((one) => one.input["command"])]).toEqual([3, ["npm publish"]]);
  expect(replay(past, { deny: candidateRules(["Bash(ls)"], "/proj") }, context).tightened).toHaveLength(1);
});
