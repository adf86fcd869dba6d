import { describe, expect, test } from "vitest";
import { begunCalls, resultOf } from "../support/cli-lines";
import { part, reply } from "../support/model-server/reply";
import { startModelServer } from "../support/model-server/start-model-server";
import { cliWorld, unasked } from "../support/run-cli";

interface Case {
  name: string;
  tool?: string;
  raw: string;
  /** Words of what the model is told. */
  told: RegExp;
}

const command = (more: string): string => `{"command":"touch ran"${more}}`;
const cases: Case[] = [
  { name: "single quotes", raw: "{'command':'touch ran'}", told: /JSON/ },
  { name: "a comment", raw: '{"command":"touch ran" /* now */}', told: /JSON/ },
  { name: "a comment at the end", raw: `${command("")} // now`, told: /JSON/ },
  { name: "a raw line end in a string", raw: '{"command":"touch\nran"}', told: /JSON/ },
  { name: "a byte order mark", raw: `\ufeff${command("")}`, told: /JSON/ },
  { name: "XML", raw: "<command>touch ran</command>", told: /JSON/ },
  { name: "words before it", raw: `Sure: ${command("")}`, told: /JSON/ },
  { name: "words behind it", raw: `${command("")} done`, told: /JSON/ },
  { name: "a number", raw: "7", told: /object.*number|number/ },
  { name: "true", raw: "true", told: /boolean/ },
  { name: "JSON in a string", raw: JSON.stringify(command("")), told: /string/ },
  { name: "Infinity", raw: command(',"timeout":Infinity'), told: /JSON/ },
  { name: "a plus sign", raw: command(',"timeout":+5'), told: /JSON/ },
  { name: "a missing comma", raw: '{"command":"touch ran""timeout":5}', told: /JSON/ },
  { name: "cut inside a key", raw: '{"comma', told: /JSON/ },
  { name: "cut inside a surrogate pair", raw: '{"command":"touch \\ud83d', told: /JSON|surrogate/ },
  { name: "half a surrogate pair", raw: '{"command":"touch \\ud83d"}', told: /surrogate/ },
  { name: "a NUL", raw: '{"command":"touch\\u0000 ran"}', told: /NUL/ },
  { name: "the same key, once escaped", raw: '{"command":"ls","comm\\u0061nd":"touch ran"}', told: /twice/ },
  { name: "the prototype, escaped", raw: command(',"__pr\\u006fto__":{}'), told: /__proto__/ },
  { name: "a constructor", raw: command(',"constructor":{"prototype":{}}'), told: /constructor/ },
  { name: "a key of another case", raw: '{"Command":"touch ran"}', told: /command/ },
  { name: "a negative timeout", raw: command(',"timeout":-1'), told: /timeout/ },
  { name: "a huge timeout", raw: command(',"timeout":1e300'), told: /timeout/ },
  { name: "a timeout in words", raw: command(',"timeout":"5000"'), told: /timeout/ },
  { name: "an object for text", raw: '{"command":{"value":"touch ran"}}', told: /command/ },
  { name: "lists 5 000 deep", raw: command(`,"x":${"[".repeat(5_000)}${"]".repeat(5_000)}`), told: /nested/ },
  { name: "17 MB", raw: `{"command":"touch ran #${"x".repeat(17 * 2 ** 20)}"}`, told: /16 MB/ },
  { name: "a name that looks alike", tool: "B\u0430sh", raw: command(""), told: /no tool|not a tool|unknown|does not exist/i },
  { name: "a name with blanks", tool: "Bash ", raw: command(""), told: /no tool|not a tool|unknown|does not exist/i },
  { name: "a name of every object", tool: "constructor", raw: "{}", told: /no tool|not a tool|unknown|does not exist/i },
];

describe.concurrent("arguments that are none: told, not run, and the conversation goes on", () => {
  for (const one of cases)
    test(one.name, { timeout: 60_000 }, async () => {
      const call = reply.of([part.tool(one.tool ?? "Bash", {}, { json: one.raw })], {
        chunkSize: Math.max(24, one.raw.length / 500),
      });
      const server = await startModelServer({ script: [call, reply.text("told")] });
      const world = cliWorld({}, { ANTHROPIC_BASE_URL: server.url, ANTHROPIC_API_KEY: "k" });
      try {
        const run = await world.run(unasked("anthropic/m"));
        expect([run.code, resultOf(run).result, server.calls.length, begunCalls(world)]).toEqual([0, "told", 2, []]);
        expect(server.calls[1]?.results).toMatchObject([{ isError: true, text: expect.stringMatching(one.told) as string }]);
        expect(server.problems).toEqual([]);
      } finally {
        await server.stop();
        world.remove();
      }
    });
});
