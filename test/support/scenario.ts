import type { AgentEvent, Op } from "../../src/shared/protocol/agent";
import { textBlock, textOf, type Message, type ToolResultBlock } from "../../src/shared/protocol/messages";
import {
  noUsage,
  type ModelError,
  type ModelRequest,
  type ModelStream,
  type StopReason,
  type StreamEvent,
} from "../../src/shared/protocol/model";
import type { CallResult, Footprint, PreparedCall } from "../../src/agent/loop/ports";
import { Session, type SessionPorts } from "../../src/agent/loop/session";
import type { Caps } from "../../src/agent/loop/limits";

/** One scripted reply: events in order, with pauses. */
export type Scripted = (StreamEvent | { pause: number })[];

export const usage = { ...noUsage(), inputTokens: 10, outputTokens: 5 };
const start: StreamEvent = { type: "message_start", model: "scripted/one", provider: "scripted", usage: noUsage() };
const end = (stopReason: StopReason): StreamEvent => ({ type: "message_end", stopReason, usage });

export function say(text: string, stop: StopReason = "end_turn"): Scripted {
  return [start, ...textEvents(0, text), end(stop)];
}

/** Calls in one reply, `gapMs` apart, as a model streams them. */
export function calls(
  list: [name: string, input?: Record<string, unknown>][],
  options: { gapMs?: number; text?: string; stop?: StopReason } = {},
): Scripted {
  const events: Scripted = [start];
  if (options.text !== undefined) events.push(...textEvents(0, options.text));
  for (const [position, [name, input = {}]] of list.entries()) {
    const index = position + 1;
    const id = `${name}-${position}-${nextCall++}`;
    if (options.gapMs) events.push({ pause: options.gapMs });
    events.push(
      { type: "block_start", index, block: { type: "tool_use", id, name } },
      { type: "block_delta", index, text: JSON.stringify(input) },
      { type: "block_stop", index, block: { type: "tool_use", id, name, input } },
    );
  }
  return [...events, end(options.stop ?? "tool_use")];
}
let nextCall = 0;

/** The stream breaks after the given events. */
export function breaks(before: Scripted, error: Partial<ModelError> = {}): Scripted {
  const shown = before.filter((event) => "pause" in event || event.type !== "message_end");
  return [...shown, { type: "error", error: { kind: "unavailable", message: "connection lost", partial: true, ...error } }];
}

const textEvents = (index: number, text: string): StreamEvent[] => [
  { type: "block_start", index, block: { type: "text" } },
  { type: "block_delta", index, text },
  { type: "block_stop", index, block: { type: "text", text } },
];

export interface FakeTool {
  footprint?(input: Record<string, unknown>): Footprint;
  run(input: Record<string, unknown>, signal: AbortSignal): Promise<string> | string;
}

export interface Harness {
  session: Session;
  events: AgentEvent[];
  requests: ModelRequest[];
  /** One line an event, for golden comparison. */
  transcript(): string[];
  history(): Message[];
  submit(op: DistributiveOmit<Op, "session">): Promise<void>;
  send(text: string, delivery?: "queue" | "steer"): Promise<void>;
}
type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;

export function harness(
  script: Scripted[],
  tools: Record<string, FakeTool> = {},
  overrides: Partial<SessionPorts> & { limits?: Caps } = {},
): Harness {
  const events: AgentEvent[] = [];
  const requests: ModelRequest[] = [];
  let id = 0;
  const replies = [...script];
  const model: ModelStream = async function* (request, signal) {
    requests.push(request);
    for (const event of replies.shift() ?? say("(script ended)")) {
      if ("pause" in event) await pause(event.pause, signal);
      if (signal.aborted) return yield { type: "error", error: { kind: "aborted", message: "Stopped." } };
      if (!("pause" in event)) yield event;
    }
  };
  const emit = (event: AgentEvent): void => void events.push(event);
  const history = (): Message[] => historyOf(events);
  const ports: SessionPorts = {
    model,
    emit,
    flush: async () => {},
    nextRequest: async () => ({ request: { role: "main", system: [], messages: history(), tools: [] }, estimatedTokens: 0 }),
    opening: async () => [],
    attachments: async () => [],
    emergencyCompaction: async () => true,
    prepare: (block, turn) => prepare(block.id, block.name, block.input, turn, tools, emit),
    priceOf: () => 0.001,
    beforeStop: async () => null,
    newId: () => `id${++id}`,
    now: () => Date.now(),
    caps: () => overrides.limits ?? { turn: {}, session: {}, day: {} },
    spentToday: () => 0,
    attended: true,
    handle: async () => {},
    ...overrides,
  };
  const session = new Session(ports, { usd: 0, tokens: 0 });
  const submit = (op: DistributiveOmit<Op, "session">): Promise<void> => session.submit({ ...op, session: "s" } as Op);
  return {
    session,
    events,
    requests,
    history,
    submit,
    send: (text, delivery = "queue") => submit({ op: "user_turn", id: `u${++id}`, content: [textBlock(text)], delivery }),
    transcript: () => events.flatMap((event) => lineOf(event) ?? []),
  };
}

function prepare(
  id: string,
  name: string,
  input: Record<string, unknown>,
  turn: string,
  tools: Record<string, FakeTool>,
  emit: (event: AgentEvent) => void,
): PreparedCall {
  const tool = tools[name];
  const finish = (text: string, outcome: "ok" | "error" | "interrupted"): CallResult => {
    const result: ToolResultBlock = {
      type: "tool_result",
      toolUseId: id,
      content: [textBlock(text)],
      ...(outcome !== "ok" && { isError: true }),
    };
    emit({ type: "tool_finished", turn, call: id, name, outcome, result, ms: 0 });
    return { result, failed: outcome !== "ok", ...(outcome === "interrupted" && { declined: true }) };
  };
  return {
    id,
    name,
    signature: `${name} ${JSON.stringify(input)}`,
    footprint: tool?.footprint?.(input) ?? { kind: "read", paths: [] },
    skip: (why) => finish(`skipped: ${why}`, "interrupted"),
    async run(signal, begin) {
      if (!tool) return finish(`no tool ${name}`, "error");
      begin();
      emit({ type: "tool_started", turn, call: id, name, title: name, inputHash: "", readOnly: true });
      try {
        return finish(await tool.run(input, signal), "ok");
      } catch (error) {
        return finish(String(error), signal.aborted ? "interrupted" : "error");
      }
    },
  };
}

/** The messages a provider would get, built the plain way: a second opinion on the projection. */
export function historyOf(events: readonly AgentEvent[]): Message[] {
  const messages: Message[] = [];
  const results = new Map<string, ToolResultBlock>();
  for (const event of events) if (event.type === "tool_finished") results.set(event.call, event.result);
  for (const event of events) {
    if (event.type === "user_message" || event.type === "attachment") messages.push(event.message);
    if (event.type !== "assistant_message") continue;
    messages.push(event.message);
    const content = event.message.content.flatMap((block) =>
      block.type === "tool_use"
        ? [results.get(block.id) ?? { type: "tool_result" as const, toolUseId: block.id, content: [] }]
        : [],
    );
    if (content.length > 0) messages.push({ id: `r-${event.message.id}`, role: "user", content });
  }
  return messages;
}

/** Why a provider would refuse this history; empty = legal. */
export function illegalities(messages: readonly Message[]): string[] {
  const problems: string[] = [];
  for (const [position, message] of messages.entries()) {
    const uses = message.content.flatMap((block) => (block.type === "tool_use" ? [block.id] : []));
    const next = messages[position + 1];
    const answered = next?.content.flatMap((block) => (block.type === "tool_result" ? [block.toolUseId] : [])) ?? [];
    if (new Set(uses).size !== uses.length) problems.push(`message ${position}: two calls with one id`);
    if (message.role === "assistant" && uses.length > 0 && JSON.stringify(uses) !== JSON.stringify(answered))
      problems.push(`message ${position}: calls ${uses.join()} answered by ${answered.join()}`);
  }
  return problems;
}

function lineOf(event: AgentEvent): string | null {
  switch (event.type) {
    case "user_message":
      return `> ${event.via === "prompt" ? "" : `(${event.via}) `}${textOf(event.message.content)}`;
    case "assistant_message":
      return `< ${event.message.content.map((block) => (block.type === "tool_use" ? `[${block.name}]` : block.type === "text" ? block.text : `(${block.type})`)).join(" ")}`;
    case "tool_finished":
      return `= ${event.name}: ${textOf(event.result.content)}${event.outcome === "ok" ? "" : ` (${event.outcome})`}`;
    case "turn_continues":
      return `~ ${event.reason}`;
    case "turn_ended":
      return `. ${event.reason}${event.problem ? `: ${event.problem.kind}` : ""}`;
    case "reply_discarded":
      return `x ${event.error.kind}`;
    case "limit_warning":
    case "limit_reached":
      return `! ${event.type} ${event.limit}`;
    default:
      return null;
  }
}

export function pause(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal?.addEventListener("abort", () => (clearTimeout(timer), resolve()), { once: true });
  });
}
