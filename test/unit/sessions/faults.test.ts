import { execFileSync, spawn } from "node:child_process";
import {
  chmodSync,
  copyFileSync,
  cpSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { buildSync } from "esbuild";
import { afterAll, expect, test } from "vitest";
import { acquireLock } from "../../../src/agent/sessions/lock";
import { createLog, openLog } from "../../../src/agent/sessions/open-log";
import { createSessionStore } from "../../../src/agent/sessions/store";
import { notice, temporaryFolder } from "./support";

const folder = temporaryFolder();
const memory = temporaryFolder(process.platform === "linux" ? "/dev/shm" : undefined);
afterAll(() => {
  folder.remove();
  memory.remove();
});

async function filled(dir: string, count: number): Promise<string> {
  createLog(dir);
  const log = await openLog(dir);
  for (let n = 1; n <= count; n++) log.append(notice(`message ${n} ${"y".repeat(n)}`));
  await log.close();
  return dir;
}

/** A generator of its own, so that a failure can be repeated. */
function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

async function readable(dir: string): Promise<{ seqs: number[]; texts: string[]; reported: boolean; writable: boolean }> {
  const log = await openLog(dir);
  const seqs: number[] = [];
  const texts: string[] = [];
  await log.readAll(({ seq, event }) => {
    seqs.push(seq);
    texts.push(event.type === "notice" ? event.message : "");
  });
  const { health } = log;
  await log.close();
  return { seqs, texts, reported: Boolean(health.repaired ?? health.problem), writable: health.mode === "writable" };
}

const appender = join(folder.root, "appender.mjs");
buildSync({
  entryPoints: [join(import.meta.dirname, "appender.ts")],
  outfile: appender,
  bundle: true,
  platform: "node",
  format: "esm",
});

test("kill -9 at 50 points: nothing acknowledged is lost or doubled", { timeout: 60_000 }, async () => {
  const stateDir = folder.path();
  const store = createSessionStore({ stateDir, version: "1" });
  const session = await store.create({ cwd: "/w", roots: [], model: "m", mode: "default" });
  await session.close();
  const next = random(7);
  let acknowledged = 1;
  for (let round = 0; round < 50; round++) {
    acknowledged = Math.max(acknowledged, await killed(stateDir, session.id, 1 + next(25)));
    const opened = await store.open(session.id);
    expect(opened.readOnly).toBeNull();
    const seqs: number[] = [];
    await opened.log.readAll(({ seq, event }) => {
      seqs.push(seq);
      if (seq > 1) expect(event.type === "notice" && event.message.startsWith(`message ${seq} `)).toBe(true);
    });
    expect(seqs).toEqual(Array.from({ length: seqs.length }, (_, at) => at + 1));
    expect(seqs.length).toBeGreaterThanOrEqual(acknowledged);
    await opened.close();
  }
  expect(acknowledged).toBeGreaterThan(200);
});

/** The last number the child said was safe. */
async function killed(stateDir: string, id: string, afterMs: number): Promise<number> {
  const child = spawn(process.execPath, [appender, stateDir, id], { stdio: ["ignore", "pipe", "inherit"] });
  let said = "";
  child.stdout.on("data", (chunk: Buffer) => {
    if (said === "") setTimeout(() => child.kill("SIGKILL"), afterMs);
    said += chunk.toString();
  });
  await new Promise((resolve) => child.once("close", resolve));
  expect(said).toMatch(/^open\n/);
  return Math.max(0, ...said.slice(0, said.lastIndexOf("\n")).split("\n").slice(1).map(Number));
}

test("every prefix of the file opens, with all whole records, and can be written", async () => {
  const dir = await filled(memory.path(), 12);
  const whole = readFileSync(join(dir, "events.jsonl"));
  const at = memory.path();
  for (let length = 0; length <= whole.length; length++) {
    rmSync(at, { recursive: true, force: true });
    mkdirSync(at);
    writeFileSync(join(at, "events.jsonl"), whole.subarray(0, length));
    const records = Math.max(0, whole.subarray(0, length).filter((byte) => byte === 10).length - 1);
    const { seqs, writable } = await readable(at);
    expect([length, seqs.length, writable]).toEqual([length, records, true]);
    const log = await openLog(at);
    expect(log.append(notice("on")).seq).toBe(records + 1);
    await log.close();
  }
});

test("10,000 random flips and cuts: never a crash, never a silent loss", { timeout: 120_000 }, async () => {
  const dir = await filled(memory.path(), 12);
  const intact = (await readable(dir)).texts;
  const at = memory.path();
  const next = random(42);
  for (let round = 0; round < 10_000; round++) {
    rmSync(at, { recursive: true, force: true });
    cpSync(dir, at, { recursive: true });
    const file = join(at, next(4) === 0 ? "events.idx" : "events.jsonl");
    if (next(5) === 0) truncateSync(file, next(statSync(file).size));
    else {
      const bytes = readFileSync(file);
      for (let flips = 1 + next(3); flips > 0; flips--) bytes[next(bytes.length)]! ^= 1 << next(8);
      writeFileSync(file, bytes);
    }
    const indexGone = next(3) === 0;
    if (indexGone) rmSync(join(at, "events.idx"));
    const shorter = statSync(join(at, "events.jsonl")).size < statSync(join(dir, "events.jsonl")).size;
    const { seqs, texts, reported } = await readable(at);
    seqs.forEach((seq, n) => {
      if (texts[n] !== intact[seq - 1]) throw new Error(`round ${round}: record ${seq} is not what was written`);
    });
    // With the side file gone too, a cut between two records leaves a shorter log that is perfectly sound.
    const cutClean = indexGone && shorter;
    if (seqs.length < intact.length && !reported && !cutClean) throw new Error(`round ${round}: silent loss`);
  }
});

const asRoot = process.platform === "linux" && process.getuid?.() === 0;

test.skipIf(!asRoot)("disk full: nothing gets shorter, events wait, and go on when there is space", async () => {
  const mount = folder.path();
  mkdirSync(mount);
  execFileSync("mount", ["-t", "tmpfs", "-o", "size=8m", "tmpfs", mount]);
  try {
    const dir = join(mount, "s");
    createLog(dir);
    const log = await openLog(dir);
    const told: (string | null)[] = [];
    log.onError((trouble) => told.push(trouble?.kind ?? null));
    await log.appendDurable(notice("first"));
    writeFileSync(join(mount, "ballast"), Buffer.alloc(6 << 20));
    let size = 0;
    let refused = 0;
    for (let n = 0; n < 40; n++) {
      log.append(notice(`${n} ${"z".repeat(100_000)}`));
      await log.flush().catch((error: unknown) => {
        refused++;
        expect(error).toMatchObject({ problem: { kind: "no_space", next: expect.stringContaining("Make space") } });
      });
      const now = statSync(join(dir, "events.jsonl")).size;
      expect(now).toBeGreaterThanOrEqual(size);
      size = now;
    }
    expect(refused).toBeGreaterThan(5);
    expect(log.durableSeq).toBeLessThan(41);
    const crashed = folder.path();
    cpSync(dir, crashed, { recursive: true });
    expect((await readable(crashed)).seqs.length).toBeGreaterThanOrEqual(log.durableSeq);
    rmSync(join(mount, "ballast"));
    await log.flush();
    expect(log.durableSeq).toBe(41);
    expect(told).toEqual(["no_space", null]);
    await log.close();
    expect((await readable(dir)).texts.map((text) => text.split(" ")[0])).toEqual([
      "first",
      ...Array.from({ length: 40 }, (_, n) => `${n}`),
    ]);
  } finally {
    execFileSync("umount", ["-l", mount]);
  }
});

test("a folder that may not be written opens read only and says what to do", async () => {
  const stateDir = folder.path();
  const dir = join(stateDir, "sessions", "p", "abc");
  mkdirSync(stateDir);
  if (asRoot) execFileSync("mount", ["-t", "tmpfs", "tmpfs", stateDir]);
  try {
    await filled(dir, 3);
    if (asRoot) execFileSync("mount", ["-o", "remount,ro", stateDir]);
    else
      for (const [path, mode] of [
        [join(dir, "events.jsonl"), 0o400],
        [dir, 0o500],
      ] as const)
        chmodSync(path, mode);
    const session = await createSessionStore({ stateDir, version: "1" }).open("abc");
    expect(session.readOnly).toMatchObject({ kind: "denied", next: expect.stringContaining("permissions") });
    expect((await session.log.tail(5)).length).toBe(3);
    expect(() => session.log.append(notice("no"))).toThrow();
    await session.close();
  } finally {
    if (asRoot) execFileSync("umount", ["-l", stateDir]);
    else chmodSync(dir, 0o700);
  }
});

test("a log of format version 1 reads as it did when it was written", async () => {
  const dir = folder.path();
  mkdirSync(dir);
  copyFileSync(join(import.meta.dirname, "fixtures", "format-1.jsonl"), join(dir, "events.jsonl"));
  const { seqs, reported } = await readable(dir);
  expect(seqs).toEqual([1, 2, 3, 4, 5, 6, 7]);
  expect(reported).toBe(false);
});

test("a process that died is replaced at once", async () => {
  const stateDir = folder.path();
  const store = createSessionStore({ stateDir, version: "1" });
  const session = await store.create({ cwd: "/w", roots: [], model: "m", mode: "default" });
  await session.close();
  const child = spawn(process.execPath, [appender, stateDir, session.id], { stdio: ["ignore", "pipe", "inherit"] });
  await new Promise((resolve) => child.stdout.once("data", resolve));
  const second = await store.open(session.id);
  expect(second.heldBy?.pid).toBe(child.pid);
  expect(second.readOnly?.message).toContain(`${child.pid}`);
  child.kill("SIGKILL");
  await new Promise((resolve) => child.once("close", resolve));
  expect(await second.retry()).toBeNull();
  expect(second.readOnly).toBeNull();
  await second.close();
});

const holder = (change: object): string =>
  JSON.stringify({ pid: 1, started: "1", host: "another machine", nonce: "n", at: 0, ...change });

function lockWith(content: string, ageMs: number) {
  const dir = folder.path();
  mkdirSync(dir);
  writeFileSync(join(dir, "writer.lock"), content);
  const time = (Date.now() - ageMs) / 1000;
  utimesSync(join(dir, "writer.lock"), time, time);
  const outcome = acquireLock(dir);
  if (outcome.ok) outcome.lock.release();
  return outcome.ok;
}

test("another machine keeps it while its heart beats", () => expect(lockWith(holder({}), 8_000)).toBe(false));
test("and loses it within 15 s", () => expect(lockWith(holder({}), 13_000)).toBe(true));
test("a lock that was never finished", () => expect([lockWith("", 1_000), lockWith("", 13_000)]).toEqual([false, true]));
test.runIf(process.platform === "linux")("a process number that was given to another process", () => {
  const dir = folder.path();
  mkdirSync(dir);
  const mine = acquireLock(dir);
  if (!mine.ok) throw new Error("not free");
  const written = JSON.parse(readFileSync(join(dir, "writer.lock"), "utf8")) as object;
  expect(written).toMatchObject({ pid: process.pid, host: expect.stringContaining(hostname()) });
  expect(lockWith(JSON.stringify({ ...written, started: "1" }), 0)).toBe(true);
  expect(lockWith(JSON.stringify(written), 3_600_000)).toBe(false);
  mine.lock.release();
});

test("eight contenders for a stale lock: one gets it", { timeout: 30_000 }, async () => {
  const stateDir = folder.path();
  const store = createSessionStore({ stateDir, version: "1" });
  const session = await store.create({ cwd: "/w", roots: [], model: "m", mode: "default" });
  await session.close();
  writeFileSync(join(session.dir, "writer.lock"), holder({}));
  utimesSync(join(session.dir, "writer.lock"), 1, 1);
  const children = Array.from({ length: 8 }, () =>
    spawn(process.execPath, [appender, stateDir, session.id], { stdio: ["ignore", "pipe", "inherit"] }),
  );
  const said = await Promise.all(
    children.map(
      (child) => new Promise<string>((resolve) => child.stdout.once("data", (chunk: Buffer) => resolve(chunk.toString()))),
    ),
  );
  for (const child of children) child.kill("SIGKILL");
  expect(said.filter((text) => text.startsWith("open"))).toHaveLength(1);
  expect(said.filter((text) => text.startsWith("held"))).toHaveLength(7);
});
