// npm run model-server -- [--port 8089] [--script replies.json] [--bills]
// Without a script it echoes what it was told; a script is a JSON list of replies (see reply.ts).
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { reply } from "./reply.ts";
import type { Reply } from "./reply.ts";
import { startModelServer } from "./start-model-server.ts";

const { values } = parseArgs({
  options: { port: { type: "string", default: "0" }, script: { type: "string" }, bills: { type: "boolean", default: false } },
});
const script = values.script ? (JSON.parse(readFileSync(values.script, "utf8")) as Reply[]) : undefined;
const server = await startModelServer({
  port: Number(values.port),
  bills: values.bills,
  script: script ?? ((call) => reply.text(`You said: ${call.userText || "(a tool result)"}`, { chunkMs: 20 })),
});
console.log(`ANTHROPIC_BASE_URL=${server.url} ANTHROPIC_API_KEY=any`);
