import { existsSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { createSessionStore, type OpenSession, type SessionStore } from "../../../src/agent/sessions/store";
import type { AgentEvent } from "../../../src/shared/protocol/agent";
import { textBlock } from "../../../src/shared/protocol/messages";
import { noUsage } from "../../../src/shared/protocol/model";
import { temporaryFolder } from "./support";

const folder = temporaryFolder();
afterAll(() => folder.remove());

const asked = (id: string, text: string): AgentEvent => ({
  type: "user_message",
  turn: "t",
  via: "prompt",
  message: { id, role: "user", content: [textBlock(text)] },
});
const answered = (id: string, text: string): AgentEvent => ({
  type: "assistant_message",
  turn: "t",
  request: "r",
  model: "m",
  stopReason: "end_turn",
  usage: noUsage(),
  usd: 0,
  message: { id, role: "assistant", content: [textBlock(text)] },
});

const newStore = (stateDir = folder.path(), sqlite: "use" | "avoid" = "use"): SessionStore & { stateDir: string } => ({
  ...createSessionStore({ stateDir, version: "1.0.0", sqlite }),
  stateDir,
});

async function talk(store: SessionStore, cwd: string, ...texts: string[]): Promise<string> {
  const session = await store.create({ cwd, roots: [cwd], model: "m", mode: "default" });
  texts.forEach((text, at) => session.log.append(at % 2 ? answered(`a${at}`, text) : asked(`u${at}`, text)));
  await session.close();
  return session.id;
}

const messagesOf = async (session: OpenSession): Promise<string[]> =>
  (await session.project()).messages().map(({ content }) => (content[0]?.type === "text" ? content[0].text : "?"));

test("a session is back after it was closed", async () => {
  const store = newStore();
  const id = await talk(store, "/w/app", "hello", "hi");
  const session = await store.open(id);
  expect(session.readOnly).toBeNull();
  expect(await messagesOf(session)).toEqual(["hello", "hi"]);
  expect((await session.project()).state()).toMatchObject({ cwd: "/w/app", model: "m" });
  expect(session.log.lastSeq).toBe(3);
  await session.close();
});

test("latest is the one of this folder that was used last", async () => {
  const store = newStore();
  await talk(store, "/w/a", "first");
  const second = await talk(store, "/w/a", "second");
  await talk(store, "/w/b", "elsewhere");
  expect((await store.latest("/w/a"))?.id).toBe(second);
  expect(await store.latest("/w/none")).toBeNull();
  store.archive(second, "archived");
  expect((await store.latest("/w/a"))?.title).toBe("first");
});

test("the second to open reads, and knows who writes; it may take over when the first has closed", async () => {
  const store = newStore();
  const id = await talk(store, "/w", "hello");
  const first = await store.open(id);
  const second = await store.open(id);
  expect(second.heldBy?.pid).toBe(process.pid);
  expect(second.readOnly).toMatchObject({ kind: "held", message: expect.stringContaining(`process ${process.pid}`) });
  expect(() => second.log.append(asked("x", "x"))).toThrow();
  expect(await second.retry()).not.toBeNull();
  await first.log.appendDurable(answered("a", "more"));
  await second.log.refresh();
  expect(await messagesOf(second)).toEqual(["hello", "more"]);
  await first.close();
  expect(await second.retry()).toBeNull();
  await second.log.appendDurable(asked("u9", "mine now"));
  expect(await messagesOf(second)).toEqual(["hello", "more", "mine now"]);
  await second.close();
});

test("folders and files are for their owner only", async () => {
  const store = newStore();
  await talk(store, "/w", "hello");
  await store.list();
  store.close();
  for (const entry of readdirSync(store.stateDir, { recursive: true, withFileTypes: true })) {
    const mode = statSync(join(entry.parentPath, entry.name)).mode & 0o777;
    expect([entry.name, mode]).toEqual([entry.name, entry.isDirectory() ? 0o700 : 0o600]);
  }
});

test.each(["../../etc", "a/b", "", "."])("%j is no session", async (id) => {
  await expect(newStore().open(id)).rejects.toThrow(/no conversation/);
});

describe.each(["use", "avoid"] as const)("%s sqlite", (sqlite) => {
  test("lists titles, counts and what is damaged", async () => {
    const store = newStore(undefined, sqlite);
    const plain = await talk(store, "/w", "  How do I\n\nbuild  this? ", "so");
    const named = await talk(store, "/w", "x");
    const opened = await store.open(named);
    await opened.log.appendDurable({ type: "session_titled", title: "By the model" });
    await opened.close();
    const bad = await talk(store, "/w", "one", "two", "three");
    const path = join((await store.open(bad)).dir, "events.jsonl");
    writeFileSync(path, readFileSync(path, "utf8").replace("two", "TWO"));
    rmSync(path.replace("jsonl", "idx"));
    const list = await store.list("/w");
    const of = (id: string) => list.find((session) => session.id === id);
    expect(of(plain)).toMatchObject({ title: "How do I build this?", messages: 2, cwd: "/w" });
    expect(of(named)).toMatchObject({ title: "By the model" });
    expect(of(bad)).toMatchObject({ title: "one", problem: expect.stringContaining("damaged") });
    store.rename(named, "By me");
    store.archive(plain, "archived");
    const again = await store.list();
    expect(again.find(({ id }) => id === named)?.title).toBe("By me");
    expect(again.find(({ id }) => id === plain)?.archived).toBe(true);
  });

  test("finds words in any session, newest first, also after the cache was deleted", async () => {
    const store = newStore(undefined, sqlite);
    const first = await talk(store, "/w/a", "where is the flux capacitor", "In src/engine_room.ts, Größe 3");
    const second = await talk(store, "/w/b", "flux again", "昨日の会議の議事録");
    await store.indexed();
    const found = async (at: SessionStore, query: string, options = {}) =>
      (await at.search(query, options)).hits.map(({ session, seq }) => [session, seq]);
    expect(await found(store, "flux")).toEqual([
      [second, 2],
      [first, 2],
    ]);
    expect(await found(store, "flux capac")).toEqual([[first, 2]]);
    expect(await found(store, "engine_room.ts")).toEqual([[first, 3]]);
    expect(await found(store, '"flux again"')).toEqual([[second, 2]]);
    expect(await found(store, "会議")).toEqual([[second, 3]]);
    expect(await found(store, "flux", { cwd: "/w/a" })).toEqual([[first, 2]]);
    expect(await found(store, "flux", { session: first })).toEqual([[first, 2]]);
    expect(await found(store, "nothing-like-it")).toEqual([]);
    expect(await found(store, '" ( * - AND')).toEqual([]);
    expect((await store.search("capacitor")).hits[0]).toMatchObject({
      title: "where is the flux capacitor",
      snippet: "where is the flux capacitor",
    });
    store.close();
    for (const name of readdirSync(join(store.stateDir, "sessions")))
      if (name.startsWith("catalogue")) rmSync(join(store.stateDir, "sessions", name));
    const again = newStore(store.stateDir, sqlite);
    expect(await found(again, "flux")).toEqual([
      [second, 2],
      [first, 2],
    ]);
    again.close();
  });

  test("a running session is searchable, in two stores at once", async () => {
    const one = newStore(undefined, sqlite);
    const two = newStore(one.stateDir, sqlite);
    const session = await one.create({ cwd: "/w", roots: ["/w"], model: "m", mode: "default" });
    for (let n = 0; n < 450; n++) session.log.append(asked(`u${n}`, `word${n}`));
    await Promise.all([one.indexed(), two.indexed()]);
    session.log.append(asked("last", "zebra"));
    await session.log.flush();
    await Promise.all([two.indexed(), one.indexed()]);
    for (const store of [one, two]) {
      for (const query of ["word0", "word199", "word200", "word449", "zebra"])
        expect([query, (await store.search(query)).hits.length]).toEqual([query, query === "word0" ? 1 : 1]);
    }
    await session.close();
  });

  test("a removed session is gone from list and search, and comes back as it was", async () => {
    const store = newStore(undefined, sqlite);
    const id = await talk(store, "/w", "precious");
    await store.indexed();
    store.rename(id, "Keep me");
    store.remove(id);
    expect(await store.list()).toEqual([]);
    await store.indexed();
    expect((await store.search("precious")).hits).toEqual([]);
    store.restore(id);
    expect((await store.list("/w"))[0]).toMatchObject({ id, title: "Keep me" });
    await store.indexed();
    expect((await store.search("precious")).hits).toHaveLength(1);
  });
});

test("a cache of garbage is made again", async () => {
  const store = newStore();
  const id = await talk(store, "/w", "findable");
  writeFileSync(join(store.stateDir, "sessions", "catalogue.db"), "not a database ".repeat(1000));
  await store.indexed();
  expect((await store.search("findable")).hits[0]?.session).toBe(id);
});

test("what is open elsewhere is not removed", async () => {
  const store = newStore();
  const session = await store.create({ cwd: "/w", roots: [], model: "m", mode: "default" });
  expect(() => store.remove(session.id)).toThrow(/open in another window/);
  await session.close();
  store.remove(session.id);
  expect(store.emptyTrash(0)).toEqual([]);
  expect(store.emptyTrash(Date.now() + 1)).toEqual([session.id]);
  expect(() => store.restore(session.id)).toThrow(/trash/);
});

test("a fork has the conversation up to a message and leaves the original alone", async () => {
  const store = newStore();
  const id = await talk(store, "/w", "one", "two", "three", "four");
  const fork = await store.open(await store.fork(id, { message: "a1" }));
  expect(await messagesOf(fork)).toEqual(["one", "two"]);
  await fork.log.appendDurable(asked("new", "instead"));
  await fork.close();
  const original = await store.open(id);
  expect(await messagesOf(original)).toEqual(["one", "two", "three", "four"]);
  await original.close();
  await expect(store.fork(id, { message: "ghost" })).rejects.toThrow(/no message/);
});

test("what waits in the queue stays with the original", async () => {
  const store = newStore();
  const id = await talk(store, "/w", "one", "two");
  const session = await store.open(id);
  session.log.append({ type: "queue_changed", queued: [{ id: "q", content: [textBlock("later")], delivery: "queue" }] });
  session.log.append(asked("u3", "three"));
  await session.close();
  const queuedIn = async (which: string): Promise<number> => {
    const opened = await store.open(which);
    const { queued } = (await opened.project()).state();
    await opened.close();
    return queued.length;
  };
  expect([await queuedIn(await store.fork(id)), await queuedIn(id)]).toEqual([0, 1]);
});

test("a fork of a damaged session is sound", async () => {
  const store = newStore();
  const id = await talk(store, "/w", "one", "two", "three");
  const session = await store.open(id);
  const path = join(session.dir, "events.jsonl");
  await session.close();
  writeFileSync(path, readFileSync(path, "utf8").replace("two", "TWO"));
  const damaged = await store.open(id);
  expect(await messagesOf(damaged)).toEqual(["one", "three"]);
  expect(damaged.readOnly?.kind).toBe("damaged");
  await damaged.close();
  const fork = await store.open(await store.fork(id));
  expect(await messagesOf(fork)).toEqual(["one", "three"]);
  expect(fork.readOnly).toBeNull();
  await fork.close();
  expect(existsSync(path)).toBe(true);
});
