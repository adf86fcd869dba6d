import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { ModelError, ModelRequest, ModelStream, StopReason, StreamEvent } from "../../../src/shared/protocol/model";
import type { Block, ToolUseBlock } from "../../../src/shared/protocol/messages";

/** A real HTTP server on loopback; `answer` writes raw bytes. */
export interface TestServer {
  url: string;
  requests: { path: string; headers: Record<string, string>; body: string; method: string }[];
  open(): number;
  close(): Promise<void>;
}

export async function serve(
  answer: (response: ServerResponse, nth: number, body: string, path: string) => void,
): Promise<TestServer> {
  const requests: TestServer["requests"] = [];
  let sockets = 0;
  const server: Server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on("data", (part: Buffer) => parts.push(part));
    request.on("end", () => {
      const body = Buffer.concat(parts).toString();
      requests.push({
        path: request.url ?? "",
        headers: request.headers as Record<string, string>,
        body,
        method: request.method ?? "",
      });
      response.on("error", () => undefined);
      answer(response, requests.length, body, request.url ?? "");
    });
  });
  server.on("connection", (socket) => {
    sockets++;
    socket.on("close", () => sockets--);
    socket.on("error", () => undefined);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    open: () => sockets,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** What a consumer that keeps to the contract makes of a stream. */
export interface Heard {
  events: StreamEvent[];
  text: string;
  blocks: Block[];
  tools: ToolUseBlock[];
  /** Calls that may run. */
  runnable: { name: string; input: Record<string, unknown> }[];
  retries: number;
  stopReason?: StopReason;
  error?: ModelError;
  /** Broken rules of the contract. */
  broken: string[];
}

export const ask = (more: Partial<ModelRequest> = {}): ModelRequest => ({
  role: "main",
  model: "m",
  system: [],
  messages: [{ id: "1", role: "user", content: [{ type: "text", text: "go" }] }],
  tools: [],
  ...more,
});

export async function listen(
  stream: ModelStream,
  signal: AbortSignal = new AbortController().signal,
  request = ask(),
  onEvent: (event: StreamEvent) => void = () => undefined,
): Promise<Heard> {
  const heard: Heard = { events: [], text: "", blocks: [], tools: [], runnable: [], retries: 0, broken: [] };
  const open = new Map<number, string>();
  let over = false;
  try {
    for await (const event of stream(request, signal)) {
      if (over) heard.broken.push(`${event.type} after the end`);
      heard.events.push(event);
      onEvent(event);
      if (event.type === "waiting" && event.why === "retry") heard.retries++;
      if (event.type === "block_start") open.set(event.index, event.block.type);
      if (event.type === "block_delta" && !open.has(event.index)) heard.broken.push("delta for a block that is not open");
      if (event.type === "block_delta" && open.get(event.index) === "text") heard.text += event.text;
      if (event.type === "block_stop") {
        if (!open.delete(event.index)) heard.broken.push("stop of a block that is not open");
        heard.blocks.push(event.block);
        if (event.block.type === "tool_use") heard.tools.push(event.block);
      }
      if (event.type === "message_end") heard.stopReason = event.stopReason;
      if (event.type === "error") heard.error = event.error;
      over ||= event.type === "message_end" || event.type === "error";
    }
  } catch (error) {
    heard.broken.push(`threw ${String(error)}`);
  }
  if (!over) heard.broken.push("no end");
  heard.runnable = heard.tools.filter((tool) => !tool.invalid).map(({ name, input }) => ({ name, input }));
  return heard;
}
