import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, expect, test } from "vitest";
import type { Question } from "../../src/shared/protocol/agent";
import { realTools } from "../unit/tools/real-tools";

let asked: Question[] = [];
let reply: (question: Question) => string | null = () => null;
const room = await realTools({
  ask: async (questions) => {
    asked = questions;
    const answers = questions.map((question) => [question.question, reply(question)] as const);
    return answers.some(([, answer]) => answer === null) ? null : (Object.fromEntries(answers) as Record<string, string>);
  },
});

async function check(name: string, input: unknown, expected: string | RegExp, isError = false): Promise<void> {
  const called = await room.call(name, input);
  if (typeof expected === "string") expect(called.text).toBe(expected);
  else expect(called.text).toMatch(expected);
  expect(called.isError).toBe(isError);
}

let served = 0;
const pages = createServer((request, response) => {
  served++;
  if (request.url === "/away") return void response.writeHead(302, { location: "https://elsewhere.example/page" }).end();
  if (request.url === "/gone") return void response.writeHead(404).end();
  if (request.url === "/image") return void response.writeHead(200, { "content-type": "image/png" }).end("png");
  response.writeHead(200, { "content-type": "text/html; charset=utf-8" });
  response.end("<title>T</title><script>evil()</script><h1>Grüße</h1><p>See <a href='/x'>x</a>.</p>");
});
await new Promise<void>((done) => pages.listen(0, "127.0.0.1", done));
const url = `http://127.0.0.1:${(pages.address() as AddressInfo).port}`;
afterAll(() => void pages.close());

test("WebFetch: Markdown, from memory the second time, redirects and failures told", async () => {
  await check("WebFetch", { url }, /^http:\/\/127[^]*# Grüße\n\nSee \[x\]\(http:.*\/x\)\.$/);
  await check("WebFetch", { url, prompt: "anything" }, /from the last 15 minutes/);
  expect(served).toBe(1);
  await check(
    "WebFetch",
    { url: `${url}/away` },
    /another host, elsewhere\.example[^]*Fetch https:\/\/elsewhere\.example\/page/,
    true,
  );
  await check("WebFetch", { url: `${url}/gone` }, /answered 404/, true);
  await check("WebFetch", { url: `${url}/image` }, /image\/png, not text/, true);
  await check("WebFetch", { url: "http://169.254.169.254/latest" }, /private network/, true);
  await check("WebFetch", { url: "file:///etc/passwd" }, /refused|not file/, true);
  const finished = room.events.find(
    (event) => event.type === "tool_finished" && event.name === "WebFetch" && event.outcome === "ok",
  );
  expect(finished).toMatchObject({ result: { origin: "web" } });
});

test("planning: only reads run, and only a clear yes ends it", async () => {
  room.put("p.txt", "as it was\n");
  await check("ExitPlanMode", { plan: "# Plan" }, /not in plan mode/, true);
  await check("EnterPlanMode", {}, /Planning/);
  await check("Read", { file_path: "p.txt" }, /as it was/);
  await check("Edit", { file_path: "p.txt", old_string: "as it", new_string: "X it" }, /plan mode/, true);
  await check("Bash", { command: "echo x > p.txt" }, /plan mode/, true);
  await check("Bash", { command: "cat p.txt" }, "as it was");
  reply = () => "only the first step";
  await check("ExitPlanMode", { plan: "# Plan" }, /go on planning\. They said: only the first step/);
  expect(room.gatekeeper.mode).toBe("plan");
  reply = (question) => question.options[1]!.label;
  await check("ExitPlanMode", { plan: "# Plan" }, /agreed/);
  expect(room.gatekeeper.mode).toBe("acceptEdits");
  await check("Edit", { file_path: "p.txt", old_string: "as it", new_string: "X it" }, /Edited/);
  expect(room.on("p.txt")).toBe("X it was\n");
  room.gatekeeper.mode = "bypassPermissions";
});

test("questions, lists, tools on demand", async () => {
  const question = { question: "Which?", header: "Choice", options: [{ label: "a" }, { label: "b" }] };
  reply = () => "b";
  await check("AskUserQuestion", { questions: [question] }, "Which?\n→ b");
  expect(asked).toMatchObject([{ header: "Choice" }]);
  reply = () => null;
  await check("AskUserQuestion", { questions: [question] }, /Nobody answered/, true);
  await check("AskUserQuestion", { questions: [{ ...question, options: [{ label: "a" }] }] }, /options/, true);
  const todos = [
    { content: "one", status: "completed" },
    { content: "two", status: "in_progress" },
  ];
  await check("TodoWrite", { todos }, "The list is kept: 1 open, 1 done.");
  const before = room.toolbox.specs().length;
  await check("ToolSearch", { query: "run the tests of the workspace" }, /Loaded, call them now:.*RunTests/);
  await check("ToolSearch", { query: "select:Rename,Nope" }, "Loaded, call them now: Rename.\nThere is no tool Nope.");
  await check("ToolSearch", { query: "zzzzqqq" }, /No tool fits/, true);
  expect(room.toolbox.specs().length).toBeGreaterThan(before);
});
