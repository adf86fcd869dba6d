import { expect, test } from "vitest";
import { recall } from "../../../src/agent/recall-log";
import type { Block, Message } from "../../../src/shared/protocol/messages";

const message = (role: Message["role"], ...content: Block[]): Message => ({ id: `${role}${Math.random()}`, role, content });
const text = (words: string, origin?: "engine"): Block => ({ type: "text", text: words, ...(origin && { origin }) });

const conversation: Message[] = [
  message("user", text("The port of the staging server is 8443, remember that.")),
  message("assistant", text("Noted."), { type: "tool_use", id: "c1", name: "Bash", input: { command: "cat deploy/hosts.ini" } }),
  message("user", {
    type: "tool_result",
    toolUseId: "c1",
    content: [{ type: "text", text: `staging.example\n${"x ".repeat(2_000)}needle at the end` }],
  }),
  message("user", text("Reminder: staging was mentioned", "engine")),
  message("assistant", text("The ports of production are others.")),
];
const check = (query: string, expected: RegExp | null, who?: string): void => {
  const [first] = recall(conversation, query, 3);
  if (expected === null) return expect(first, query).toBeUndefined();
  expect(first?.text, query).toMatch(expected);
  if (who !== undefined) expect(first?.who, query).toBe(who);
};

test("the passage with most of the words comes first, whoever said it", () => {
  check("staging port", /8443/, "user");
  check("deploy hosts.ini", /cat deploy\/hosts\.ini/, "call");
  check("production", /others/, "assistant");
  check("NEEDLE", /^….*needle at the end$/, "result of Bash");
  check("nowhere", null);
  check("…?!", null);
});

test("a whole word counts more than a part of another", () => check("port", /8443/));

test("what Stride itself reminded of is no source", () => {
  expect(recall(conversation, "reminder mentioned", 5)).toEqual([]);
});

test("passages are short and no more than asked for", () => {
  const found = recall(conversation, "staging needle port", 2);
  expect(found).toHaveLength(2);
  for (const one of found) expect(one.text.length).toBeLessThan(620);
  expect(found.map(({ place }) => place)).toEqual([...new Set(found.map(({ place }) => place))]);
});

test("a long conversation is searched in little time", () => {
  const many = Array.from({ length: 20_000 }, (_, n) => message("user", text(`message ${n} ${"some words ".repeat(20)}`)));
  const began = performance.now();
  expect(recall(many, "message 19321", 1)[0]?.place).toBe(19_321);
  expect(performance.now() - began).toBeLessThan(10_000);
});
