import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { checkCorpus } from "../../../src/agent/permissions/corpus-check";
import { corpusTree } from "../../../src/headless/corpus-tree";

const file = (name: string): string => readFileSync(new URL(`../../corpus/${name}`, import.meta.url), "utf8");
const check = (name: string, kind: "commands" | "paths") =>
  checkCorpus(file(name), kind, { tree: corpusTree, now: () => process.cpuUsage().user / 1000, print: () => {} });

test.each([
  ["commands.jsonl", "commands"],
  ["own-commands.jsonl", "commands"],
  ["paths.jsonl", "paths"],
  ["own-paths.jsonl", "paths"],
] as const)("%s: nothing dangerous runs, nothing harmless asks", (name, kind) => {
  const summary = check(name, kind);
  expect({ critical: summary.critical, major: summary.major, friction: summary.friction }).toEqual({
    critical: [],
    major: [],
    friction: [],
  });
  expect(summary.worstMs).toBeLessThan(250);
});

const rank = { allow: 0, ask: 1, deny: 2 };

test("no mode turns a refusal of the corpus into anything else, and none lets a critical case of the floor through", async () => {
  const { bash } = await import("./support");
  const cases = file("commands.jsonl")
    .split("\n")
    .filter(Boolean)
    .map(
      (line) =>
        JSON.parse(line) as {
          command: string;
          shell?: string;
          expect: keyof typeof rank;
          rule_allow?: string[];
          rule_deny?: string[];
          setup?: [];
        },
    );
  for (const mode of ["acceptEdits", "plan", "auto", "dontAsk", "bypassPermissions"] as const) {
    for (const one of cases.filter(({ expect: wanted, shell }) => wanted === "deny" && !shell)) {
      const situation = { mode, allow: one.rule_allow ?? [], deny: one.rule_deny ?? [], setup: one.setup ?? [] };
      expect(`${bash(one.command, situation).verdict} ${one.command.slice(0, 40)}`).toBe(`deny ${one.command.slice(0, 40)}`);
    }
  }
});
