import { createServer } from "node:http";
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { anthropic } from "./anthropic-wire.ts";
import { Bill, plainUsage, requestTokens } from "./bill.ts";
import { historyProblems } from "./history-rules.ts";
import { openai } from "./openai-wire.ts";
import { play } from "./play.ts";
import { reply } from "./reply.ts";
import type { Reply } from "./reply.ts";

export type Script = readonly (Reply | Answer)[] | Answer;
/** Decides by the conversation so far. */
export type Answer = (request: ModelCall) => Reply | Promise<Reply>;

export interface ModelCall {
  /** From 1. */
  n: number;
  dialect: "anthropic" | "openai";
  path: string;
  headers: IncomingHttpHeaders;
  // The wire is not ours: tests look at whatever they expect in it.
  body: WireBody;
  /** Milliseconds of performance.now() when the whole of it was here; to parse it takes the server's time. */
  at: number;
  firstByteAt?: number;
  endedAt?: number;
  /** The client hung up before the reply was whole. */
  aborted: boolean;
  /** Text of the newest message when it is the user's own words, else "". */
  userText: string;
  /** Results in the newest message, in order. */
  results: { id: string; text: string; isError: boolean }[];
}

export interface WireBody {
  model: string;
  messages: { role: string; content: string | Record<string, unknown>[] }[];
  system?: string | Record<string, unknown>[];
  tools?: Record<string, unknown>[];
  stream?: boolean;
  [field: string]: unknown;
}

export interface ModelServerOptions {
  /** A list is used up one reply a request; a function answers each. */
  script: Script;
  port?: number;
  /** Any other key is refused with 401. */
  key?: string;
  /** Count tokens and prefix cache like a provider that bills; else small round figures. */
  bills?: boolean;
  models?: string[];
  /** The count of a request's tokens never comes, or is refused. */
  counting?: "hangs" | "fails";
  /** Answers what is asked without tools (a title, a summary): it comes when it likes and takes nothing from the script. */
  besides?: Reply;
}

export interface ModelServer {
  url: string;
  /** Calls of a model, in order of arrival. */
  calls: ModelCall[];
  /** Everything else that was asked, as "GET /v1/models". */
  others: string[];
  /** Illegal histories and requests nobody scripted: a test asserts that this stays empty. */
  problems: string[];
  push(...more: (Reply | Answer)[]): void;
  /** Resolves when the n-th call has arrived. */
  arrived(n: number): Promise<ModelCall>;
  stop(): Promise<void>;
}

/** A model provider on loopback that follows a script; the wire, the status codes and the bill are real. */
export async function startModelServer({
  script,
  port = 0,
  key,
  bills = false,
  models = ["claude-sonnet-4-5", "claude-haiku-4-5"],
  counting,
  besides,
}: ModelServerOptions): Promise<ModelServer> {
  const queue = typeof script === "function" ? [] : [...script];
  const calls: ModelCall[] = [];
  const others: string[] = [];
  const problems: string[] = [];
  const waiting: { n: number; resolve(call: ModelCall): void }[] = [];
  const bill = new Bill();

  const next = async (call: ModelCall): Promise<Reply> => {
    const illegal = historyProblems(call.body, call.dialect).map((problem) => `call ${call.n}: ${problem}`);
    problems.push(...illegal);
    if (illegal.length > 0) return refuse(400, "invalid_request_error", illegal.join("; "));
    const scripted = typeof script === "function" ? script : queue.shift();
    if (scripted) return typeof scripted === "function" ? scripted(call) : scripted;
    problems.push(`call ${call.n}: the script has no reply left`);
    return refuse(400, "invalid_request_error", "the script has no reply left");
  };

  const answer = async (incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
    const path = new URL(incoming.url ?? "/", "http://localhost").pathname;
    const text = await bodyOf(incoming).catch((error: unknown) => (path === COUNT ? null : Promise.reject(error as Error)));
    if (text === null) return; // nobody waits for a count: the reply was there first
    if (key !== undefined && keyOf(incoming.headers) !== key)
      return sendReply(response, refuse(401, "authentication_error", "invalid x-api-key"));
    const at = performance.now();
    const dialect = DIALECT_OF[path];
    if (!dialect) {
      others.push(`${incoming.method} ${path}`);
      if (path === COUNT && counting === "hangs") return;
      if (path === COUNT && counting === "fails") return sendReply(response, refuse(500, "api_error", "scripted"));
      return sendJson(response, sideAnswer(path, text, models));
    }
    const call: ModelCall = { ...readCall(calls.length + 1, dialect, path, incoming.headers, text), at };
    const beside = besides && !call.body.tools?.length ? besides : undefined;
    if (beside) others.push(`POST ${path} without tools`);
    else calls.push(call);
    for (const one of waiting.splice(0))
      if (calls.length >= one.n) one.resolve(calls[one.n - 1]!);
      else waiting.push(one);
    response.once("close", () => {
      call.endedAt = performance.now();
      call.aborted = !response.writableEnded;
    });
    const made = beside ?? (await next(call));
    const usage = bills ? bill.charge(call.body, made) : plainUsage(made);
    const includeUsage = Boolean((call.body["stream_options"] as { include_usage?: boolean } | undefined)?.include_usage);
    await play(response, made, dialect === "anthropic" ? anthropic : openai, {
      about: { n: call.n, model: call.body.model, usage, includeUsage },
      stream: call.body.stream === true,
      onFirstByte: () => (call.firstByteAt ??= performance.now()),
    });
  };

  const server = createServer((incoming, response) => {
    answer(incoming, response).catch((error: unknown) => {
      problems.push(`the script threw: ${String(error)}`);
      response.destroy();
    });
  });
  server.requestTimeout = 0;
  await new Promise<void>((resolve, reject) => server.once("error", reject).listen(port, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls,
    others,
    problems,
    push: (...more) => void queue.push(...more),
    arrived: (n) => (calls[n - 1] ? Promise.resolve(calls[n - 1]!) : new Promise((resolve) => waiting.push({ n, resolve }))),
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

const COUNT = "/v1/messages/count_tokens";

const DIALECT_OF: Record<string, "anthropic" | "openai"> = {
  "/v1/messages": "anthropic",
  "/v1/chat/completions": "openai",
  "/chat/completions": "openai",
};

function readCall(
  n: number,
  dialect: "anthropic" | "openai",
  path: string,
  headers: IncomingHttpHeaders,
  text: string,
): Omit<ModelCall, "at"> {
  const body = parse(text) as WireBody;
  const last = body.messages?.at(-1);
  const blocks = typeof last?.content === "string" ? [{ type: "text", text: last.content }] : (last?.content ?? []);
  const userText = last?.role === "user" ? blocks.map((block) => ("text" in block ? String(block["text"]) : "")).join("") : "";
  return { n, dialect, path, headers, body, aborted: false, userText, results: resultsOf(body) };
}

function resultsOf(body: WireBody): ModelCall["results"] {
  const last = body.messages?.at(-1);
  if (last?.role === "tool") {
    const start = body.messages.findLastIndex(({ role }) => role !== "tool") + 1;
    return body.messages.slice(start).map((message) => ({
      id: String((message as Record<string, unknown>)["tool_call_id"]),
      text: resultText(message.content),
      isError: false,
    }));
  }
  if (typeof last?.content !== "object") return [];
  return last.content
    .filter((block) => block["type"] === "tool_result")
    .map((block) => ({
      id: String(block["tool_use_id"]),
      text: resultText(block["content"]),
      isError: block["is_error"] === true,
    }));
}

const resultText = (content: unknown): string =>
  typeof content === "string"
    ? content
    : Array.isArray(content)
      ? content.map((block: { text?: string }) => block.text ?? "").join("")
      : "";

const refuse = (status: number, type: string, message: string): Reply =>
  reply.status(status, { type: "error", error: { type, message } });

function sideAnswer(path: string, text: string, models: readonly string[]): unknown {
  if (path === COUNT) return { input_tokens: requestTokens(parse(text)) };
  if (path === "/v1/models" || path === "/models")
    return {
      object: "list",
      has_more: false,
      data: models.map((id) => ({ id, type: "model", object: "model", display_name: id, created_at: "2025-01-01T00:00:00Z" })),
    };
  if (path === "/api/tags")
    return { models: models.map((name) => ({ name, model: name, size: 1, details: { family: "scripted" } })) };
  if (path === "/api/show") return { capabilities: ["completion", "tools"], model_info: { "scripted.context_length": 32_768 } };
  return undefined;
}

function sendJson(response: ServerResponse, value: unknown): void {
  response.writeHead(value === undefined ? 404 : 200, { "content-type": "application/json" });
  response.end(JSON.stringify(value ?? { type: "error", error: { type: "not_found_error", message: "Not found" } }));
}

function sendReply(response: ServerResponse, { raw }: Reply): void {
  response.writeHead(raw?.status ?? 500, raw?.headers).end(Buffer.concat(raw?.chunks ?? []));
}

const keyOf = (headers: IncomingHttpHeaders): string | undefined =>
  (headers["x-api-key"] as string | undefined) ?? headers.authorization?.replace(/^Bearer /, "");

async function bodyOf(incoming: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}
