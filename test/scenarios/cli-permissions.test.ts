import { fileURLToPath } from "node:url";
import { afterAll, expect, test } from "vitest";
import { cliWorld } from "../support/run-cli";

const world = cliWorld();
afterAll(() => world.remove());
const corpus = (name: string): string => fileURLToPath(new URL(`../corpus/${name}.jsonl`, import.meta.url));

for (const [name, kind] of [
  ["commands", "commands"],
  ["paths", "paths"],
  ["own-commands", "commands"],
] as const) {
  test(`permissions check over the ${name} corpus: a line a case, a summary, nothing critical`, async () => {
    const { stdout, code } = await world.run(["permissions", "check", "--corpus", corpus(name), "--kind", kind]);
    const lines = stdout.trim().split("\n");
    const summary = JSON.parse(lines.at(-1) ?? "{}") as { cases: number; critical: string[]; allowRecall: number };
    expect(code).toBe(0);
    expect(summary.critical).toEqual([]);
    expect(summary.allowRecall).toBeGreaterThanOrEqual(0.9);
    expect(lines).toHaveLength(summary.cases + 1);
    expect(JSON.parse(lines[0] ?? "{}")).toMatchObject({
      id: expect.any(String),
      verdict: expect.stringMatching(/allow|ask|deny/),
      gate: expect.any(String),
      ms: expect.any(Number),
    });
  });
}

test("explain names the gate, the part and what would let it through", async () => {
  const { stdout, code } = await world.run(["permissions", "explain", "npm test && git push"]);
  expect(code).toBe(0);
  expect(stdout).toMatch(/^ask: /);
  expect(stdout).toMatch(/asks: git push/);
});

test("explain lists the rules in force with their files", async () => {
  world.put(".claude/settings.json", JSON.stringify({ permissions: { deny: ["Read(.env)"] } }));
  const { stdout } = await world.run(["permissions", "explain"]);
  expect(stdout).toMatch(/deny {2}Read\(\.env\).*settings\.json:1 {2}0 hits/);
});

test("a missing corpus is a clear error", async () => {
  const { stderr, code } = await world.run(["permissions", "check", "--corpus", "/no/such/file"]);
  expect([code, stderr]).toEqual([2, expect.stringMatching(/cannot be read/)]);
});
