import { expect, test } from "vitest";
import { parseFromPanel } from "../../../../src/host/panel/from-panel";

const text = [{ type: "text", text: "hi" }];
const good: unknown[] = [
  { type: "ready", have: null, draft: "" },
  { type: "ready", have: { session: "", seq: 0 }, draft: "x" },
  { type: "next_frame" },
  { type: "send", id: "01J", content: text, delivery: "queue" },
  { type: "send", id: "01J", content: [{ type: "image", mediaType: "image/png", data: "AA==" }], delivery: "steer" },
  { type: "edit_queued", id: "q", content: null },
  { type: "answer_approval", id: "a", answer: { verdict: "allow", scope: "once" } },
  { type: "answer_approval", id: "a", answer: { verdict: "allow", scope: "local", rules: ["Bash(ls)"] } },
  { type: "answer_approval", id: "a", answer: { verdict: "deny", comment: "no" } },
  { type: "answer_question", id: "a", answers: { q: "a" } },
  { type: "set_mode", mode: "plan" },
  { type: "raise_limit", limit: "usd", by: 0.5 },
  { type: "load_before", seq: 3 },
  { type: "open_file", path: "a.ts", line: 3 },
  { type: "show_command", id: "c" },
  { type: "run_command", command: "manageTrust" },
  { type: "search_files", id: 1, query: "a" },
  { type: "load_before", seq: 300, from: 20 },
  { type: "rename_session", session: "01J", title: "Tea" },
  { type: "archive_session", session: "01J", archived: true },
  { type: "fork", seq: 0, text: "again" },
  { type: "search", id: 2, query: "tea", scope: "all" },
  { type: "open_hit", session: "01J", seq: 4 },
  { type: "explain_call", id: 1, call: { kind: "command", text: "ls" } },
  { type: "undo_compaction" },
  { type: "keep", target: "toolu_1", kept: true },
];
const bad: unknown[] = [
  undefined,
  null,
  "stop",
  [],
  {},
  { type: "nothing" },
  { type: "archive_session", session: "01J", archived: "yes" },
  { type: "keep", target: "toolu_1" },
  { type: "delete_session", session: "../../etc", force: true },
  { type: "export_session", session: "01J", file: "/etc/passwd" },
  { type: "explain_call", id: 1, call: { kind: "run", text: "ls" } },
  { type: "search", id: 2, query: "tea", scope: "disk" },
  { type: "constructor" },
  { type: "__proto__" },
  { type: "stop", extra: 1 },
  { type: "send", id: "x", content: text },
  { type: "send", id: "x", content: text, delivery: "queue", approved: true },
  { type: "send", id: "x", content: [{ type: "text", text: "hi", origin: "engine" }], delivery: "queue" },
  { type: "send", id: "x", content: [{ type: "tool_result", toolUseId: "t", content: [] }], delivery: "queue" },
  { type: "send", id: "x y\n", content: text, delivery: "queue" },
  { type: "send", id: "x", content: [{ type: "text", text: "x".repeat(16_000_001) }], delivery: "queue" },
  { type: "answer_approval", id: "a", answer: { verdict: "allow" } },
  { type: "answer_approval", id: "a", answer: { verdict: "allow", scope: "once", rules: ["Bash"] } },
  { type: "answer_approval", id: "a", answer: { verdict: "allow", scope: "user", rules: [] } },
  { type: "answer_approval", answer: { verdict: "allow", scope: "once" } },
  { type: "set_mode", mode: "root" },
  { type: "raise_limit", limit: "usd", by: -1 },
  { type: "raise_limit", limit: "usd", by: Infinity },
  { type: "load_before", seq: 1.5 },
  { type: "open_file", path: 3 },
  { type: "run_command", command: "workbench.action.terminal.new" },
  { type: "show_diff", path: "a", before: "b" },
];

test.each(good.map((message) => [JSON.stringify(message), message]))("takes %s", (_, message) =>
  expect(parseFromPanel(message)).toBe(message),
);
test.each(bad.map((message) => [(JSON.stringify(message) ?? "undefined").slice(0, 100), message]))("drops %s", (_, message) =>
  expect(parseFromPanel(message)).toBeUndefined(),
);
test("a paste of 5 MB is a message", () =>
  expect(
    parseFromPanel({ type: "send", id: "x", content: [{ type: "text", text: "x".repeat(5e6) }], delivery: "queue" }),
  ).toBeDefined());
