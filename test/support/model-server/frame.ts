import type { Fault, FaultPoint, Part, Reply, WireUsage } from "./reply.ts";

/** One write to the socket; `mark` says what it belongs to, so that a fault can be put in the midst of it. */
export interface Frame {
  data: string;
  delayMs: number;
  mark: FaultPoint;
}

/** A wire format: how a reply is cut into frames and how it looks when nobody asked for a stream. */
export interface Dialect {
  frames(reply: Reply, about: ReplyContext): Frame[];
  whole(reply: Reply, about: ReplyContext): unknown;
  errorFrame(error: { type: string; message: string }): string;
}

export interface ReplyContext {
  n: number;
  model: string;
  usage: WireUsage;
  includeUsage: boolean;
}

export const callId = (part: Extract<Part, { kind: "tool" }>, about: ReplyContext, index: number): string =>
  part.id ?? `toolu_${String(about.n).padStart(4, "0")}_${index}`;

export const stopReasonOf = (reply: Reply): string =>
  reply.stopReason ?? (reply.parts.some((part) => part.kind === "tool") ? "tool_use" : "end_turn");

export const inputJson = (part: Extract<Part, { kind: "tool" }>): string => part.json ?? JSON.stringify(part.input);

/** Cut by code points, so that a piece is always valid JSON text; bytes are cut with `reply.raw`. */
export function pieces(text: string, size = 24): string[] {
  const points = Array.from(text);
  const cut: string[] = [];
  for (let at = 0; at < points.length; at += size) cut.push(points.slice(at, at + size).join(""));
  return cut;
}

/** Index of the frame before which the fault happens; the end of the list when the reply has no such place. */
export function faultIndex(frames: readonly Frame[], { at }: Fault): number {
  if (at === "status" || at === "start") return 0;
  const first = frames.findIndex((frame) => frame.mark === at);
  if (first < 0) return frames.length;
  if (at === "end") return first;
  if (at === "after_call") return first + 1;
  let last = first;
  while (frames[last + 1]?.mark === at) last++;
  return first + Math.max(1, Math.floor((last - first + 1) / 2));
}
