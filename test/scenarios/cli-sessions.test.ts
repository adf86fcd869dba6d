import { writeFileSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { reply } from "../support/model-server/reply";
import { startModelServer } from "../support/model-server/start-model-server";
import { cliWorld, type CliRun, type CliWorld } from "../support/run-cli";

interface Listed {
  id: string;
  title: string;
  messages: number;
}

const listed = async (world: CliWorld): Promise<Listed[]> =>
  (await world.run(["sessions", "list", "--json"])).stdout
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Listed);
const idOf = (run: CliRun): string => (JSON.parse(run.stdout) as { session_id: string }).session_id;

test("conversations are listed, searched, exported and forked from the command line", { timeout: 60_000 }, async () => {
  const server = await startModelServer({
    script: [reply.text("Darjeeling it is."), reply.text("Also <b>Assam</b>."), reply.text("Third.")],
  });
  const world = cliWorld({}, { ANTHROPIC_BASE_URL: server.url, ANTHROPIC_API_KEY: "sk-canary" });
  try {
    expect((await world.run(["sessions", "list"])).stdout).toContain("There are no conversations in this folder");
    const first = await world.run(["-p", "which tea for the morning?", "--output-format", "json"]);
    const fork = await world.run(["-p", "and another?", "--continue", "--fork-session", "--output-format", "json"]);
    expect([first.code, fork.code]).toEqual([0, 0]);
    expect(idOf(fork)).not.toBe(idOf(first));
    // The copy knows what was said before; the original does not hear of what came after.
    expect(JSON.stringify(server.calls[1]?.body.messages)).toContain("Darjeeling it is.");
    const sessions = await listed(world);
    expect(sessions.map(({ id }) => id).sort()).toEqual([idOf(first), idOf(fork)].sort());
    expect(sessions.find(({ id }) => id === idOf(first))).toMatchObject({ title: "which tea for the morning?", messages: 2 });

    const found = await world.run(["sessions", "search", "assam"]);
    expect([found.code, found.stdout.includes(idOf(fork)), found.stdout.includes(idOf(first))]).toEqual([0, true, false]);
    expect((await world.run(["sessions", "search", "rooibos"])).code).toBe(1);

    const markdown = await world.run(["sessions", "export", idOf(fork)]);
    expect(markdown.stdout).toMatch(/which tea for the morning\?[^]*Darjeeling it is\.[^]*and another\?/);
    const html = await world.run(["sessions", "export", idOf(fork), "--format", "html"]);
    expect(html.stdout).toContain("Also &lt;b&gt;Assam&lt;/b&gt;.");
    expect(html.stdout).not.toContain("<b>Assam");
    const json = JSON.parse((await world.run(["sessions", "export", idOf(fork), "--format", "json"])).stdout) as object;
    expect(JSON.stringify(json)).toContain("Assam");
  } finally {
    await server.stop();
    world.remove();
  }
});

test("what cannot be done says so and what to do", { timeout: 30_000 }, async () => {
  const world = cliWorld();
  try {
    for (const args of [["sessions"], ["sessions", "search"], ["sessions", "export"], ["sessions", "list", "--what"]]) {
      const run = await world.run(args);
      expect([run.code, run.stderr.startsWith("stride sessions list")], args.join(" ")).toEqual([2, true]);
    }
    const unknown = await world.run(["sessions", "export", "01AAAAAAAAAAAAAAAAAAAAAAAA"]);
    expect([unknown.code, unknown.stderr.trim().length > 10]).toEqual([1, true]);
  } finally {
    world.remove();
  }
});

test("permissions replay and explain read the audit log", { timeout: 40_000 }, async () => {
  const server = await startModelServer({
    script: [reply.tool("Bash", { command: "make test" }), reply.text("Not allowed then.")],
  });
  const world = cliWorld({}, { ANTHROPIC_BASE_URL: server.url, ANTHROPIC_API_KEY: "sk-canary" });
  try {
    await world.run(["-p", "run the tests"]);
    const replayed = await world.run(["permissions", "replay", "Bash(make *)"]);
    expect(replayed.stdout).toContain("1 past calls, 1 prompts; 1 prompts would not have appeared.");
    expect((await world.run(["permissions", "replay", "Bash(npm *)"])).stdout).toContain("0 prompts would not have appeared");
    mkdirSync(join(world.dir, "home", ".claude"), { recursive: true });
    writeFileSync(
      join(world.dir, "home", ".claude", "settings.json"),
      '{\n "permissions": {\n  "deny": [\n   "Bash(make *)"\n  ]\n }\n}',
    );
    const rules = await world.run(["permissions", "explain"]);
    expect(rules.stdout).toMatch(/deny\s+Bash\(make \*\).*settings\.json.*0 hits/);
    const path = await world.run(["permissions", "explain", "make test"]);
    expect(path.stdout).toMatch(/^deny: [^]*rule: Bash\(make \*\)/);
  } finally {
    await server.stop();
    world.remove();
  }
});
