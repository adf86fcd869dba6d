import type { Connection } from "./connection";
import { readText } from "./exchange";
import { send } from "./http";

export interface JsonQuestion {
  url: string;
  headers: Record<string, string>;
  /** With a body it is a POST. */
  body?: unknown;
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
  const post = question.body !== undefined;
  try {
    const reply = await send(
      connection,
      {
        method: post ? "POST" : "GET",
        url: question.url,
        headers: { accept: "application/json", ...(post ? { "content-type": "application/json" } : {}), ...question.headers },
        limits,
        ...(post ? { body: JSON.stringify(question.body) } : {}),
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
