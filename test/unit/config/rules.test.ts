import { expect, test } from "vitest";
import { commandMatches, compileCommandPattern } from "../../../src/config/rules/command-pattern";
import { compileRules } from "../../../src/config/rules/compile-rules";
import { compilePathPattern, pathMatches } from "../../../src/config/rules/path-pattern";
import { parseRule } from "../../../src/config/rules/parse-rule";
import { domainMatches, wildcardMatches } from "../../../src/config/rules/wildcard";
import type { SourcedRule } from "../../../src/config/types";

const rule = (text: string): SourcedRule => ({ text, scope: "user", source: "settings.json", line: 3, base: "/proj" });
const command = (pattern: string, ...words: string[]): boolean => commandMatches(compileCommandPattern(pattern), words);

test.each([
  ["npm run test:*", ["npm", "run", "test"], true],
  ["npm run test:*", ["npm", "run", "test", "--", "x"], true],
  ["npm run test:*", ["npm", "run", "tests"], false],
  ["npm run *", ["npm", "run", "a b"], true],
  ["npm test", ["npm test"], false],
  ["npm test", ["npm", "test", "x"], false],
  ['git commit -m "a b"', ["git", "commit", "-m", "a b"], true],
  ['git commit -m "a b"', ["git", "commit", "-m", "a", "b"], false],
  ["git * main", ["git", "push", "origin", "main"], true],
  ["ls*", ["lsof"], true],
  ["echo \\*", ["echo", "*"], true],
  ["echo \\*", ["echo", "x"], false],
  ["*", ["anything"], true],
  ["a:b", ["a:b"], true],
])("Bash(%s) on %j: %s", (pattern, words, wanted) => expect(command(pattern, ...words)).toBe(wanted));

test("what a pattern names literally", () => {
  expect(compileCommandPattern("npx tsc:*")).toMatchObject({ named: ["npx", "tsc"], exact: false, open: true });
  expect(compileCommandPattern("npm test")).toMatchObject({ named: ["npm", "test"], exact: true });
  expect(compileCommandPattern("git * main")).toMatchObject({ named: ["git"], exact: false });
});

test("PowerShell patterns fold case", () => {
  expect(commandMatches(compileCommandPattern("Get-Item *", { foldCase: true }), ["get-item", "x"])).toBe(true);
});

const at = { cwd: "/proj/app", roots: ["/proj"], home: "/home/u", base: "/proj", foldCase: false };
const path = (pattern: string, target: string, list: "allow" | "deny" = "allow"): boolean => {
  const compiled = compilePathPattern(pattern, list);
  return typeof compiled !== "string" && pathMatches(compiled, target, at);
};

test.each([
  ["//etc/**", "/etc/passwd", true],
  ["/etc/**", "/etc/passwd", false],
  ["/src/**", "/proj/src/a", true],
  ["~/x", "/home/u/x", true],
  ["~/x", "/home/u/y", false],
  ["src/**", "/proj/app/src/a", true],
  ["src/**", "/proj/src/a", false],
  ["./a.ts", "/proj/app/a.ts", true],
  ["./a.ts", "/proj/app/b/a.ts", false],
  ["a.ts", "/proj/app/b/a.ts", true],
  ["*.ts", "/proj/app/b/a.ts", true],
  ["src/*.ts", "/proj/app/src/b/a.ts", false],
  ["src", "/proj/app/src/b/a.ts", true],
  ["**", "/proj/app/x", true],
  ["**", "/proj/x", false],
])("path %s on %s: %s", (pattern, target, wanted) => expect(path(pattern, target)).toBe(wanted));

test("a one-segment folder pattern widens for deny only", () => {
  expect(path("src/**", "/proj/app/lib/src/a", "deny")).toBe(true);
  expect(path("src/**", "/proj/app/lib/src/a", "allow")).toBe(false);
});

test.each([
  ["example.com", "example.com", true],
  ["example.com", "EXAMPLE.com.", true],
  ["example.com", "a.example.com", false],
  ["*.example.com", "a.b.example.com", true],
  ["*.example.com", "example.com", false],
  ["*.example.com", "evilexample.com", false],
  ["a*.example.com", "ab.example.com", true],
  ["a*.example.com", "a.b.example.com", false],
])("domain %s on %s: %s", (pattern, host, wanted) => expect(domainMatches(pattern, host)).toBe(wanted));

test.each([
  "Bash(",
  "Bash)",
  "",
  "(x)",
  "Bash()",
  "WebFetch(host)",
  "WebFetch(domain:a b)",
  "WebSearch(x)",
  "mcp__a(b)",
  "Read(!a)",
  "NoTool(x)",
  "Bash(a\u0007)",
])("%j is skipped with a warning", (text) => {
  expect(parseRule(rule(text), "deny")).toMatchObject({ ok: false, warning: { file: "settings.json", line: 3 } });
});

test("tool globs tighten anywhere, allow only below a server", () => {
  expect(parseRule(rule("mcp__*"), "deny").ok).toBe(true);
  expect(parseRule(rule("mcp__*"), "allow").ok).toBe(false);
  expect(parseRule(rule("mcp__a__b*"), "allow").ok).toBe(true);
  expect(parseRule(rule("*"), "allow").ok).toBe(false);
});

test("rules are compiled once for each list object", () => {
  const rules = { allow: [rule("Bash(ls)")], ask: [], deny: [] };
  expect(compileRules(rules)).toBe(compileRules(rules));
  rules.allow.push(rule("Bash(pwd)"));
  expect(compileRules(rules).allow).toHaveLength(2);
});

test("wildcards do not explode", () => {
  const start = performance.now();
  expect(wildcardMatches(`${"a*".repeat(50)}b`, "a".repeat(10_000))).toBe(false);
  expect(performance.now() - start).toBeLessThan(3_000);
});
