import type { Connection } from "./connection";
import { readText } from "./exchange";
import { send } from "./http";

export interface JsonQuestion {
  url: string;
  headers: Record<string, string>;
  /** With a body it is a POST. */
  body?: unknown;
  /** The same, as JSON text that is there already. */
  pieces?: (string | Buffer)[];
  timeoutMs: number;
}

/** A small question beside the conversation (lists, abilities). null = no answer, whatever the reason: nobody waits for it. */
export async function getJson(
  connection: Connection,
  question: JsonQuestion,
  signal: AbortSignal,
): Promise<Record<string, unknown> | null> {
  const bounded = AbortSignal.any([signal, AbortSignal.timeout(question.timeoutMs)]);
  const limits = { firstByteMs: question.timeoutMs, idleMs: question.timeoutMs };
  const body = question.pieces ?? (question.body === undefined ? undefined : JSON.stringify(question.body));
  try {
    const reply = await send(
      connection,
      {
        method: body ? "POST" : "GET",
        url: question.url,
        headers: { accept: "application/json", ...(body ? { "content-type": "application/json" } : {}), ...question.headers },
        limits,
        ...(body ? { body } : {}),
      },
      bounded,
    );
    const text = await readText(reply.body, 8 * 2 ** 20);
    await reply.done();
    const json: unknown = JSON.parse(text);
    return reply.status === 200 && typeof json === "object" && json !== null && !Array.isArray(json)
      ? (json as Record<string, unknown>)
      : null;
  } catch {
    return null;
  }
}
