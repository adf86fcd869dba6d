import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { begunCalls, resultOf, waitsOf } from "../support/cli-lines";
import { historyProblems } from "../support/model-server/history-rules";
import { cliWorld, type CliRun, unasked } from "../support/run-cli";
import { playCase, type WireCase } from "../support/wire/wire-case";
import { chatChunks as c, lines, ollamaLines as o, sse } from "../support/wire/wire-words";
import { serve } from "../unit/llm/fault-server";

/** How each dialect says the same thing. */
interface Words {
  env(url: string): Record<string, string>;
  model: string;
  text(words: string, more?: { cut?: true }): string;
  half(words: string): string;
  call(id: string, command: string, more?: { cut?: true }): string;
  /** A call with the end missing; the arguments too where the dialect sends them in pieces. */
  halfCall(command: string): string;
  error(message: string): string;
  results(body: Body): string[];
}

interface Body {
  messages: { role: string; content?: unknown }[];
}

const toolResults = ({ messages }: Body): string[] =>
  messages.filter(({ role }) => role === "tool").map(({ content }) => String(content));
const chatCall = (id: string, json: string): string =>
  c.chunk({ tool_calls: [{ index: 0, id, type: "function", function: { name: "Bash", arguments: "" } }] }) +
  c.chunk({ tool_calls: [{ index: 0, function: { arguments: json } }] });
const ollamaCall = (command: unknown, name = "Bash"): string =>
  lines({ model: "m", message: { content: "", tool_calls: [{ function: { name, arguments: { command } } }] }, done: false });

const dialects: Record<"chat" | "ollama", Words> = {
  chat: {
    env: (url) => ({ OPENAI_BASE_URL: url, OPENAI_API_KEY: "sk-canary" }),
    model: "openai/m",
    text: (words, { cut } = {}) => c.chunk({ content: words }) + c.chunk({}, cut ? "length" : "stop") + c.done,
    half: (words) => c.chunk({ content: words }),
    call: (id, command, { cut } = {}) =>
      chatCall(id, JSON.stringify({ command })) + c.chunk({}, cut ? "length" : "tool_calls") + c.done,
    halfCall: (command) => chatCall("h", JSON.stringify({ command }).slice(0, -3)),
    error: (message) => sse({ error: { message, type: "server_error" } }, ""),
    results: toolResults,
  },
  ollama: {
    env: (url) => ({ OLLAMA_HOST: url }),
    model: "ollama/m",
    text: (words, { cut } = {}) => o.text(words) + o.done(cut ? "length" : "stop"),
    half: (words) => o.text(words),
    call: (_id, command, { cut } = {}) => ollamaCall(command) + o.done(cut ? "length" : "stop"),
    halfCall: (command) => ollamaCall(command).slice(0, -20),
    error: (message) => lines({ error: message }),
    results: toolResults,
  },
};

type Played = Omit<WireCase, "name" | "expect">;
interface Expected {
  code?: number;
  requests?: number;
  text?: string | RegExp;
  /** What the command that writes it has left. */
  ran?: string;
  begun?: number;
  look?(run: CliRun, bodies: Body[]): void;
}

const DONE = "all done";
const impatient = { STRIDE_IDLE_MS: "900", STRIDE_FIRST_BYTE_MS: "2500", STRIDE_SLOW_MS: "150" };

for (const [dialect, words] of Object.entries(dialects) as ["chat" | "ollama", Words][])
  describe.concurrent(dialect, () => {
    const done: Played = { body: [words.text(DONE)] };
    const json = { "content-type": "application/json" };
    const status = (code: number, message = "scripted", headers: Record<string, string> = {}): Played => ({
      status: code,
      headers: { ...json, ...headers },
      body: [JSON.stringify({ error: dialect === "chat" ? { message } : message })],
    });

    const check = (
      name: string,
      script: (nth: number, body: Body) => Played,
      { code = 0, requests, text = DONE, ran, begun = ran === undefined ? 0 : 1, look }: Expected,
      env: Record<string, string> = {},
    ): void =>
      void test(name, { timeout: 60_000 }, async () => {
        const bodies: Body[] = [];
        const server = await serve((response, _nth, raw, path) => {
          if (path === "/api/show") return void response.writeHead(200, json).end('{"capabilities":["tools"]}');
          const body = JSON.parse(raw) as Body;
          bodies.push(body);
          void playCase({ name, dialect, expect: { outcome: "complete" }, ...script(bodies.length, body) }, response);
        });
        const world = cliWorld({ "ran.txt": "" }, { ...words.env(server.url), ...env });
        try {
          const args = unasked(words.model);
          const run = await world.run(args);
          const result = resultOf(run);
          expect([run.code, result.result]).toEqual([code, typeof text === "string" ? text : expect.stringMatching(text)]);
          if (requests !== undefined) expect(bodies.length).toBe(requests);
          expect(begunCalls(world)).toHaveLength(begun);
          if (ran !== undefined) expect(readFileSync(join(world.cwd, "ran.txt"), "utf8")).toBe(ran);
          if (dialect === "chat") for (const body of bodies) expect(historyProblems(body, "openai")).toEqual([]);
          expect(run.stdout + run.stderr).not.toContain("canary");
          look?.(run, bodies);
        } finally {
          await server.close();
          world.remove();
        }
      });

    const once =
      (first: Played, then: Played = done) =>
      (nth: number): Played =>
        nth === 1 ? first : then;
    const twice =
      (first: Played) =>
      (nth: number): Played =>
        nth <= 2 ? first : done;
    const toldOfWaiting = (run: CliRun): void => expect(waitsOf(run).some(({ why }) => why === "retry")).toBe(true);
    const write = "echo ran >> ran.txt";

    for (const each of [500, 503, 529]) check(`${each} twice`, twice(status(each)), { requests: 3, look: toldOfWaiting });
    check("429 with retry-after", once(status(429, "slow down", { "retry-after": "1" })), { requests: 2, look: toldOfWaiting });
    check("401", () => status(401), { code: 1, requests: 1, text: /did not accept the key/ });
    check("400", () => status(400), { code: 1, requests: 1, text: /rejects the request \(400\)/ });
    check("404", () => status(404, "model m not found"), { code: 1, requests: 1, text: /does not know the model "m"/ });
    check("closed before the headers, twice", twice({ raw: true, body: [] }), { requests: 3 });
    check("reset in the text", once({ body: [words.half("some words")], end: "reset" }), { requests: 2 });
    check("closed early", once({ body: [words.half("some words")] }), { requests: 2 });
    check("an error in the stream", once({ body: [words.half("some words") + words.error("busy")] }), { requests: 2 });
    check("reset inside a call", once({ body: [words.halfCall(write)], end: "reset" }), { requests: 2 });
    check("silence inside the text", once({ body: [words.half("some words")], end: "hang" }), { requests: 2 }, impatient);
    check("no headers ever", once({ raw: true, body: [], end: "hang" }), { requests: 2, look: toldOfWaiting }, impatient);
    check("an empty reply", once({ body: [words.text("")] }), { requests: 2 });
    check("empty replies for ever", () => ({ body: [words.text("")] }), {
      code: 1,
      requests: 3,
      text: /answered nothing, three times/,
    });
    check("the output limit in the text", once({ body: [words.text("half, ", { cut: true })] }), {
      requests: 2,
      text: `half, ${DONE}`,
    });
    check("the output limit in a call", once({ body: [words.call("t", write, { cut: true })] }), { requests: 2 });
    check("a call runs once", once({ body: [words.call("t", write)] }), {
      requests: 2,
      ran: "ran\n",
      look: (_, bodies) => expect(words.results(bodies[1]!)).toHaveLength(1),
    });
    check(
      "a whole call, then a reset: it is asked for again and runs once",
      (nth, body) =>
        words.results(body).length > 0
          ? done
          : nth === 1
            ? {
                body: [
                  words
                    .call("t", write)
                    .replace(/data: \[DONE\]\n\n$/, "")
                    .split(/(?=data: [^\n]*"finish_reason":"tool_calls")|(?=\{[^\n]*"done":true)/)[0]!,
                ],
                end: "reset",
              }
            : { body: [words.call("u", write)] },
      { ran: "ran\n" },
    );
    check("an unknown tool", once({ body: [words.call("t", write).replaceAll("Bash", "Teleport")] }), {
      requests: 2,
      look: (_, bodies) => expect(words.results(bodies[1]!)[0]).toMatch(/Teleport/),
    });
    check("arguments that do not fit", once({ body: [words.call("t", write).replaceAll("command", "comand")] }), {
      requests: 2,
      look: (_, bodies) => expect(words.results(bodies[1]!)[0]).toMatch(/command/),
    });
    check(
      "too long: room is made, then it goes on",
      (nth, body) => {
        if (nth <= 8) return { body: [words.call(`t${nth}`, `seq ${nth} 4000`)] };
        if (JSON.stringify(body.messages).length > 30_000) return status(400, "the input length exceeds the context length");
        return JSON.stringify(body.messages.at(-1)).includes("summar") ? { body: [words.text("Numbers were counted.")] } : done;
      },
      { begun: 8 },
    );
    check("one id for all calls", (nth) => (nth <= 3 ? { body: [words.call("same", `echo ${nth}`)] } : done), {
      requests: 4,
      begun: 3,
      look: (_, bodies) => expect(words.results(bodies[3]!)).toHaveLength(3),
    });
  });
