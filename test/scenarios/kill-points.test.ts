import { execFileSync, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { build } from "esbuild";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { AgentEvent, Recorded } from "../../src/shared/protocol/agent";
import type { EngineJob, EngineLine, EngineStep } from "../support/engine-process";
import { reply, type Reply } from "../support/model-server/reply";
import { startModelServer } from "../support/model-server/start-model-server";
import { scriptedTurns, type ScriptedTurn } from "../support/scripted-turns";
import { logFiles, ofType, recordsIn } from "../support/session-log";

// The process of the real worker is killed anywhere in twenty kinds of work, then the conversation is opened again.
const POINTS = Number(process.env["STRIDE_KILL_POINTS"] ?? 20);
const SEED = Number(process.env["STRIDE_SEED"] ?? 1);
const OPEN_MS = 10_000;
const ROOT = join(import.meta.dirname, "../..");

let temp: string;
/** A build of its own: `dist` may be made anew meanwhile. */
let dist: string;
let program: string;
const openings: number[] = [];

beforeAll(async () => {
  temp = mkdtempSync(join(tmpdir(), "stride-kill-"));
  mkdirSync(join(ROOT, "out"), { recursive: true });
  dist = mkdtempSync(join(ROOT, "out/kill-points-"));
  execFileSync(process.execPath, [join(ROOT, "src/build/bundle.mjs"), "--out", dist]);
  program = join(temp, "engine-process.mjs");
  await build({
    entryPoints: [join(ROOT, "test/support/engine-process.ts")],
    outfile: program,
    bundle: true,
    platform: "node",
    format: "esm",
    logLevel: "error",
  });
}, 60_000);
afterAll(() => {
  const slowest = Math.max(...openings).toFixed(0);
  console.log(`${openings.length} conversations opened again after a kill, the slowest in ${slowest} ms`);
  for (const folder of [temp, dist]) rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
});

const random = generator(SEED);
const perTurn = Math.max(1, Math.round(POINTS / scriptedTurns.length));
/** Shares of a turn's time, spread over it. */
const points = scriptedTurns.map(() => Array.from({ length: perTurn }, (_, n) => (n + random()) / perTurn));

for (const [n, turn] of scriptedTurns.entries())
  test(
    `killed in ${perTurn > 1 ? `${perTurn} places of ` : ""}${turn.name}`,
    { timeout: 30_000 + perTurn * 15_000 },
    async () => {
      const wholeMs = await wholeRun(turn, world(turn, `${n}-whole`));
      for (const [k, share] of points[n]!.entries()) {
        const { cwd, home } = world(turn, `${n}-${k}`);
        await killedRun(turn, { cwd, home, killAt: share * wholeMs }).catch((error: unknown) => {
          throw new Error(`killed after ${(share * wholeMs).toFixed(0)} of ${wholeMs.toFixed(0)} ms: ${String(error)}`, {
            cause: error,
          });
        });
      }
    },
  );

/** It does what it says when nobody kills it, and how long that takes. */
async function wholeRun(turn: ScriptedTurn, { cwd, home }: World): Promise<number> {
  const { lines, turnMs } = await life({ cwd, home, steps: turn.says ?? [{ say: "do it" }], replies: turn.replies });
  const outcomes = ofType(eventsOf(lines), "tool_finished").map(({ outcome }) => outcome);
  expect(outcomes.filter((outcome) => outcome !== "ok").length, outcomes.join()).toBe(turn.failing ?? 0);
  expect(outcomes.length).toBe(turn.replies.flatMap(({ parts }) => parts).filter(({ kind }) => kind === "tool").length);
  if (turn.says?.includes("compact")) expect(ofType(eventsOf(lines), "context_reduced").map(({ level }) => level)).toContain(5);
  for (const [name, states] of Object.entries(turn.after))
    expect(readFileSync(join(cwd, name), "utf8") === states.at(-1), name).toBe(true);
  return turnMs;
}

async function killedRun(turn: ScriptedTurn, given: World & { killAt: number }): Promise<void> {
  const { cwd, home, killAt } = given;
  const first = await life({ cwd, home, steps: turn.says ?? [{ say: "do it" }], replies: turn.replies, killAt });
  const acknowledged = recordsOf(first.lines);
  const [file] = logFiles(home);
  const kept = file === undefined ? [] : recordsIn(file);
  const from = (acknowledged[0]?.seq ?? 1) - 1;
  expect(kept.slice(from, from + acknowledged.length).map(plain)).toEqual(acknowledged.map(plain));
  wholeFiles(turn, cwd, "killed");
  if (file === undefined || first.session === undefined) return;

  const second = await life({ cwd, home, session: first.session, steps: [{ say: "go on" }], replies: [] });
  expect(eventsOf(second.lines).at(-1)?.type).toBe("turn_ended");
  expect(second.openMs).toBeLessThan(OPEN_MS);
  openings.push(second.openMs);
  const after = recordsIn(file);
  expect(after.slice(0, kept.length).map(plain)).toEqual(kept.map(plain));
  expect(after.map(({ seq }) => seq)).toEqual(after.map((_, i) => i + 1));
  const all = after.map(({ event }) => event);
  eachCallOnce(all);
  eachMessageOnce(all);
  wholeResults(all);
  wholeFiles(turn, cwd);
}

interface World {
  cwd: string;
  home: string;
}

function world(turn: ScriptedTurn, name: string): World {
  const cwd = join(temp, name, "work");
  const home = join(temp, name, "home");
  for (const folder of [cwd, home]) mkdirSync(folder, { recursive: true });
  for (const [path, text] of Object.entries(turn.before ?? {})) writeFileSync(join(cwd, path), text);
  return { cwd, home };
}

interface Life {
  lines: EngineLine[];
  session: string | undefined;
  /** From the start of the process until the conversation had taken what was said. */
  openMs: number;
  /** From the open conversation to the end of the process. */
  turnMs: number;
}

interface LifeOptions extends World {
  steps: EngineStep[];
  /** One a request; after the last there are only words. */
  replies: readonly Reply[];
  session?: string;
  killAt?: number;
}

async function life({ cwd, home, steps, replies, session, killAt }: LifeOptions): Promise<Life> {
  const model = await startModelServer({ script: ({ n }) => replies[n - 1] ?? reply.text("I have looked at what is there.") });
  const job: EngineJob = {
    worker: join(dist, "worker.js"),
    key: "sk-ant-scripted-0000000000",
    cwd,
    steps,
    seen: join(home, session === undefined ? "seen-1" : "seen-2"),
    ...(session !== undefined && { session }),
    start: {
      stateDir: home,
      version: "0.0.0",
      trusted: true,
      settings: { model: "anthropic/claude-sonnet-4-5", baseUrl: model.url, generateTitles: false },
      paths: { broker: join(dist, "broker.js"), node: process.execPath },
    },
  };
  const began = Date.now();
  const child = spawn(process.execPath, [program, JSON.stringify(job)], { stdio: ["ignore", "pipe", "pipe"] });
  let errors = "";
  let ready = 0;
  child.stdout.once("data", () => {
    ready = performance.now();
    if (killAt !== undefined) void sleep(killAt).then(() => child.kill("SIGKILL"));
  });
  child.stderr.on("data", (chunk: Buffer) => (errors += chunk.toString()));
  const late = setTimeout(() => child.kill("SIGKILL"), 25_000);
  const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
  clearTimeout(late);
  await model.stop();
  if (killAt === undefined && code !== 0) throw new Error(`the engine ended with ${code}\n${errors}`);
  expect(model.problems).toEqual([]);
  const turnMs = performance.now() - ready;
  // A line that was cut off by the kill was not acknowledged.
  const lines = existsSync(job.seen)
    ? readFileSync(job.seen, "utf8")
        .split("\n")
        .slice(0, -1)
        .map((line) => JSON.parse(line) as EngineLine)
    : [];
  const opened = lines.find((line) => "session" in line);
  const said = recordsOf(lines).find(({ event }) => event.type === "user_message");
  return { lines, session: opened?.session, openMs: (said?.at ?? Infinity) - began, turnMs };
}

const recordsOf = (lines: readonly EngineLine[]): Recorded[] =>
  lines.flatMap((line) => ("seq" in line ? [{ session: "", ...line }] : []));
const eventsOf = (lines: readonly EngineLine[]): AgentEvent[] => recordsOf(lines).map(({ event }) => event);
/** Short, so that a difference can be read. */
const plain = ({ seq, at, event }: Recorded): string =>
  `${seq} ${event.type} ${createHash("sha256").update(JSON.stringify({ at, event })).digest("hex").slice(0, 12)}`;

function wholeFiles({ before = {}, after }: ScriptedTurn, cwd: string, when?: "killed"): void {
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  for (const name of names) {
    const states = [before[name], ...(after[name] ?? [])];
    const found = existsSync(join(cwd, name)) ? readFileSync(join(cwd, name), "utf8") : undefined;
    expect(states.includes(found), `${name} holds ${found?.length} characters that nobody wrote`).toBe(true);
  }
  // A text on its way may lie beside its target until the conversation is opened again.
  const files = globSync("**/*", { cwd, withFileTypes: true }).filter((entry) => entry.isFile());
  const others = files
    .map(({ parentPath, name }) => join(parentPath, name))
    .filter((path) => !names.has(path.slice(cwd.length + 1)));
  expect(others.filter((path) => when !== "killed" || !/\.stride-[^/]*\.tmp$/.test(path))).toEqual([]);
}

/** Begun at most once, and either finished once or told as interrupted. */
function eachCallOnce(all: readonly AgentEvent[]): void {
  const begun = ofType(all, "tool_started").map(({ call }) => call);
  const finished = ofType(all, "tool_finished").map(({ call }) => call);
  const interrupted = ofType(all, "session_resumed").flatMap((event) => event.interrupted);
  expect(new Set(begun).size).toBe(begun.length);
  expect(new Set(finished).size).toBe(finished.length);
  expect(begun.filter((call) => !finished.includes(call) && !interrupted.includes(call))).toEqual([]);
}

/** What waited in the queue when the process died is said in the next life, and nothing is said twice. */
function eachMessageOnce(all: readonly AgentEvent[]): void {
  const said = ofType(all, "user_message").map(({ message }) => message.id);
  const queued = ofType(all, "queue_changed").flatMap((event) => event.queued.map(({ id }) => id));
  expect(new Set(said).size).toBe(said.length);
  expect(queued.filter((id) => !said.includes(id))).toEqual([]);
}

/** A result the log says is on disk is there, to its last character. */
function wholeResults(all: readonly AgentEvent[]): void {
  for (const { detail } of ofType(all, "context_reduced"))
    if (detail.kind === "result_to_disk") expect(readFileSync(detail.path, "utf8").length).toBe(detail.chars);
}

function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
