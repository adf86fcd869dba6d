import { spawn } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { node24 } from "./node-24.mjs";

const LIMIT_MS = 20_000;
const TEXT = "one = 1\ntwo = 2\n";

/** What nearly every conversation does once; then its code is there before anybody's first one. */
const CALLS = [
  { name: "Read", input: { file_path: "a.txt" } },
  { name: "Edit", input: { file_path: "a.txt", old_string: "two = 2", new_string: "two = 22" } },
  { name: "Write", input: { file_path: "b.txt", content: TEXT } },
  { name: "Grep", input: { pattern: "two" } },
  { name: "Bash", input: { command: "cat a.txt | head -n 1" } },
];

/**
 * Lets the command line of `dist` work once, with nobody's model and in nobody's folder, and keeps the code that was compiled
 * beside it (entry/kept-code.ts). Only for this machine: another version of Node makes its own. Resolves with what went wrong.
 */
export async function prime(dist) {
  const temp = mkdtempSync(join(tmpdir(), "stride-prime-"));
  const server = createServer((incoming, response) => {
    answer(incoming, response).catch(() => response.writeHead(404).end());
  });
  try {
    const [work, state] = ["work", "state"].map((name) => join(temp, name));
    mkdirSync(work);
    writeFileSync(join(work, "a.txt"), TEXT);
    await new Promise((resolve, reject) => server.once("error", reject).listen(0, "127.0.0.1", resolve));
    const url = `http://127.0.0.1:${server.address().port}`;
    const { PATH, SystemRoot } = process.env;
    const env = { PATH, SystemRoot, HOME: temp, STRIDE_HOME: state, ANTHROPIC_API_KEY: "none", ANTHROPIC_BASE_URL: url };
    await run(node24(), [join(dist, "cli.js"), "-p", "go", "--dangerously-skip-permissions"], { cwd: work, env });
    const [kept, own] = [join(state, "cache", "code"), join(dist, "code")];
    mkdirSync(own);
    for (const name of readdirSync(kept)) copyFileSync(join(kept, name), join(own, name));
  } catch (error) {
    return `no code was kept, the first start will take longer: ${error.message}`;
  } finally {
    server.closeAllConnections();
    server.close();
    rmSync(temp, { recursive: true, force: true });
  }
}

function run(program, args, options) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { ...options, stdio: ["ignore", "ignore", "pipe"], timeout: LIMIT_MS });
    let said = "";
    child.stderr.on("data", (text) => (said = (said + text).slice(-500)));
    child.once("error", reject);
    child.once("close", (code) => (code === 0 ? resolve() : reject(new Error(said || `it ended with ${code}`))));
  });
}

/** One call after the other, then a word. */
async function answer(incoming, response) {
  const parts = [];
  for await (const part of incoming) parts.push(part);
  const { messages } = JSON.parse(Buffer.concat(parts).toString());
  const call = CALLS[messages.filter(({ role }) => role === "assistant").length];
  const send = (type, data) => response.write(`event: ${type}\ndata: ${JSON.stringify({ type, ...data })}\n\n`);
  response.writeHead(200, { "content-type": "text/event-stream" });
  send("message_start", { message: { model: "none", usage: { input_tokens: 1 } } });
  const [block, delta] = call
    ? [
        { type: "tool_use", id: "call_" + call.name, name: call.name, input: {} },
        { type: "input_json_delta", partial_json: JSON.stringify(call.input) },
      ]
    : [
        { type: "text", text: "" },
        { type: "text_delta", text: "Done." },
      ];
  send("content_block_start", { index: 0, content_block: block });
  send("content_block_delta", { index: 0, delta });
  send("content_block_stop", { index: 0 });
  send("message_delta", { delta: { stop_reason: call ? "tool_use" : "end_turn" }, usage: { output_tokens: 1 } });
  send("message_stop", {});
  response.end();
}
