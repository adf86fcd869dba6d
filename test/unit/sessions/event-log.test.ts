import { appendFileSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { createLog, openLog } from "../../../src/agent/sessions/open-log";
import { encodeHeader } from "../../../src/agent/sessions/record";
import { notice, temporaryFolder } from "./support";

const folder = temporaryFolder();
afterAll(() => folder.remove());

async function filled(count: number): Promise<string> {
  const dir = folder.path();
  createLog(dir);
  const log = await openLog(dir);
  for (let n = 1; n <= count; n++) log.append(notice(`message ${n}`));
  await log.close();
  return dir;
}

async function messages(dir: string, access: "read" | "write" = "write") {
  const log = await openLog(dir, { access });
  const found: string[] = [];
  await log.readAll(({ event }) => found.push(event.type === "notice" ? event.message : event.type));
  const { health, lastSeq } = log;
  await log.close();
  return { found, health, lastSeq };
}

test("numbers events from 1 and gives them back after reopening", async () => {
  const dir = await filled(500);
  const log = await openLog(dir);
  expect(log.lastSeq).toBe(500);
  expect((await log.read(3, 5)).map((recorded) => recorded.event)).toEqual([
    notice("message 3"),
    notice("message 4"),
    notice("message 5"),
  ]);
  expect((await log.tail(2)).map((recorded) => recorded.seq)).toEqual([499, 500]);
  expect((await log.appendDurable(notice("é ☃ 𝒳 \ud800"))).seq).toBe(501);
  expect(log.durableSeq).toBe(501);
  expect((await log.tail(1))[0]?.session).toBe(log.session);
  await log.close();
});

test("keeps a long record whole", async () => {
  const dir = await filled(1);
  const long = "x\n".repeat(2_500_000);
  const log = await openLog(dir);
  log.append(notice(long));
  log.append(notice("after"));
  await log.close();
  rmSync(join(dir, "events.idx"));
  const { found } = await messages(dir);
  expect(found.map((text) => text.length)).toEqual([9, long.length, 5]);
});

test("files are for their owner only", async () => {
  const dir = await filled(1);
  expect(statSync(dir).mode & 0o777).toBe(0o700);
  for (const name of ["events.jsonl", "events.idx"]) expect(statSync(join(dir, name)).mode & 0o777).toBe(0o600);
});

test("each line is JSON with the checksum and the length of its record", async () => {
  const dir = await filled(2);
  const lines = readFileSync(join(dir, "events.jsonl"), "utf8").trim().split("\n");
  for (const line of lines) {
    const [crc, length, record] = JSON.parse(line) as [string, number, object];
    expect(crc).toMatch(/^[0-9a-f]{8}$/);
    expect(JSON.stringify(record).length).toBe(length);
  }
});

test("cuts a torn end, keeps the bytes and says so", async () => {
  const dir = await filled(3);
  appendFileSync(join(dir, "events.jsonl"), '["0badc0de",120,{"seq":4,"at":1,"ev');
  const { found, health } = await messages(dir);
  expect(found).toHaveLength(3);
  expect(health).toMatchObject({ mode: "writable", repaired: expect.stringContaining("repaired-1.bin") });
  expect(readFileSync(join(dir, "repaired-1.bin"), "utf8")).toContain("0badc0de");
  expect((await messages(dir)).health).toEqual({ mode: "writable" });
});

test("a reader cuts nothing", async () => {
  const dir = await filled(3);
  appendFileSync(join(dir, "events.jsonl"), '["0badc0de",');
  const size = statSync(join(dir, "events.jsonl")).size;
  expect((await messages(dir, "read")).found).toHaveLength(3);
  expect(statSync(join(dir, "events.jsonl")).size).toBe(size);
});

test("damage in the middle: the rest is readable, nothing is added or removed", async () => {
  const dir = await filled(9);
  const path = join(dir, "events.jsonl");
  const bytes = readFileSync(path);
  bytes[bytes.indexOf("message 5")] = 0x4d;
  writeFileSync(path, bytes);
  const { found, health } = await messages(dir);
  expect(found).toEqual([1, 2, 3, 4, 6, 7, 8, 9].map((n) => `message ${n}`));
  expect(health).toMatchObject({ mode: "quarantined", problem: { kind: "damaged", next: expect.stringContaining("Fork") } });
  const again = await openLog(dir);
  expect(again.health.mode).toBe("quarantined");
  expect(() => again.append(notice("more"))).toThrow(/damaged/);
  expect((await again.read(4, 6)).map((recorded) => recorded.seq)).toEqual([4, 6]);
  await again.close();
  expect(readFileSync(path).equals(bytes)).toBe(true);
});

test.each(["", "garbage", "\0".repeat(4096)])("rebuilds a side file that is %j", async (content) => {
  const dir = await filled(20);
  const good = readFileSync(join(dir, "events.idx"));
  writeFileSync(join(dir, "events.idx"), content);
  expect(await messages(dir)).toMatchObject({ lastSeq: 20, health: { mode: "writable" } });
  const log = await openLog(dir);
  await log.appendDurable(notice("more"));
  await log.close();
  expect(readFileSync(join(dir, "events.idx")).subarray(0, good.length).equals(good)).toBe(true);
});

test("reports records that are gone from the end", async () => {
  const dir = await filled(20);
  truncateSync(join(dir, "events.jsonl"), statSync(join(dir, "events.jsonl")).size - 150);
  const { health, lastSeq } = await messages(dir);
  expect(lastSeq).toBeLessThan(20);
  expect(health.repaired).toMatch(/missing at the end/);
});

test("an emptied file with an index is quarantined, never a fresh start", async () => {
  const dir = await filled(20);
  truncateSync(join(dir, "events.jsonl"), 0);
  const { health } = await messages(dir);
  expect(health).toMatchObject({ mode: "quarantined", problem: { message: expect.stringContaining("20 of its records") } });
});

test("a newer format is read only with a message", async () => {
  const dir = await filled(2);
  const path = join(dir, "events.jsonl");
  const text = readFileSync(path, "utf8");
  writeFileSync(
    path,
    encodeHeader({ format: "stride-session", version: 2, session: "s", at: 1 }).toString() + text.slice(text.indexOf("\n") + 1),
  );
  rmSync(join(dir, "events.idx"));
  const { found, health } = await messages(dir);
  expect(found).toHaveLength(2);
  expect(health).toMatchObject({ mode: "read_only", problem: { kind: "newer_format" } });
});

test("a reader follows the writer", async () => {
  const dir = await filled(2);
  const writer = await openLog(dir);
  const reader = await openLog(dir, { access: "read" });
  writer.append(notice("three"));
  await reader.refresh();
  expect((await reader.tail(1))[0]?.event).toEqual(notice("three"));
  await Promise.all([writer.close(), reader.close()]);
});

test("many flushes share few syncs and all resolve", async () => {
  const dir = await filled(0);
  const log = await openLog(dir);
  const started = performance.now();
  await Promise.all(Array.from({ length: 200 }, (_, n) => log.appendDurable(notice(`${n}`))));
  expect(log.durableSeq).toBe(200);
  expect(performance.now() - started).toBeLessThan(2000);
  await log.close();
});

test("says what is wrong when there is nothing to open", async () => {
  await expect(openLog(join(folder.path(), "none"))).rejects.toThrow(/no conversation/);
});
