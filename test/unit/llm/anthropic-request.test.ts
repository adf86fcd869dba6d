import { expect, test } from "vitest";
import { anthropicBetas, anthropicBody } from "../../../src/llm/providers/anthropic-request";
import type { Block, Message } from "../../../src/shared/protocol/messages";
import type { ModelRequest } from "../../../src/shared/protocol/model";
import { ask } from "./fault-server";

let nextId = 0;
const user = (...content: Block[]): Message => ({ id: String(nextId++), role: "user", content });
const assistant = (...content: Block[]): Message => ({ id: String(nextId++), role: "assistant", content });
const words = (text: string): Block => ({ type: "text", text });
const call = (id: string): Block => ({ type: "tool_use", id, name: "Read", input: { a: 1 } });
const result = (id: string, ...content: (Block & { type: "text" | "image" })[]): Block => ({
  type: "tool_result",
  toolUseId: id,
  content,
});

interface Wire {
  model: string;
  max_tokens: number;
  system?: unknown;
  tools?: { cache_control?: unknown }[];
  thinking?: unknown;
  context_management?: unknown;
  metadata?: unknown;
  messages: { role: string; content: Record<string, unknown>[] }[];
}
const bodyOf = (request: Partial<ModelRequest>, model = "claude-sonnet-5-5"): Wire =>
  JSON.parse(anthropicBody(ask(request), model).join("")) as Wire;
const shape = (messages: Message[]): unknown =>
  bodyOf({ messages }).messages.map(({ role, content }) => [
    role,
    ...content.map((block) => `${String(block["type"])}${block["cache_control"] ? "*" : ""}`),
  ]);

const check = (name: string, messages: Message[], expected: unknown): void =>
  test(name, () => expect(shape(messages)).toEqual(expected));

check("one message", [user(words("go"))], [["user", "text*"]]);
check(
  "same roles become one",
  [user(words("a")), user(words("b")), assistant(words("c")), assistant(words("d"))],
  [
    ["user", "text", "text*"],
    ["assistant", "text", "text*"],
  ],
);
check(
  "results come first, also from a later message",
  [user(words("go")), assistant(call("1")), user(words("also")), user(result("1", { type: "text", text: "x" }))],
  [
    ["user", "text*"],
    ["assistant", "tool_use"],
    ["user", "tool_result", "text*"],
  ],
);
check(
  "empty text and empty messages are left out",
  [user(words("go")), assistant(words(" \n")), user(words(""), words("b"))],
  [["user", "text", "text*"]],
);
check(
  "thinking is passed back with its signature and never marked; without one it cannot be",
  [
    user(words("go")),
    assistant(
      { type: "thinking", thinking: "hm", signature: "sig" },
      { type: "redacted_thinking", data: "x" },
      { type: "thinking", thinking: "lost", signature: "" },
      words("so"),
    ),
  ],
  [
    ["user", "text*"],
    ["assistant", "thinking", "redacted_thinking", "text*"],
  ],
);
check(
  "no message ends in thinking, and none holds nothing else",
  [
    user(words("go")),
    assistant({ type: "thinking", thinking: "hm", signature: "sig" }),
    user(words("on")),
    assistant(words("so"), { type: "thinking", thinking: "hm", signature: "sig" }, { type: "redacted_thinking", data: "x" }),
  ],
  [
    ["user", "text", "text*"],
    ["assistant", "text*"],
  ],
);
check(
  "opaque blocks go back to their own provider only",
  [
    user(words("go")),
    assistant(
      { type: "opaque", provider: "anthropic", raw: { type: "hologram" } },
      { type: "opaque", provider: "openai", raw: { type: "reasoning" } },
      words("a"),
    ),
  ],
  [
    ["user", "text*"],
    ["assistant", "hologram", "text*"],
  ],
);
check(
  "the last two ends of the user's are marked",
  [user(words("a")), assistant(words("b")), user(words("c")), assistant(words("d")), user(words("e"))],
  [
    ["user", "text"],
    ["assistant", "text"],
    ["user", "text*"],
    ["assistant", "text"],
    ["user", "text*"],
  ],
);

test("a longer conversation repeats the bytes of the shorter one, marks aside", () => {
  const messages = [user(words("a")), assistant(words("b"), call("1")), user(result("1", { type: "text", text: "é😀" }))];
  const later = [
    ...messages,
    assistant(call("2")),
    user(result("2", { type: "image", mediaType: "image/png", data: "AA==" } as never)),
  ];
  const [short, long] = [messages, later].map((all) =>
    anthropicBody(ask({ messages: all, system: [{ text: "s", cache: true }] }), "m")
      .join("")
      .replaceAll(',"cache_control":{"type":"ephemeral"}', ""),
  );
  expect(long!.startsWith(short!.slice(0, -2))).toBe(true);
});
test("at most four marks", () => {
  const system = ["a", "b", "c", ""].map((text) => ({ text, cache: true }));
  const body = anthropicBody(ask({ system, messages: [user(words("a")), assistant(words("b")), user(words("c"))] }), "m").join(
    "",
  );
  expect(body.match(/cache_control/g)).toHaveLength(4);
});
test("the tools are marked when no system section is", () => {
  const tools = ["a", "b"].map((name) => ({ name, description: "d", inputSchema: { type: "object" } }));
  expect(bodyOf({ tools }).tools?.map((tool) => tool.cache_control !== undefined)).toEqual([false, true]);
  expect(bodyOf({ tools, system: [{ text: "s", cache: true }] }).tools?.some((tool) => tool.cache_control)).toBe(false);
});
test("marks in the text of a message are only text", () =>
  expect(shape([user(words('{"cache_control":1}'))])).toEqual([["user", "text*"]]));
test("half a surrogate pair cannot be sent", () =>
  expect(bodyOf({ messages: [user(words("a\ud800"))] }).messages[0]?.content[0]).toMatchObject({ text: "a\ufffd" }));
test("pictures and documents in results", () => {
  const content = [
    { type: "image", mediaType: "image/png", data: "AA==" },
    { type: "document", mediaType: "application/pdf", data: "BB==", title: "t" },
  ];
  expect(
    bodyOf({ messages: [user({ type: "tool_result", toolUseId: "1", content: content as never, isError: true })] }).messages[0]
      ?.content[0],
  ).toMatchObject({
    is_error: true,
    content: [
      { type: "image", source: { type: "base64", media_type: "image/png", data: "AA==" } },
      { type: "document", source: { type: "base64", media_type: "application/pdf", data: "BB==" }, title: "t" },
    ],
  });
});
test("thinking: a budget for older models, their own choice for newer ones", () => {
  expect(bodyOf({ thinkingTokens: 4_000, maxTokens: 3_000 }, "claude-sonnet-4-5").thinking).toEqual({
    type: "enabled",
    budget_tokens: 1_976,
  });
  expect(bodyOf({ thinkingTokens: 4_000 }, "claude-opus-5-5").thinking).toEqual({ type: "adaptive" });
  expect(bodyOf({ thinkingTokens: 4_000 }, "claude-opus-4-7").thinking).toEqual({ type: "adaptive" });
  expect(bodyOf({}).thinking).toBeUndefined();
});
test("clearing of tool uses at the provider, and its beta", () => {
  const clearToolUses = { keep: 3, triggerTokens: 100_000, clearAtLeastTokens: 5_000 };
  expect(bodyOf({ clearToolUses }).context_management).toEqual({
    edits: [
      {
        type: "clear_tool_uses_20250919",
        trigger: { type: "input_tokens", value: 100_000 },
        keep: { type: "tool_uses", value: 3 },
        clear_at_least: { type: "input_tokens", value: 5_000 },
      },
    ],
  });
  expect(anthropicBetas(ask({ clearToolUses }))).toEqual(["context-management-2025-06-27"]);
});
test("session and limits", () =>
  expect(bodyOf({ sessionId: "s", maxTokens: 7 })).toMatchObject({ metadata: { user_id: "s" }, max_tokens: 7 }));

test("however a conversation grew, shrank and changed: the same bytes as made at once, and none sent before changes", () => {
  let seed = 7;
  const below = (limit: number): number => {
    seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31;
    return Math.floor((seed / 2 ** 31) * limit);
  };
  const someone = (at: number): Message => {
    const kinds = [
      () => user(words(`text ${at} é`)),
      () => assistant(words("so"), call(`${at}`)),
      () => user(result(`${at - 1}`, { type: "text", text: "r".repeat(below(4_000)) })),
      () => assistant({ type: "thinking", thinking: "hm", signature: "s" }, words(below(2) ? "" : "a")),
      () => user(words("")),
    ];
    return kinds[below(kinds.length)]!();
  };
  const body = (messages: Message[]): (string | Buffer)[] => {
    const marked = messages.filter(() => below(10) === 0).map(({ id }) => id);
    return anthropicBody(ask({ messages, cacheAt: marked }), "m");
  };
  const sent: { pieces: (string | Buffer)[]; text: string }[] = [];
  let messages: Message[] = [user(words("go"))];
  for (let round = 0; round < 600; round++) {
    const how = below(10);
    if (how < 6) messages = [...messages, someone(round)];
    else if (how === 6) messages = messages.slice(0, 1 + below(messages.length));
    else if (how === 7) messages = messages.with(below(messages.length), someone(round));
    else if (how === 8) messages = messages.filter((_, at) => at === 0 || below(8) > 0);
    else messages = [...messages, ...Array.from({ length: below(5) }, () => someone(round))];
    const at = seed;
    const pieces = body(messages);
    seed = at;
    // Other objects: nothing is known of them.
    const text = body(messages.map((message) => ({ ...message }))).join("");
    expect(pieces.join("")).toBe(text);
    JSON.parse(text);
    sent.push({ pieces, text });
  }
  for (const { pieces, text } of sent) expect(pieces.join("")).toBe(text);
});
