import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { alive, openProcesses, runCommand, until } from "./processes-fixture";

const MB = 1024 * 1024;
const processes = await openProcesses({
  limits: { concurrent: 2, waiting: 1, processesPerCommand: 60, memoryBytesPerCommand: 300 * MB, openFiles: 512, nice: 7 },
});

test("one too many waits, two too many are refused, none is killed", async () => {
  const first = [runCommand(processes, "sleep 1.5; echo 1"), runCommand(processes, "sleep 1.5; echo 2")];
  const third = runCommand(processes, "echo 3", { id: "third" });
  expect(await until(() => processes.commands.list().find(({ id }) => id === "third")?.state === "queued", 1000)).toBe(true);
  expect(await runCommand(processes, "echo 4")).toMatchObject({
    state: "failed",
    problem: "Refused: 2 commands run and 1 wait already. End some of them first.",
  });
  expect((await Promise.all([...first, third])).map(({ head }) => head)).toEqual(["1\n", "2\n", "3\n"]);
});

test("a waiting one can be stopped, and tells why it waits", async () => {
  const long = [runCommand(processes, "sleep 600.5", { id: "l1" }), runCommand(processes, "sleep 600.5", { id: "l2" })];
  expect(await runCommand(processes, "true", { id: "q", timeoutMs: 100 })).toMatchObject({
    state: "background",
    problem: expect.stringContaining("2 commands run already") as never,
  });
  expect(await processes.commands.kill("q")).toMatchObject({ state: "killed" });
  await Promise.all(["l1", "l2"].map((id) => processes.commands.kill(id)));
  expect((await Promise.all(long)).map(({ state }) => state)).toEqual(["killed", "killed"]);
});

test("a fork bomb is stopped with a reason", async () => {
  const mark = `5${Math.floor(Math.random() * 1e6)}.5`;
  const outcome = await runCommand(
    processes,
    `f() { sleep ${mark} & f; }; for i in $(seq 2000); do (sleep ${mark} &) ; done; sleep ${mark}`,
  );
  expect(outcome).toMatchObject({
    state: "killed",
    problem: expect.stringMatching(/^Stopped: it had started \d+ processes, the limit is 60/) as never,
  });
  expect(await until(() => alive(mark).length === 0, 15_000)).toBe(true);
});

test("too much memory is stopped with a reason", async () => {
  const outcome = await runCommand(processes, "head -c 600M /dev/zero | tail -c 500M | sleep 5");
  expect(outcome).toMatchObject({
    state: "killed",
    problem: expect.stringMatching(/^Stopped: it used \d+ MB of memory, the limit is 300 MB/) as never,
  });
});

test("open files, priority, session of its own", async () => {
  const outcome = await runCommand(
    processes,
    // Its priority is set a moment after its start.
    'for i in $(seq 100); do [ "$(nice)" = 0 ] || break; sleep 0.1; done; ' +
      "ulimit -n; nice; ps -o sid= -p $$ | tr -d ' '; echo $$; ls -l /proc/$$/fd | grep -c socket",
  );
  const [files, nice, session, pid, sockets] = outcome.head.split("\n");
  expect([files, nice, session, sockets]).toEqual(["512", "7", pid, "0"]);
});

test("own files are for the user alone, under names nobody can guess", async () => {
  const outcome = await runCommand(processes, "echo x");
  expect(statSync(outcome.outputPath).mode & 0o777).toBe(0o600);
  expect(outcome.outputPath).toMatch(/\/[0-9a-f]{24}\.log$/);
  expect(statSync(join(processes.stateDir, "commands")).mode & 0o777).toBe(0o700);
  expect(readFileSync(outcome.outputPath, "utf8")).toBe("x\n");
});
