import { spawnSync } from "node:child_process";
import { closeSync, fdatasyncSync, openSync, readFileSync, readSync, statSync, writeSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { openLog } from "../../src/agent/sessions/open-log";
import { createSessionStore, type SessionStore } from "../../src/agent/sessions/store";
import type { AgentEvent } from "../../src/shared/protocol/agent";
import { textBlock } from "../../src/shared/protocol/messages";
import { noUsage } from "../../src/shared/protocol/model";
import type { BenchContext, BenchRow } from "./row";

const MB = 1 << 20;
const words =
  "alpha bravo charlie delta echo foxtrot golf hotel india juliet kilo lima mike november oscar papa quebec romeo sierra tango".split(
    " ",
  );

/** About 2 KB, the size of an ordinary answer or result; `n` makes each different. */
function event(n: number): AgentEvent {
  const text = Array.from({ length: 240 }, (_, at) => `${words[(n * 7 + at * at) % words.length]}${(n * 31 + at) % 4001}`).join(
    " ",
  );
  if (n % 10 === 0)
    return {
      type: "user_message",
      turn: `t${n}`,
      via: "prompt",
      message: { id: `u${n}`, role: "user", content: [textBlock(text.slice(0, 400))] },
    };
  if (n % 2 === 0) {
    return {
      type: "tool_finished",
      turn: "t",
      call: `c${n}`,
      name: "Read",
      outcome: "ok",
      ms: 1,
      result: { type: "tool_result", toolUseId: `c${n}`, content: [textBlock(text)] },
    };
  }
  const message = { id: `a${n}`, role: "assistant" as const, content: [textBlock(text)] };
  return {
    type: "assistant_message",
    turn: "t",
    request: `r${n}`,
    model: "m",
    stopReason: "end_turn",
    usage: noUsage(),
    usd: 0,
    message,
  };
}

const newStore = (context: BenchContext): SessionStore => createSessionStore({ stateDir: context.temp(), version: "bench" });

async function sessionOf(store: SessionStore, bytes: number, from = 0): Promise<string> {
  const { log, close, dir } = await store.create({ cwd: "/bench", roots: ["/bench"], model: "m", mode: "default" });
  for (let n = from; statSync(join(dir, "events.jsonl")).size < bytes; n += 100)
    for (let at = 0; at < 100; at++) log.append(event(n + at));
  await log.flush();
  await close();
  return dir;
}

const timed = async (work: () => unknown): Promise<number> => {
  const started = performance.now();
  await work();
  return performance.now() - started;
};

/** What a window does before it can draw: open, and read a screen. */
async function firstPaint(dir: string): Promise<void> {
  const log = await openLog(dir);
  if ((await log.tail(200)).length < 100) throw new Error("no screen");
  await log.close();
}

/** The least anybody could do: read the last bytes and parse them. */
function rawTail(dir: string): void {
  const path = join(dir, "events.jsonl");
  const fd = openSync(path, "r");
  const bytes = Buffer.alloc(MB / 2);
  const got = readSync(fd, bytes, 0, bytes.length, Math.max(0, statSync(path).size - bytes.length));
  for (const line of bytes.toString("utf8", 0, got).split("\n").slice(1, -1)) JSON.parse(line);
  closeSync(fd);
}

function parseAll(dir: string): number {
  let seen = 0;
  for (const line of readFileSync(join(dir, "events.jsonl"), "utf8").split("\n"))
    if (line) seen += (JSON.parse(line) as unknown[]).length;
  return seen;
}

const resume = (megabytes: number): BenchRow => ({
  name: `resume ${megabytes} MB to first paint`,
  baseline: "read and parse the last 512 KB",
  goal: "≤ 40 ms",
  met: ({ ours }) => ours.p50 <= 40,
  async run(context) {
    const dir = await sessionOf(newStore(context), megabytes * MB);
    const child = spawnSync(process.execPath, [fileURLToPath(import.meta.url), "--first-paint", dir], { encoding: "utf8" });
    const grown = Number(child.stdout);
    const samples = await context.pairs(
      20,
      () => timed(() => firstPaint(dir)),
      () => timed(() => rawTail(dir)),
    );
    return { ...samples, unit: "ms", note: `RSS +${grown.toFixed(1)} MB in a fresh process (goal ≤ +25)` };
  },
});

const append: BenchRow = {
  name: "append a 2 KB record",
  baseline: "writeSync of the same bytes",
  goal: "≤ 20 µs p50",
  met: ({ ours }) => ours.p50 <= 20,
  async run(context) {
    const session = await newStore(context).create({ cwd: "/bench", roots: [], model: "m", mode: "default" });
    const events = Array.from({ length: 500 }, (_, n) => event(n));
    const bytes = events.map((each) => Buffer.from(`${JSON.stringify(each)}\n`));
    const fd = openSync(join(context.temp(), "raw"), "a");
    const ours = (): number => perRecord(events, (each) => void session.log.append(each));
    const samples = await context.pairs(30, ours, () => perRecord(bytes, (each) => void writeSync(fd, each)));
    closeSync(fd);
    await session.close();
    return { ...samples, unit: "µs" };
  },
};

function perRecord<T>(items: readonly T[], work: (item: T) => void): number {
  const each = items.map((item) => {
    const started = performance.now();
    work(item);
    return performance.now() - started;
  });
  return each.sort((a, b) => a - b)[Math.floor(each.length / 2)]! * 1000;
}

const groupSync: BenchRow = {
  name: "20 records acknowledged together",
  baseline: "one fdatasync of the same bytes",
  goal: "≤ 50 ms",
  met: ({ ours }) => ours.p50 <= 50,
  async run(context) {
    const session = await newStore(context).create({ cwd: "/bench", roots: [], model: "m", mode: "default" });
    const events = Array.from({ length: 20 }, (_, n) => event(n));
    const bytes = Buffer.from(events.map((each) => `${JSON.stringify(each)}\n`).join(""));
    const fd = openSync(join(context.temp(), "raw"), "a");
    const base = (): void => {
      writeSync(fd, bytes);
      fdatasyncSync(fd);
    };
    const samples = await context.pairs(
      30,
      () => timed(() => Promise.all(events.map((each) => session.log.appendDurable(each)))),
      () => timed(base),
    );
    closeSync(fd);
    await session.close();
    return { ...samples, unit: "ms" };
  },
};

const project: BenchRow = {
  name: "resume 100 MB to first request",
  baseline: "JSON.parse of every line, the file in one string",
  goal: "ratio ≤ 2: every checksum verified, the history projected",
  met: ({ ratio }) => ratio.median <= 2,
  async run(context) {
    const store = newStore(context);
    const dir = await sessionOf(store, 100 * MB);
    const id = dir.split("/").at(-1)!;
    const ours = async (): Promise<void> => {
      const session = await store.open(id);
      if ((await session.project()).messages().length < 1000) throw new Error("no history");
      await session.close();
    };
    return {
      ...(await context.pairs(
        5,
        () => timed(ours),
        () => timed(() => parseAll(dir)),
      )),
      unit: "ms",
    };
  },
};

const list: BenchRow = {
  name: "list 1,000 sessions, warm",
  baseline: "stat of 1,000 files",
  goal: "≤ 20 ms",
  met: ({ ours }) => ours.p50 <= 20,
  async run(context) {
    const store = newStore(context);
    const dirs: string[] = [];
    for (let n = 0; n < 1000; n++) {
      const session = await store.create({ cwd: `/bench/${n % 10}`, roots: [], model: "m", mode: "default" });
      session.log.append(event(10 * n));
      await session.close();
      dirs.push(session.dir);
    }
    const cold = await timed(() => store.list());
    const samples = await context.pairs(
      20,
      () => timed(() => store.list()),
      () => timed(() => dirs.map((dir) => statSync(join(dir, "events.jsonl")).size)),
    );
    store.close();
    return { ...samples, unit: "ms", note: `first list of all ${cold.toFixed(0)} ms` };
  },
};

const search = (megabytes: number): BenchRow => ({
  name: `search ${megabytes} MB in 10 sessions`,
  baseline: "rg over the logs",
  goal: megabytes >= 1024 ? "≤ 5 ms p50, ≥ 20× rg" : "≤ 5 ms p50",
  met: ({ ours, ratio }) => ours.p50 <= 5 && (megabytes < 1024 || ratio.high <= 1 / 20),
  async run(context) {
    const stateDir = context.temp();
    const store = createSessionStore({ stateDir, version: "bench" });
    for (let n = 0; n < 10; n++) await sessionOf(store, (megabytes / 10) * MB, n * 1_000_003);
    const indexing = await timed(() => store.indexed());
    let n = 0;
    const query = (): string => `${words[n % words.length]}${(n++ * 97) % 4001}`;
    const ours = async (): Promise<void> => {
      const { hits, complete } = await store.search(query());
      if (hits.length === 0 || !complete) throw new Error("nothing found");
    };
    const base = (): void => {
      const found = spawnSync("rg", ["--count", "--glob", "*.jsonl", "--fixed-strings", query(), join(stateDir, "sessions")]);
      if (found.error) throw found.error;
    };
    // The folder is looked at again every two seconds; that look is not the search.
    await store.search("alpha0");
    const samples = await context.pairs(
      20,
      () => timed(ours),
      () => timed(base),
    );
    const size = statSync(join(stateDir, "sessions", "catalogue.db")).size / MB;
    store.close();
    return { ...samples, unit: "ms", note: `index made in ${(indexing / 1000).toFixed(1)} s, ${size.toFixed(0)} MB` };
  },
});

const large = process.argv.includes("--full");

export const rows: BenchRow[] = [
  append,
  groupSync,
  resume(10),
  resume(100),
  ...(large ? [resume(1024)] : []),
  project,
  list,
  search(100),
  ...(large ? [search(1024)] : []),
];

// The same file in a process of its own, for what opening costs in memory.
if (process.argv[2] === "--first-paint") {
  const before = process.memoryUsage().rss;
  await firstPaint(process.argv[3]!);
  process.stdout.write(String((process.memoryUsage().rss - before) / MB));
}
