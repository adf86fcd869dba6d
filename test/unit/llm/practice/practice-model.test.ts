import { expect, test } from "vitest";
import { practiceModel } from "../../../../src/llm/practice/practice-model";
import { textOf, type Block, type Message } from "../../../../src/shared/protocol/messages";

type Answer = [result: string, failed?: boolean];

/** Plays the user and the tools: each call of the model gets the next answer. */
async function play(prompts: string[], answers: Record<string, Answer[]> = {}): Promise<string[]> {
  const model = practiceModel({ delayMs: 0 });
  const messages: Message[] = [];
  const lines: string[] = [];
  for (const prompt of prompts) {
    messages.push({
      id: "u",
      role: "user",
      content: [
        { type: "text", text: "<reminder>", origin: "engine" },
        { type: "text", text: prompt },
      ],
    });
    for (let i = 0; i < 12; i++) {
      const content: Block[] = [];
      for await (const event of model({ role: "main", system: [], messages, tools: [] }, new AbortController().signal))
        if (event.type === "block_stop") content.push(event.block);
      messages.push({ id: "a", role: "assistant", content });
      const uses = content.filter((block) => block.type === "tool_use");
      if (uses.length === 0) lines.push(textOf(content));
      if (uses.length === 0) break;
      for (const use of uses) lines.push(`${use.name} ${JSON.stringify(use.input)}`);
      messages.push({
        id: "r",
        role: "user",
        content: uses.map((use) => {
          const [text, isError = false] = answers[use.name]?.shift() ?? ["ok"];
          return { type: "tool_result", toolUseId: use.id, content: [{ type: "text", text }], isError };
        }),
      });
    }
  }
  return lines;
}

test("hello is honest about what answers", async () =>
  expect((await play(["hello"]))[0]).toMatch(/practice model[\s\S]*not a language model[\s\S]*Set API Key/));

test("the tour reads, writes, edits and runs a command", async () => {
  const lines = await play(["take the tour"], { Glob: [["README.md\nsrc/a.ts"]], Bash: [["6 stride-tour.md"]] });
  expect(lines.map((line) => line.split(" ")[0])).toEqual(["Glob", "Read", "Write", "Edit", "Bash", "That"]);
  expect(lines[1]).toContain("README.md");
});

test("a declined step of the tour ends it without a claim", async () => {
  const lines = await play(["take the tour"], { Glob: [["README.md"]], Write: [["The user declined this call.", true]] });
  expect(lines.at(-1)).toMatch(/declined.*nothing was changed/);
});

test("replace, then undo, puts back what was there", async () => {
  const lines = await play(["replace `foo` by `bar` in src/a.ts", "undo", "undo"]);
  expect(lines[1]).toBe('Edit {"file_path":"src/a.ts","old_string":"foo","new_string":"bar","replace_all":true}');
  expect(lines[4]).toBe('Edit {"file_path":"src/a.ts","old_string":"bar","new_string":"foo","replace_all":true}');
  expect(lines.at(-1)).toMatch(/no change of mine/);
});

test("a created file is removed by undo, quoted", async () => {
  const lines = await play(["create file it's.md with hello", "undo"]);
  expect(lines[0]).toBe(`Write {"file_path":"it's.md","content":"hello\\n"}`);
  expect(lines[2]).toContain("rm -- 'it'\\\\''s.md'");
});

test("tests run by the command the project has", async () => {
  const lines = await play(["please run the tests"], { Glob: [["package.json"]], Bash: [["1 failing\nexit code: 1", true]] });
  expect(lines[1]).toContain('"command":"npm test"');
  expect(lines[2]).toMatch(/failed.*exit code 1/);
});

test("find escapes the pattern and lists places", async () => {
  const lines = await play(["find foo("], { Grep: [["src/a.ts:3:foo()"]] });
  expect(lines[0]).toContain('"pattern":"foo\\\\("');
  expect(lines[1]).toContain("`src/a.ts:3:foo()`");
});

test("a summary counts what is there and quotes the readme", async () => {
  const lines = await play(["summarise this workspace"], {
    Glob: [["README.md\nsrc/a.ts\nsrc/b.ts"]],
    Read: [["1\t# Title\n2\tText"]],
  });
  expect(lines.at(-1)).toMatch(/3 files[\s\S]*\| ts \| 2 \|[\s\S]*> # Title/);
});

test("what it does not understand it says", async () => expect((await play(["prove Fermat"]))[0]).toMatch(/do not understand/));

test("stop ends the stream at once", async () => {
  const abort = new AbortController();
  const types: string[] = [];
  for await (const event of practiceModel({ delayMs: 50 })({ role: "main", system: [], messages: [], tools: [] }, abort.signal)) {
    types.push(event.type);
    if (event.type === "block_delta") abort.abort();
  }
  expect(types).toEqual(["message_start", "block_start", "block_delta", "error"]);
});
