import { editNotebookText } from "../../src/agent/tools/reading/notebook";
import type { EngineStep } from "./engine-process";
import { part, reply, type Part, type Reply } from "./model-server/reply";

/** What a model does in one conversation, and every state its files may ever be found in. */
export interface ScriptedTurn {
  name: string;
  /** Files that are there before. */
  before?: Record<string, string>;
  /** Default: one prompt. */
  says?: EngineStep[];
  replies: Reply[];
  /** Beside `before`: what a file may hold from then on; the last is how it ends. */
  after: Record<string, string[]>;
  /** Calls that end with an error, as they should. */
  failing?: number;
}

const BIG = `old head\n${"the same line\n".repeat(20_000)}old tail\n`;
const PAGE = "a page of tea\n".repeat(5_000);
const WIDE = `${"a line that is rather long and says very little ".repeat(2)}\n`.repeat(1_500);
const SMALL = "alpha\nbeta\ngamma\n";
const six = ["f0.txt", "f1.txt", "f2.txt", "f3.txt", "f4.txt", "f5.txt"];
const each = <T>(value: T): Record<string, T> => Object.fromEntries(six.map((file) => [file, value]));

/** Pieces with pauses, so that a kill meets every part of a reply. */
const paced = { chunkMs: 3, chunkSize: 4_000 };
const call = (name: string, input: object): Reply => reply.tool(name, input, paced);
const calls = (...parts: Part[]): Reply => reply.of(parts, { chunkMs: 2, chunkSize: 40 });
const done = reply.text("Done.");

const readOf = (file_path: string, limit = 10): Reply => call("Read", { file_path, limit });
const edit = (file_path: string, old_string: string, new_string: string): Reply =>
  call("Edit", { file_path, old_string, new_string });
const bash = (command: string, more: object = {}): Reply => call("Bash", { command, ...more });
const todos = (...status: ("pending" | "in_progress" | "completed")[]): Reply =>
  call("TodoWrite", { todos: status.map((one, n) => ({ content: `step ${n}`, status: one })) });

/** A file that gets line after line. */
const growing = (...lines: string[]): string[] => ["", ...lines.map((_, n) => `${lines.slice(0, n + 1).join("\n")}\n`)];

/** The text after each of the replacements, in order. */
const replaced = (text: string, ...pairs: [string, string][]): string[] =>
  pairs.map((_, n) => pairs.slice(0, n + 1).reduce((now, [from, to]) => now.replace(from, to), text));

const NOTEBOOK = JSON.stringify({
  cells: [
    { id: "one", cell_type: "code", source: ["x = 1\n"], metadata: {}, outputs: [], execution_count: null },
    { id: "two", cell_type: "markdown", source: ["# Tea\n".repeat(4_000)], metadata: {} },
  ],
  metadata: {},
  nbformat: 4,
  nbformat_minor: 5,
});
const changedCell = editNotebookText(NOTEBOOK, { cell: 0, mode: "replace", source: "x = 2\n", cellType: undefined }, "unused");

export const scriptedTurns: readonly ScriptedTurn[] = [
  {
    name: "new files",
    replies: [
      call("Write", { file_path: "a.txt", content: PAGE }),
      call("Write", { file_path: "deep/c.txt", content: PAGE }),
      done,
    ],
    after: { "a.txt": [PAGE], "deep/c.txt": [PAGE] },
  },
  {
    name: "a big file written over",
    before: { "b.txt": BIG },
    replies: [readOf("b.txt"), call("Write", { file_path: "b.txt", content: PAGE }), done],
    after: { "b.txt": [PAGE] },
  },
  {
    name: "an edit of a big file",
    before: { "b.txt": BIG },
    replies: [readOf("b.txt"), edit("b.txt", "old head", "new head"), done],
    after: { "b.txt": replaced(BIG, ["old head", "new head"]) },
  },
  {
    name: "one edit after another",
    before: { "b.txt": SMALL },
    replies: [
      readOf("b.txt"),
      edit("b.txt", "alpha", "one"),
      edit("b.txt", "beta", "two"),
      edit("b.txt", "gamma", "three"),
      done,
    ],
    after: { "b.txt": replaced(SMALL, ["alpha", "one"], ["beta", "two"], ["gamma", "three"]) },
  },
  {
    name: "several edits in one call: all or none",
    before: { "b.txt": BIG },
    replies: [
      readOf("b.txt"),
      call("MultiEdit", {
        file_path: "b.txt",
        edits: [
          { old_string: "old head", new_string: "new head" },
          { old_string: "old tail", new_string: "new tail" },
        ],
      }),
      done,
    ],
    after: { "b.txt": replaced(BIG, ["old head", "new head"], ["old tail", "new tail"]).slice(-1) },
  },
  {
    name: "six files in one reply",
    before: each(SMALL),
    replies: [
      calls(...six.map((file_path) => part.tool("Read", { file_path }))),
      calls(...six.map((file_path) => part.tool("Edit", { file_path, old_string: "beta", new_string: "two" }))),
      done,
    ],
    after: each(replaced(SMALL, ["beta", "two"])),
  },
  {
    name: "a notebook",
    before: { "n.ipynb": NOTEBOOK },
    replies: [
      call("Read", { file_path: "n.ipynb" }),
      call("NotebookEdit", { notebook_path: "n.ipynb", cell_id: "one", new_source: "x = 2\n" }),
      done,
    ],
    after: { "n.ipynb": [changedCell ?? ""] },
  },
  {
    name: "commands",
    replies: [bash("echo one >> log.txt; sleep 0.1; echo two >> log.txt"), bash("sleep 0.05; echo three >> log.txt"), done],
    after: { "log.txt": growing("one", "two", "three") },
  },
  {
    name: "a command in the background, looked at and stopped",
    replies: [
      reply.of([part.tool("Bash", { command: "echo up >> log.txt; sleep 30", run_in_background: true }, { id: "toolu_server" })]),
      bash("until [ -s log.txt ]; do sleep 0.01; done; sleep 0.05"),
      call("BashOutput", { bash_id: "toolu_server" }),
      call("KillShell", { shell_id: "toolu_server" }),
      done,
    ],
    after: { "log.txt": growing("up") },
  },
  {
    name: "a command that outlives its time",
    replies: [
      reply.of([
        part.tool("Bash", { command: "echo one >> log.txt; sleep 0.2; echo two >> log.txt", timeout: 60 }, { id: "toolu_slow" }),
      ]),
      bash("until grep -q two log.txt; do sleep 0.01; done"),
      call("BashOutput", { bash_id: "toolu_slow" }),
      done,
    ],
    after: { "log.txt": growing("one", "two") },
  },
  {
    name: "calls that fail",
    before: { "b.txt": SMALL },
    replies: [
      readOf("nowhere.txt"),
      readOf("b.txt"),
      edit("b.txt", "not in it", "x"),
      bash("echo one >> log.txt; exit 3"),
      reply.of([part.tool("Write", {}, { json: '{"file_path": "a.txt", "content": ' })]),
      done,
    ],
    after: { "log.txt": growing("one") },
    failing: 4,
  },
  {
    name: "reads and searches side by side",
    before: { ...each(SMALL), "b.txt": BIG },
    replies: [
      calls(
        ...six.map((file_path) => part.tool("Read", { file_path })),
        part.tool("Glob", { pattern: "*.txt" }),
        part.tool("Grep", { pattern: "gamma" }),
        part.tool("Read", { file_path: "b.txt", offset: 15_000, limit: 500 }),
      ),
      done,
    ],
    after: {},
  },
  {
    name: "a to-do list",
    replies: [
      todos("pending", "pending"),
      todos("in_progress", "pending"),
      todos("completed", "in_progress"),
      todos("completed", "completed"),
      done,
    ],
    after: {},
  },
  {
    name: "a question",
    replies: [
      call("AskUserQuestion", {
        questions: [{ question: "Which tea?", header: "Tea", options: [{ label: "green" }, { label: "black" }] }],
      }),
      call("Write", { file_path: "a.txt", content: "green\n" }),
      done,
    ],
    after: { "a.txt": ["green\n"] },
  },
  {
    name: "a result that goes to disk",
    before: { "b.txt": WIDE },
    replies: [readOf("b.txt", 1_500), readOf("b.txt", 1_200), done],
    after: {},
  },
  {
    name: "nothing but text",
    replies: [reply.text("one word after another ".repeat(200), { chunkMs: 2, chunkSize: 24 })],
    after: {},
  },
  {
    name: "thoughts, words and calls in one reply",
    replies: [
      calls(
        part.thinking("what would be best here? ".repeat(20)),
        part.text("I write it and look. ".repeat(10)),
        part.tool("Write", { file_path: "a.txt", content: SMALL }),
        part.tool("Bash", { command: "echo one >> log.txt" }),
      ),
      done,
    ],
    after: { "a.txt": [SMALL], "log.txt": growing("one") },
  },
  {
    name: "messages that wait and messages that steer",
    says: [
      { say: "do it" },
      { say: "and this", during: "queue" },
      { say: "but so", during: "steer" },
      { say: "last", during: "queue" },
    ],
    replies: [bash("sleep 0.1; echo one >> log.txt"), done, call("Write", { file_path: "a.txt", content: SMALL }), done, done],
    after: { "a.txt": [SMALL], "log.txt": growing("one") },
  },
  {
    name: "turn after turn",
    says: [{ say: "first" }, { say: "second" }, { say: "third" }],
    replies: ["one", "two", "three"].flatMap((word) => [bash(`echo ${word} >> log.txt`), done]),
    after: { "log.txt": growing("one", "two", "three") },
  },
  {
    name: "a compaction between two turns",
    before: { "b.txt": WIDE },
    says: [{ say: "look around" }, "compact", { say: "and now write" }],
    replies: [
      ...Array.from({ length: 8 }, (_, n) => call("Read", { file_path: "b.txt", offset: 1 + n * 50, limit: 50 })),
      done,
      reply.text(
        "<summary><intent>Look around.</intent><concepts>c</concepts><findings>f</findings><errors>-</errors><state>read</state><next>none</next></summary>",
        { chunkMs: 3 },
      ),
      call("Write", { file_path: "a.txt", content: PAGE }),
      done,
    ],
    after: { "a.txt": [PAGE] },
  },
];
