import { expect, test } from "vitest";
import { showCommands } from "../../../src/agent/shown-commands";
import type { HostApi } from "../../../src/shared/protocol/host";
import type { CommandOutcome, CommandRequest, Commands } from "../../../src/shared/ports/commands";

const request: CommandRequest = {
  id: "c1",
  command: "make",
  shell: "bash",
  cwd: "/w",
  title: "Build",
  timeoutMs: 1_000,
  background: false,
};
const exited: CommandOutcome = {
  state: "exited",
  exitCode: 3,
  signal: null,
  head: "child",
  tail: "",
  omittedBytes: 0,
  totalBytes: 5,
  outputPath: "/log",
  ms: 5,
};

type Terminal = HostApi["runInTerminal"];

function world(options: { outcome?: CommandOutcome; visible?: boolean; terminal?: Terminal } = {}) {
  const calls: unknown[][] = [];
  const children: CommandRequest[] = [];
  const note =
    (name: string) =>
    async (...args: unknown[]): Promise<void> =>
      void calls.push([name, ...args]);
  const commands: Commands = {
    run: async (asked) => {
      children.push(asked);
      asked.onOutput?.("one\n");
      return options.outcome ?? exited;
    },
    list: () => [],
    poll: async () => null,
    kill: async () => null,
  };
  const shown = showCommands(commands, {
    host: {
      showCommand: note("show"),
      writeCommand: note("write"),
      endCommand: note("end"),
      interruptTerminal: note("interrupt"),
      runInTerminal: options.terminal ?? (async () => null),
    },
    session: "s",
    visible: () => options.visible ?? false,
  });
  return { shown, calls, children };
}
const still = new AbortController().signal;

test("a command's output goes to its terminal too, and its end", async () => {
  const { shown, calls } = world();
  const heard: string[] = [];
  expect(await shown.run({ ...request, onOutput: (text) => heard.push(text) }, still)).toEqual(exited);
  expect(heard).toEqual(["one\n"]);
  expect(calls).toEqual([
    ["show", { id: "c1", title: "make", session: "s" }],
    ["write", "c1", "one\n"],
    ["end", "c1", 3],
  ]);
});

test("one that goes on in the background is said to, and not ended", async () => {
  const { shown, calls } = world({ outcome: { ...exited, state: "background", exitCode: null } });
  await shown.run(request, still);
  expect(calls.at(-1)).toEqual(["show", { id: "c1", title: "make", session: "s", background: true }]);
  expect(calls.some(([name]) => name === "end")).toBe(false);
});

test("a terminal that fails does not disturb the command", async () => {
  const commands: Commands = { run: async () => exited, list: () => [], poll: async () => null, kill: async () => null };
  const broken = async (): Promise<never> => Promise.reject(new Error("gone"));
  const host = { showCommand: broken, writeCommand: broken, endCommand: broken, runInTerminal: broken };
  expect(await showCommands(commands, { host, session: "s", visible: () => true }).run(request, still)).toEqual(exited);
});

test("in the visible terminal where there is one: exact exit code and output, no child", async () => {
  const { shown, children } = world({ visible: true, terminal: async () => ({ exitCode: 7, output: "typed" }) });
  expect(await shown.run(request, still)).toMatchObject({ state: "exited", exitCode: 7, head: "typed" });
  expect(children).toEqual([]);
});

test("without shell integration, for the background and with input it is the child", async () => {
  const never: Terminal = async () => Promise.reject(new Error("must not be asked"));
  const fallen = world({ visible: true });
  expect(await fallen.shown.run(request, still)).toEqual(exited);
  for (const more of [{ background: true }, { stdin: "x" }, { shell: "cmd" as const }]) {
    const { shown, children } = world({ visible: true, terminal: never });
    await shown.run({ ...request, ...more }, still);
    expect(children).toHaveLength(1);
  }
});

test("over the time limit the model hears that it goes on", async () => {
  const slow: Terminal = (_, __, ms) =>
    new Promise((resolve) => setTimeout(() => resolve({ exitCode: null, output: "so far" }), ms));
  const { shown } = world({ visible: true, terminal: slow });
  const outcome = await shown.run({ ...request, timeoutMs: 30 }, still);
  expect(outcome).toMatchObject({ state: "exited", exitCode: null, head: "so far" });
  expect(outcome.problem).toContain("goes on in the terminal");
});

test("a stop reaches the terminal at once", async () => {
  const { shown, calls } = world({ visible: true, terminal: () => new Promise(() => {}) });
  const abort = new AbortController();
  const running = shown.run({ ...request, timeoutMs: 60_000 }, abort.signal);
  setTimeout(() => abort.abort(), 10);
  expect(await running).toMatchObject({ state: "killed", exitCode: null });
  expect(calls).toEqual([["interrupt"]]);
});
