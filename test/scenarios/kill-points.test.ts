import { execFileSync, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { build } from "esbuild";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { AgentEvent, Recorded } from "../../src/shared/protocol/agent";
import type { EngineJob, EngineLine } from "../support/engine-process";
import { reply, type Reply } from "../support/model-server/reply";
import { startModelServer, type ModelCall, type ModelServer } from "../support/model-server/start-model-server";
import { logFiles, ofType, recordsIn } from "../support/session-log";

// The process of the real worker is killed anywhere in a turn of writes, edits and commands, then the session is opened again.
const POINTS = Number(process.env["STRIDE_KILL_POINTS"] ?? 20);
const SEED = Number(process.env["STRIDE_SEED"] ?? 1);
const ROOT = join(import.meta.dirname, "../..");
const OLD = `old head\n${"the same line\n".repeat(20_000)}`;
const NEW = OLD.replace("old head", "new head");
const PAGE = "a page of tea\n".repeat(5_000);

let temp: string;
/** A build of its own: `dist` may be made anew meanwhile. */
let dist: string;
let program: string;
let model: ModelServer;
let wholeMs = 0;

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
  model = await startModelServer({ script: nextStep });
  const { cwd, home } = world("whole");
  const { lines, ms, turnMs } = await life({ cwd, home, prompt: "do it" });
  expect(types(lines).at(-1)).toBe("turn_ended");
  expect(readFileSync(join(cwd, "b.txt"), "utf8")).toBe(NEW);
  wholeMs = turnMs;
  console.log(`a whole turn takes ${ms.toFixed(0)} ms with start and end`);
}, 60_000);
afterAll(async () => {
  await model?.stop();
  for (const folder of [temp, dist]) rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
});

const pending = Array.from({ length: POINTS }, (_, n) => n);
const random = generator(SEED);
const delays = pending.map((n) => (n + random()) / POINTS);

for (const n of pending)
  test(`killed at point ${n + 1} of ${POINTS}`, { timeout: 60_000, concurrent: false }, async () => {
    const { cwd, home } = world(`point-${n}`);
    const first = await life({ cwd, home, prompt: "do it", killAt: delays[n]! * wholeMs });
    const acknowledged = events(first.lines);
    const [file] = logFiles(home);
    const kept = file === undefined ? [] : recordsIn(file);

    const from = (acknowledged[0]?.seq ?? 1) - 1;
    expect(kept.slice(from, from + acknowledged.length).map(plain)).toEqual(acknowledged.map(plain));
    wholeOrNothing(cwd, "killed");
    if (file === undefined || first.session === undefined) return;

    const second = await life({ cwd, home, session: first.session, prompt: "go on" });
    expect(types(second.lines).at(-1)).toBe("turn_ended");
    const after = recordsIn(file);
    expect(after.slice(0, kept.length).map(plain)).toEqual(kept.map(plain));
    expect(after.map(({ seq }) => seq)).toEqual(after.map((_, i) => i + 1));
    eachCallOnce(after.map(({ event }) => event));
    wholeOrNothing(cwd);
    expect(model.problems).toEqual([]);
  });

/** Which step is next stands in the conversation; the second life only says that it has understood. */
function nextStep({ body, userText }: ModelCall): Reply {
  if (userText.includes("go on")) return reply.text("I have looked at what is there.");
  const done = JSON.stringify(body.messages).split('"tool_use_id"').length - 1;
  const steps: [name: string, input: Record<string, unknown>][] = [
    ["Write", { file_path: "a.txt", content: PAGE }],
    ["Read", { file_path: "b.txt", limit: 10 }],
    ["Edit", { file_path: "b.txt", old_string: "old head", new_string: "new head" }],
    ["Bash", { command: "echo one >> log.txt; sleep 0.1; echo two >> log.txt" }],
    ["Write", { file_path: "c.txt", content: PAGE }],
  ];
  const step = steps[done];
  return step ? reply.tool(step[0], step[1], { chunkMs: 3, chunkSize: 4_000 }) : reply.text("Done.");
}

function world(name: string): { cwd: string; home: string } {
  const cwd = join(temp, name, "work");
  const home = join(temp, name, "home");
  mkdirSync(cwd, { recursive: true });
  mkdirSync(home);
  writeFileSync(join(cwd, "b.txt"), OLD);
  return { cwd, home };
}

interface Life {
  lines: EngineLine[];
  session: string | undefined;
  ms: number;
  /** From the open conversation to the end of the process. */
  turnMs: number;
}

async function life(given: { cwd: string; home: string; prompt: string; session?: string; killAt?: number }): Promise<Life> {
  const { cwd, home, prompt, session, killAt } = given;
  const job: EngineJob = {
    worker: join(dist, "worker.js"),
    key: "sk-ant-scripted-0000000000",
    cwd,
    prompt,
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
  const began = performance.now();
  const child = spawn(process.execPath, [program, JSON.stringify(job)], { stdio: ["ignore", "pipe", "pipe"] });
  let errors = "";
  let ready = 0;
  child.stdout.once("data", () => {
    ready = performance.now();
    if (killAt !== undefined) void sleep(killAt).then(() => child.kill("SIGKILL"));
  });
  child.stderr.on("data", (chunk: Buffer) => (errors += chunk.toString()));
  const late = setTimeout(() => child.kill("SIGKILL"), 50_000);
  const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
  clearTimeout(late);
  if (killAt === undefined && code !== 0) throw new Error(`the engine ended with ${code}\n${errors}`);
  const ended = performance.now();
  // A line that was cut off by the kill was not acknowledged.
  const lines = readFileSync(job.seen, "utf8")
    .split("\n")
    .slice(0, -1)
    .map((line) => JSON.parse(line) as EngineLine);
  const opened = lines.find((line) => "session" in line);
  return { lines, session: opened?.session, ms: ended - began, turnMs: ended - ready };
}

const events = (lines: readonly EngineLine[]): Recorded[] =>
  lines.flatMap((line) => ("seq" in line ? [{ session: "", ...line }] : []));
const types = (lines: readonly EngineLine[]): string[] => events(lines).map(({ event }) => event.type);
/** Short, so that a difference can be read. */
const plain = ({ seq, at, event }: Recorded): string =>
  `${seq} ${event.type} ${createHash("sha256").update(JSON.stringify({ at, event })).digest("hex").slice(0, 12)}`;

function wholeOrNothing(cwd: string, after?: "killed"): void {
  for (const name of ["a.txt", "c.txt"])
    if (existsSync(join(cwd, name))) expect(readFileSync(join(cwd, name), "utf8") === PAGE, name).toBe(true);
  expect([OLD, NEW].includes(readFileSync(join(cwd, "b.txt"), "utf8")), "b.txt").toBe(true);
  if (existsSync(join(cwd, "log.txt"))) expect("one\ntwo\n".startsWith(readFileSync(join(cwd, "log.txt"), "utf8"))).toBe(true);
  // A text on its way may lie beside its target until the conversation is opened again.
  const others = readdirSync(cwd).filter((name) => !/^(a|b|c|log)\.txt$/.test(name));
  expect(others.filter((name) => after !== "killed" || !/^\.stride-.*\.tmp$/.test(name))).toEqual([]);
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

function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
