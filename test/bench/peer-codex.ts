import { spawn } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";

export interface CodexRun {
  /** From the start of the process to its first request, ms. */
  startMs: number;
  /** From the end of the first reply to the request after it, ms. */
  gapMs: number;
}

/** One conversation of Codex, as npm installs it: a patch that adds `file` with `text`, then a word. */
export async function runCodex(folder: string, home: string, cwd: string, file: string, text: string): Promise<CodexRun> {
  const added = text
    .split("\n")
    .map((line) => `+${line}\n`)
    .join("");
  const patch = `*** Begin Patch\n*** Add File: ${file}\n${added}*** End Patch\n`;
  const calls: { at: number; endedAt: number }[] = [];
  const server = createServer((incoming, response) => {
    incoming.resume().once("end", () => {
      if (!incoming.url?.startsWith("/v1/responses")) return void response.writeHead(404).end();
      const call = { at: performance.now(), endedAt: 0 };
      response.once("close", () => (call.endedAt = performance.now()));
      if (calls.push(call) === 1) answerWithPatch(response, patch);
      else answerWithWord(response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  mkdirSync(join(home, ".codex"), { recursive: true });
  writeFileSync(join(home, ".codex", "config.toml"), configOf(`http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`));
  const startedAt = performance.now();
  const args = ["exec", "--skip-git-repo-check", "--dangerously-bypass-approvals-and-sandbox", "--json", "go"];
  const child = spawn(join(folder, "node_modules/.bin/codex"), args, {
    cwd,
    env: { PATH: process.env["PATH"] ?? "", HOME: home, SCRIPTED_KEY: "k" },
    stdio: "ignore",
  });
  await new Promise((resolve, reject) => child.once("error", reject).once("close", resolve));
  server.close();
  server.closeAllConnections();
  const [first, second] = calls;
  if (!first || !second || !existsSync(join(cwd, file))) throw new Error("Codex did not make the file it was told to make.");
  return { startMs: first.at - startedAt, gapMs: second.at - first.endedAt };
}

const configOf = (url: string): string => `model = "gpt-5.5"
model_provider = "scripted"
[model_providers.scripted]
name = "scripted"
base_url = "${url}"
wire_api = "responses"
env_key = "SCRIPTED_KEY"
supports_websockets = false
`;

const PIECE = 400;

function answerWithPatch(response: ServerResponse, patch: string): void {
  const send = begin(response);
  const item = {
    id: "ctc_1",
    type: "custom_tool_call",
    status: "in_progress",
    call_id: "call_1",
    name: "apply_patch",
    input: "",
  };
  send("response.output_item.added", { output_index: 0, item });
  for (let at = 0; at < patch.length; at += PIECE)
    send("response.custom_tool_call_input.delta", {
      item_id: item.id,
      output_index: 0,
      delta: patch.slice(at, at + PIECE),
    });
  send("response.output_item.done", { output_index: 0, item: { ...item, status: "completed", input: patch } });
  end(response, send);
}

function answerWithWord(response: ServerResponse): void {
  const send = begin(response);
  const content = [{ type: "output_text", text: "done", annotations: [] }];
  const item = { id: "msg_1", type: "message", role: "assistant", status: "completed", content };
  send("response.output_item.added", { output_index: 0, item: { ...item, content: [] } });
  send("response.output_item.done", { output_index: 0, item });
  end(response, send);
}

type Send = (type: string, data: object) => void;

function begin(response: ServerResponse): Send {
  let number = 0;
  response.writeHead(200, { "content-type": "text/event-stream" });
  const send: Send = (type, data) =>
    void response.write(`event: ${type}\ndata: ${JSON.stringify({ type, sequence_number: number++, ...data })}\n\n`);
  send("response.created", { response: { id: "resp_1", object: "response", status: "in_progress", output: [] } });
  return send;
}

function end(response: ServerResponse, send: Send): void {
  const usage = {
    input_tokens: 10,
    input_tokens_details: { cached_tokens: 0 },
    output_tokens: 5,
    output_tokens_details: { reasoning_tokens: 0 },
    total_tokens: 15,
  };
  send("response.completed", { response: { id: "resp_1", object: "response", status: "completed", output: [], usage } });
  response.end();
}
