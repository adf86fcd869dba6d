import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, expect, test } from "vitest";
import type { ExportFormat } from "../../../src/agent/sessions/export";
import { createSessionStore, type SessionStore } from "../../../src/agent/sessions/store";
import { textBlock, type Message } from "../../../src/shared/protocol/messages";
import { temporaryFolder } from "./support";

const folder = temporaryFolder();
afterAll(() => folder.remove());
const newStore = (): SessionStore => createSessionStore({ stateDir: folder.path(), version: "1" });
const lines = (...values: unknown[]): string =>
  values.map((value) => (typeof value === "string" ? value : JSON.stringify(value))).join("\n") + "\n";

function drawn(messages: readonly Message[]): string[] {
  return messages.map(({ role, content }) => {
    const parts = content.map((block) => {
      if (block.type === "text") return block.text;
      if (block.type === "tool_use") return `+${block.name} ${JSON.stringify(block.input)}`;
      return block.type === "tool_result"
        ? `=${block.content.map((part) => (part.type === "text" ? part.text : part.type)).join("")}`
        : block.type;
    });
    return `${role[0]}: ${parts.join(" | ")}`;
  });
}

interface Expected {
  source: string;
  messages: string[];
  skipped?: Record<string, number>;
  title?: string;
  cwd?: string;
}

/** Puts a file where the other agent keeps it, finds and imports it; the file stays as it is. */
async function check(place: string, content: string, expected: Expected): Promise<void> {
  const home = folder.path();
  const path = join(home, place);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
  const hash = (): string => createHash("sha256").update(readFileSync(path)).digest("hex");
  const before = hash();
  const store = newStore();
  const [found, ...more] = store.foreign({ home, globalStorage: [join(home, "storage")] });
  expect([found?.source, found?.path, more]).toEqual([expected.source, path, []]);
  const report = await store.import(found!, "/fallback");
  expect(report.why).toBeUndefined();
  expect(report.skipped).toEqual(expected.skipped ?? {});
  const session = await store.open(report.session!);
  expect(drawn((await session.project()).messages())).toEqual(expected.messages);
  expect((await session.project()).state().interrupted).toEqual([]);
  await session.close();
  expect((await store.list())[0]).toMatchObject({
    cwd: expected.cwd ?? "/fallback",
    ...(expected.title && { title: expected.title }),
  });
  expect(hash()).toBe(before);
  store.close();
}

const at = (second: number): string => `2026-01-02T03:04:${String(second).padStart(2, "0")}.000Z`;

test("Claude Code: replies in pieces, results, subagents and broken lines left out", () =>
  check(
    ".claude/projects/-home-ann-app/7f.jsonl",
    lines(
      { type: "summary", summary: "Fix the parser" },
      { type: "user", cwd: "/home/ann/app", timestamp: at(1), message: { role: "user", content: "fix it" } },
      {
        type: "assistant",
        timestamp: at(2),
        message: { id: "m1", role: "assistant", model: "x", content: [{ type: "thinking", thinking: "hm", signature: "s" }] },
      },
      {
        type: "assistant",
        timestamp: at(3),
        message: { id: "m1", role: "assistant", model: "x", content: [{ type: "text", text: "Looking." }] },
      },
      {
        type: "assistant",
        timestamp: at(3),
        message: {
          id: "m1",
          role: "assistant",
          model: "x",
          content: [{ type: "tool_use", id: "c1", name: "Read", input: { file_path: "a" } }],
        },
      },
      {
        type: "user",
        timestamp: at(4),
        message: { role: "user", content: [{ type: "tool_result", tool_use_id: "c1", content: "text of a" }] },
      },
      { type: "user", isSidechain: true, timestamp: at(4), message: { role: "user", content: "sub" } },
      { type: "file-history-snapshot", snapshot: {} },
      '{"type":"assistant","mess',
      {
        type: "assistant",
        timestamp: at(5),
        message: { id: "m2", role: "assistant", model: "x", content: [{ type: "text", text: "Done." }] },
      },
    ),
    {
      source: "Claude Code",
      cwd: "/home/ann/app",
      title: "Fix the parser",
      messages: ["u: fix it", 'a: Looking. | +Read {"file_path":"a"}', "u: =text of a", "a: Done."],
      skipped: { "thinking blocks": 1, "messages of subagents": 1, "unreadable lines": 1 },
    },
  ));

test("Codex: items with an envelope", () =>
  check(
    ".codex/sessions/2026/01/02/rollout-1.jsonl",
    lines(
      { timestamp: at(1), type: "session_meta", payload: { id: "s", cwd: "/home/ann/app" } },
      {
        timestamp: at(1),
        type: "response_item",
        payload: {
          type: "message",
          role: "user",
          content: [{ type: "input_text", text: "<environment_context>x</environment_context>" }],
        },
      },
      {
        timestamp: at(2),
        type: "response_item",
        payload: { type: "message", role: "user", content: [{ type: "input_text", text: "list" }] },
      },
      { timestamp: at(2), type: "event_msg", payload: { type: "user_message", message: "list" } },
      { timestamp: at(3), type: "response_item", payload: { type: "reasoning", summary: [] } },
      {
        timestamp: at(3),
        type: "response_item",
        payload: { type: "function_call", name: "shell", arguments: '{"command":["ls"]}', call_id: "c1" },
      },
      {
        timestamp: at(3),
        type: "response_item",
        payload: { type: "function_call", name: "shell", arguments: "{broken", call_id: "c2" },
      },
      {
        timestamp: at(4),
        type: "response_item",
        payload: { type: "function_call_output", call_id: "c1", output: '{"output":"a.ts","metadata":{"exit_code":0}}' },
      },
      {
        timestamp: at(5),
        type: "response_item",
        payload: { type: "message", role: "assistant", content: [{ type: "output_text", text: "a.ts" }] },
      },
    ),
    {
      source: "Codex",
      cwd: "/home/ann/app",
      messages: [
        "u: list",
        'a: +shell {"command":["ls"]} | +shell {}',
        "u: =a.ts | =Not run: the turn ended before this call started.",
        "a: a.ts",
      ],
      skipped: { instructions: 1, "reasoning items": 1 },
    },
  ));

const clineTask = JSON.stringify([
  {
    role: "user",
    content: [
      { type: "text", text: "<task>\nadd a test\n</task>" },
      { type: "text", text: "# Current Working Directory (/home/ann/app) Files\na.ts" },
    ],
  },
  { role: "assistant", content: [{ type: "text", text: "<read_file><path>a.ts</path></read_file>" }], ts: 1760000001000 },
  { role: "system", content: "x" },
]);
const clineMessages = [
  "u: <task>\nadd a test\n</task> | # Current Working Directory (/home/ann/app) Files\na.ts",
  "a: <read_file><path>a.ts</path></read_file>",
];

test.each([
  ["Cline", "saoudrizwan.claude-dev"],
  ["Roo Code", "rooveterinaryinc.roo-cline"],
])("%s", (source, extension) =>
  check(`storage/${extension}/tasks/1760000000000/api_conversation_history.json`, clineTask, {
    source,
    cwd: "/home/ann/app",
    title: "add a test",
    messages: clineMessages,
    skipped: { "unknown entries": 1 },
  }),
);

test("Continue", () =>
  check(
    ".continue/sessions/1.json",
    JSON.stringify({
      title: "Rename",
      workspaceDirectory: "file:///home/ann/my%20app",
      history: [
        { message: { role: "user", content: [{ type: "text", text: "rename it" }] } },
        {
          message: {
            role: "assistant",
            content: "",
            toolCalls: [{ id: "c1", function: { name: "edit", arguments: '{"a":1}' } }],
          },
        },
        { message: { role: "tool", content: "ok", toolCallId: "c1" } },
        { message: { role: "thinking", content: "…" } },
        { message: { role: "assistant", content: "Renamed." } },
      ],
    }),
    {
      source: "Continue",
      cwd: "/home/ann/my app",
      title: "Rename",
      messages: ["u: rename it", 'a: +edit {"a":1}', "u: =ok", "a: Renamed."],
      skipped: { "thinking messages": 1 },
    },
  ));

test.each(["", "null", "[]", "[[[[", '{"type":"user","message":7}\n', "\0\0\0", '{"history":{}}'])(
  "nothing comes of %j, and it says so",
  async (content) => {
    const home = folder.path();
    for (const place of [".claude/projects/p/a.jsonl", ".codex/sessions/2026/1/1/a.jsonl", ".continue/sessions/a.json"]) {
      mkdirSync(dirname(join(home, place)), { recursive: true });
      writeFileSync(join(home, place), content);
    }
    const store = newStore();
    const found = store.foreign({ home, globalStorage: [] });
    expect(found).toHaveLength(3);
    for (const file of found) expect(await store.import(file, "/w")).toMatchObject({ messages: 0, why: expect.any(String) });
    expect(await store.list()).toEqual([]);
  },
);

async function exported(format: ExportFormat): Promise<string> {
  const store = newStore();
  const session = await store.create({ cwd: "/w", roots: [], model: "m", mode: "default" });
  const { log } = session;
  log.append({
    type: "user_message",
    turn: "t",
    via: "prompt",
    message: { id: "u", role: "user", content: [textBlock('<script>alert(1)</script> & "q"')] },
  });
  log.append({
    type: "tool_finished",
    turn: "t",
    call: "c",
    name: "Read",
    outcome: "ok",
    ms: 1,
    result: { type: "tool_result", toolUseId: "c", content: [textBlock("a ```` fence\n</pre><img src=x onerror=alert(1)>")] },
  });
  await session.close();
  let text = "";
  await store.export(session.id, format, (piece) => (text += piece));
  return text;
}

test("HTML is complete, fetches nothing and runs nothing", async () => {
  const html = await exported("html");
  expect(html).toMatch(/^<!doctype html>[\s\S]*<\/html>\n$/);
  expect(html).toContain("default-src 'none'");
  expect(html).toContain("&lt;script&gt;alert(1)&lt;/script&gt; &amp; &quot;q&quot;");
  expect(html).not.toMatch(/<script|<img|<link|https?:/);
});

test("Markdown fences are longer than any in the text", async () => {
  const markdown = await exported("markdown");
  expect(markdown).toContain("\n`````\na ```` fence\n");
  expect(markdown).toMatch(/## You · \d{4}-\d\d-\d\d \d\d:\d\d/);
});

test("JSON has every record", async () => {
  const { format, version, records } = JSON.parse(await exported("json")) as {
    format: string;
    version: number;
    records: { seq: number }[];
  };
  expect([format, version, records.map(({ seq }) => seq)]).toEqual(["stride-export", 1, [1, 2, 3]]);
});
