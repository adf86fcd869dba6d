import { expect, test } from "vitest";
import { alive, until } from "../unit/processes/processes-fixture";
import { realTools } from "../unit/tools/real-tools";

const room = await realTools();
const unique = (): string => `${900 + Math.floor(Math.random() * 90)}.${Math.floor(Math.random() * 1e9)}`;

async function check(command: string, expected: string | RegExp, isError = false, more: object = {}): Promise<void> {
  const called = await room.call("Bash", { command, ...more });
  if (typeof expected === "string") expect(called.text).toBe(expected);
  else expect(called.text).toMatch(expected);
  expect(called.isError).toBe(isError);
}

test("output, exit codes, signals, the folder", async () => {
  await check("echo one; echo two >&2", "one\ntwo");
  await check("true", "(no output)");
  await check("echo bad; exit 7", "bad\nExit code 7", true);
  await check("kill -SEGV $$", /It was ended by SIGSEGV after/, true);
  await check("pwd", room.cwd);
  await check("no_such_program_here", /command not found\nExit code 127/, true);
});

test("what waits for input ends instead of hanging", async () => {
  await check("read -r line || echo nothing to read", "nothing to read");
  await check("cat", "(no output)");
  await check("echo sure > /dev/tty", /dev\/tty.*\nExit code 1/, true);
});

test("control sequences never reach the model", async () => {
  await check(String.raw`printf '\033[1;31mred\033[0m\033]0;title\007 \033]8;;http://x\033\\link\033]8;;\033\\\n'`, "red link");
  await check(String.raw`printf 'a\rb\n\033[2Jc\n'`, /c$/);
});

test("a flood: head, tail, and the rest on disk where Read and Grep find it", async () => {
  const flood = await room.call("Bash", { command: "seq 1 2000000" });
  expect(flood.text.length).toBeLessThan(31_000);
  expect(flood.text).toMatch(/^1\n2\n[^]*1999999\n2000000$/);
  const path = /whole output is in (\S+):/.exec(flood.text)![1]!;
  expect((await room.call("Read", { file_path: path, offset: 1_500_000, limit: 1 })).text).toContain("1500000\t1500000");
  expect((await room.call("Grep", { pattern: "^1718281$", path, output_mode: "content" })).text).toContain("1718281");
});

test("time runs out: it goes on in the background, is looked at and stopped, also when it ignores SIGTERM", async () => {
  const mark = unique();
  const began = await room.call("Bash", {
    command: `trap '' TERM; echo early; sleep 2; echo late; sleep ${mark}`,
    timeout: 1200,
  });
  expect(began).toMatchObject({
    isError: false,
    text: expect.stringMatching(/^early\n[^]*background as (\S+): look with BashOutput/),
  });
  let looked = "";
  for (let at = 0; at < 500 && !looked.includes("late"); at++) {
    await new Promise((resolve) => setTimeout(resolve, 30));
    looked = (await room.call("BashOutput", { bash_id: began.id })).text;
  }
  expect(looked).toMatch(new RegExp(`late[^]*${began.id}: running`));
  expect((await room.call("BashOutput", { bash_id: began.id })).text).toBe(`(no new output)\n${began.id}: running`);
  const from = performance.now();
  expect((await room.call("KillShell", { shell_id: began.id })).text).toMatch(/^Stopped /);
  expect(alive(mark)).toEqual([]);
  expect(performance.now() - from).toBeLessThan(10_000);
  expect((await room.call("BashOutput", { bash_id: "nope" })).text).toMatch(
    new RegExp(`no command nope\\. Known: .*${began.id}`),
  );
  expect((await room.call("KillShell", { shell_id: "nope" })).isError).toBe(true);
});

test("in the background from the start, with a filter", async () => {
  const began = await room.call("Bash", {
    command: "sleep 1; echo keep 1; echo drop; echo keep 2; exit 3",
    run_in_background: true,
  });
  expect(began.text).toMatch(/background as/);
  await until(() => room.processes.commands.list().find(({ id }) => id === began.id)?.state === "exited", 15_000);
  const seen = await room.call("BashOutput", { bash_id: began.id, filter: "keep" });
  expect(`${began.text}\n${seen.text}`).toMatch(/keep 1[^]*keep 2/);
  expect(seen.text).toMatch(/ended, exit code 3$/);
});

test("a daemon does not hold the result and can be stopped by name", async () => {
  const mark = unique();
  const called = await room.call("Bash", { command: `setsid nohup sleep ${mark} >/dev/null 2>&1 & sleep 0.3; echo started` });
  expect(called.text).toMatch(/^started/);
  expect(alive(mark).length).toBe(1);
  await room.call("KillShell", { shell_id: called.id });
  expect(await until(() => alive(mark).length === 0, 15_000)).toBe(true);
});

test("the user stops: the tree is gone and the result says so", async () => {
  const mark = unique();
  const stop = new AbortController();
  const running = room.call("Bash", { command: `sleep ${mark} & sleep ${mark}` }, stop.signal);
  // The shell that has both in its command line, and the two.
  expect(await until(() => alive(mark).length === 3, 15_000)).toBe(true);
  stop.abort();
  expect((await running).isError).toBe(true);
  expect(await until(() => alive(mark).length === 0, 15_000)).toBe(true);
});

test("commands that only read overlap, in the order of the reply", async () => {
  const from = performance.now();
  const results = await room.together([1, 2, 3, 4, 5].map((n) => ["Bash", { command: `sleep 1 && echo ${n}` }]));
  expect(results.map(({ text }) => text)).toEqual(["1", "2", "3", "4", "5"]);
  expect(performance.now() - from).toBeLessThan(4000);
});

test("writes keep their order, with each other and with commands that read", async () => {
  room.put("n.txt", "0\n");
  const append = (n: number) => ["Bash", { command: `sleep 0.${5 - n}; echo ${n} >> n.txt` }] as const;
  const results = await room.together([
    append(1),
    append(2),
    ["Bash", { command: "cat n.txt" }],
    ["Read", { file_path: "n.txt" }],
    ["Edit", { file_path: "./x/../n.txt", old_string: "2", new_string: "two" }],
    ["Bash", { command: "cat n.txt" }],
    append(3),
  ]);
  expect(results[2]!.text).toBe("0\n1\n2");
  expect(results[5]!.text).toBe("0\n1\ntwo");
  expect(room.on("n.txt")).toBe("0\n1\ntwo\n3\n");
});
