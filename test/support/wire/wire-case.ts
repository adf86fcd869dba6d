import type { ServerResponse } from "node:http";

export type WireDialect = "anthropic" | "chat" | "responses" | "ollama";

/** One reply as it stands on the wire, and what has to come of it. */
export interface WireCase {
  name: string;
  /** Default: anthropic. */
  dialect?: WireDialect;
  status?: number;
  headers?: Record<string, string>;
  body?: (string | Uint8Array)[];
  /** The body holds the status line and the headers too. */
  raw?: true;
  end?: "close" | "reset" | "hang";
  cli?: boolean;
  withinMs?: number;
  expect: WireExpectation;
}

export interface WireExpectation {
  outcome: "complete" | "retry" | "error" | "compact" | "truncated" | "empty" | "refused";
  text?: string;
  chars?: number;
  tools?: { name: string; input: Record<string, unknown> }[];
  outputTokens?: number;
  /** What the next request has to hold. */
  sent?: RegExp;
  /** The words a person reads. */
  says?: RegExp;
  /** At least this long between two tries. */
  spacedMs?: number;
}

export async function playCase(one: WireCase, response: ServerResponse): Promise<void> {
  const { socket } = response;
  socket?.setNoDelay(true);
  if (!one.raw) {
    const type = one.dialect === "ollama" ? "application/x-ndjson" : "text/event-stream";
    const headers = Object.entries({ "content-type": type, ...one.headers }).filter(
      ([name, value]) => name !== "content-type" || value !== "",
    );
    response.writeHead(one.status ?? 200, Object.fromEntries(headers));
    response.flushHeaders();
  }
  for (const chunk of one.body ?? []) {
    if (one.raw) socket?.write(chunk);
    else response.write(chunk);
    // A turn of the event loop, so that two writes arrive as two chunks.
    await new Promise((resolve) => setImmediate(resolve));
  }
  if (one.end === "hang") return;
  if (one.end === "reset") setTimeout(() => socket?.resetAndDestroy(), 15);
  else if (one.raw) socket?.end();
  else response.end();
}
