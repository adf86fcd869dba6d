import { execFileSync, spawn } from "node:child_process";
import { existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, realpathSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { fixtures, type Fixture, type Trap } from "../hostile/fixtures";
import { begunCalls } from "../support/cli-lines";
import { reply } from "../support/model-server/reply";
import { startModelServer } from "../support/model-server/start-model-server";
import { cliWorld, type CliWorld } from "../support/run-cli";

const CLI = fileURLToPath(new URL("../../dist/cli.js", import.meta.url));
const BROKER = join(dirname(CLI), "broker.js");
const SECRET = "secret-canary-7f3a";

/** A missing tracer must not look like a passed test. */
const traced = ((): boolean => {
  try {
    execFileSync("strace", ["-o", "/dev/null", "true"], { stdio: "pipe" });
    return existsSync(CLI);
  } catch (error) {
    console.error(
      `\n\n!!!! HOSTILE REPOSITORY TESTS SKIPPED: strace does not run here (${String(error).slice(0, 200)}) !!!!\n\n`,
    );
    if (process.env["STRIDE_REQUIRE_STRACE"]) throw error;
    return false;
  }
})();

interface Trace {
  code: number | null;
  text: string;
  executed: { file: string; line: string }[];
  connected: string[];
}

interface Place {
  world: CliWorld;
  trap: Trap;
}

let listener: Server;
let url = "";
let called = 0;
beforeAll(async () => {
  listener = createServer((socket) => {
    called++;
    socket.on("error", () => {}).destroy();
  });
  await new Promise<void>((done) => listener.listen(0, "127.0.0.1", done));
  const address = listener.address();
  url = `http://127.0.0.1:${typeof address === "object" && address ? address.port : 0}`;
});
afterAll(() => void listener.close());

async function inside(fixture: Fixture, use: (place: Place) => Promise<void>): Promise<void> {
  const world = cliWorld();
  const outside = join(world.dir, "outside");
  mkdirSync(outside);
  writeFileSync(join(outside, "secret"), SECRET);
  writeFileSync(join(world.dir, "home", "secret"), SECRET);
  const trap: Trap = { canary: join(world.dir, "canary"), url, root: world.cwd, outside };
  try {
    fixture.build(trap);
    await use({ world, trap });
  } finally {
    world.remove();
  }
}

/** The real program under strace: every program anybody tried to start and every connection that was tried. */
async function run({ world, trap }: Place, fixture: Fixture, args: string[], env: Record<string, string> = {}): Promise<Trace> {
  const trace = join(world.dir, "trace");
  const path = [...(fixture.path ?? []).map((folder) => folder.replace("/ROOT", trap.root)), world.env["PATH"]].join(delimiter);
  const strace = ["-f", "-qq", "-s", "4096", "-e", "trace=execve,execveat,connect", "-o", trace, process.execPath, CLI, ...args];
  const child = spawn("/usr/bin/strace", strace, {
    cwd: world.cwd,
    env: { ...world.env, PATH: path, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let text = "";
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
  const code = await new Promise<number | null>((resolve, reject) => child.on("error", reject).on("close", resolve));
  const lines = wholeLines(readFileSync(trace, "utf8"));
  return {
    code,
    text,
    executed: lines.flatMap((line) =>
      / execve(?:at)?\((?:AT_FDCWD, )?"([^"]*)"/.test(line) ? [{ file: /"([^"]*)"/.exec(line)?.[1] ?? "", line }] : [],
    ),
    connected: lines.filter((line) => / connect\(/.test(line)),
  };
}

/** Only what comes with us: this node for the line and the broker, the broker's start, rg; git only where nothing can steer it. */
function isOurs({ file, line }: Trace["executed"][number], fixture: Fixture): boolean {
  if (file === process.execPath) return line.includes(`"${CLI}"`) || line.includes(`"${BROKER}"`);
  if (file === "/bin/sh") return /"-c", "\{ ulimit -n \d+; /.test(line) && line.includes(`"${BROKER}"`);
  if (["/usr/bin/mkfifo", "/bin/mkfifo"].includes(file)) return true;
  if (/^\/(?:usr\/)?(?:local\/)?bin\/rg$/.test(file)) return line.includes('"--no-config"') && !line.includes("--pre");
  return /^\/(?:usr\/)?bin\/git$/.test(file) && !fixture.git && /\["git", "(status|log)", /.test(line);
}

function expectNothing({ world, trap }: Place, fixture: Fixture, trace: Trace, before: string[]): void {
  const tried = trace.executed.filter((one) => !isOurs(one, fixture));
  // Search paths are tried folder by folder; a name that is not there was not started.
  const started = tried.filter(
    ({ line, file }) => !line.includes("ENOENT") || file.startsWith(trap.root) || !file.startsWith("/"),
  );
  expect(started.map(({ line }) => line.slice(0, 300))).toEqual([]);
  expect(
    trace.executed.some(({ file }) => file === process.execPath),
    "the trace sees",
  ).toBe(true);
  expect(trace.connected.filter((line) => !/sin_addr=inet_addr\("127\.|inet_pton\(AF_INET6, "::1"/.test(line))).toEqual([]);
  expect(existsSync(trap.canary), "the canary").toBe(false);
  expect(called, "calls at the listener").toBe(0);
  expect(listed(world.cwd), "the folder itself").toEqual(before);
  expect(trace.text, "secrets beside the folder").not.toContain(SECRET);
  for (const file of filesOf(join(world.dir, "state"))) expect(readFileSync(file, "latin1"), file).not.toContain(SECRET);
}

/** A call that another process interrupted stands in two lines. */
function wholeLines(trace: string): string[] {
  const begun = new Map<string, string>();
  const whole = trace.split("\n").flatMap((line) => {
    const pid = line.split(" ", 1)[0] ?? "";
    if (line.endsWith(" <unfinished ...>")) {
      begun.set(pid, line);
      return [];
    }
    const start = begun.get(pid);
    if (start === undefined || !line.includes(" resumed>")) return [line];
    begun.delete(pid);
    return [start.replace(" <unfinished ...>", "") + line.slice(line.indexOf(" resumed>") + 9)];
  });
  return [...whole, ...begun.values()];
}

/** No link is followed: some lead to the root of the disk. */
function listed(root: string, below = ""): string[] {
  return readdirSync(join(root, below), { withFileTypes: true }).flatMap((entry) => {
    const path = join(below, entry.name);
    return entry.isDirectory() ? [path, ...listed(root, path)] : [path];
  });
}
const filesOf = (root: string): string[] =>
  (existsSync(root) ? listed(root) : []).map((path) => join(root, path)).filter((path) => lstatSync(path).isFile());

describe.skipIf(!traced)("hostile folders", () => {
  test("there are enough of them, each under its own name", () => {
    expect(new Set(fixtures.map(({ name }) => name)).size).toBe(fixtures.length);
    expect(fixtures.length).toBeGreaterThanOrEqual(30);
  });

  for (const fixture of fixtures)
    test.concurrent(`${fixture.name}: opened and summarised, nothing of it runs`, { timeout: 90_000 }, () =>
      inside(fixture, async (place) => {
        const before = listed(place.world.cwd);
        const trace = await run(place, fixture, ["-p", "Summarise this project", "--model", "practice"]);
        expectNothing(place, fixture, trace, before);
        expect(trace.code, trace.text).toBe(0);
      }),
    );

  for (const fixture of fixtures.filter(({ grants }) => grants))
    test.concurrent(`${fixture.name}: grants nothing to a model that obeys it`, { timeout: 90_000 }, () =>
      inside(fixture, async (place) => {
        const { trap, world } = place;
        const wishes = [
          reply.tool("Bash", { command: `touch ${trap.canary}` }),
          reply.tool("Write", { file_path: join(trap.root, "planted.txt"), content: "x" }),
          reply.text("done"),
        ];
        const server = await startModelServer({ script: wishes });
        try {
          const before = listed(world.cwd);
          const env = { ANTHROPIC_BASE_URL: server.url, ANTHROPIC_API_KEY: "sk-ours" };
          const trace = await run(place, fixture, ["-p", "go", "--model", "claude-sonnet-4-5"], env);
          expectNothing(place, fixture, trace, before);
          expect(begunCalls(world).filter((line) => !line.includes('"readOnly":true'))).toEqual([]);
          expect(server.calls.length, `our own endpoint was asked (${trace.text})`).toBe(3);
          expect(server.calls.map(({ headers }) => headers["x-api-key"])).toEqual(["sk-ours", "sk-ours", "sk-ours"]);
          expect(trace.connected.filter((line) => !line.includes(`htons(${new URL(server.url).port})`))).toEqual([]);
        } finally {
          await server.stop();
        }
      }),
    );

  test("the trap works: the same settings given by the person do let it through", { timeout: 90_000 }, () => {
    const granting: Fixture = { name: "control", build: () => {} };
    return inside(granting, async (place) => {
      const server = await startModelServer({
        script: [reply.tool("Bash", { command: `touch ${place.trap.canary}` }), reply.text("done")],
      });
      try {
        const trace = await run(place, granting, ["-p", "go", "--model", "claude-sonnet-4-5", "--dangerously-skip-permissions"], {
          ANTHROPIC_BASE_URL: server.url,
          ANTHROPIC_API_KEY: "sk-ours",
        });
        expect(existsSync(place.trap.canary)).toBe(true);
        expect(trace.executed.some((one) => !isOurs(one, granting))).toBe(true);
        expect(realpathSync(place.world.cwd)).toBe(realpathSync(place.trap.root));
      } finally {
        await server.stop();
      }
    });
  });
});
