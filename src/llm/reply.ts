import type { Block, Message } from "../shared/protocol/messages";
import type { BlockStart, ModelError, StopReason, StreamEvent, Usage } from "../shared/protocol/model";
import { noUsage } from "../shared/protocol/model";
import { modelError, type FailureSite } from "./failures";
import { invalidInput, parseToolInput, wellFormed } from "./tool-input";

type OpenBlock =
  | { type: "text"; text: string[]; half: string }
  | { type: "thinking"; text: string[]; half: string; signature: string }
  | { type: "redacted_thinking"; data: string }
  | { type: "tool_use"; id: string; name: string; text: string[]; whole: string }
  | { type: "opaque"; raw: Record<string, unknown>; text: string[] };

/**
 * One reply while it arrives, in whatever dialect: decoders say what they read, this says what it means.
 * It repairs what may be repaired and fails on what may not, so that no decoder has to think of it.
 */
export interface Reply {
  begin(model: string | undefined, usage: Partial<Usage>): void;
  open(index: number, block: OpenBlockSpec): void;
  isOpen(index: number): boolean;
  typeOf(index: number): OpenBlockSpec["type"] | null;
  append(index: number, text: string): void;
  /** A call's arguments in one piece; they stand if no piece of them came. */
  supply(index: number, whole: string): void;
  sign(index: number, signature: string): void;
  /** The raw block of an opaque one, to be extended as its deltas come. */
  opaque(index: number): Record<string, unknown> | null;
  close(index: number): void;
  /** Ends a tool call that was never closed by the provider: it is told, not run. */
  abandon(index: number, problem: string): void;
  /** The reply's last word was read; more may follow that only counts (usage). */
  stop(reason: StopReason): void;
  addUsage(usage: Partial<Usage>): void;
  fail(error: ModelError): void;
  /** What was read is against the rules: whatever it meant, the reply has a hole there. */
  broken(what: string): void;
  /** The bytes ended. */
  end(): void;
  /** Nothing more is at hand now: a stopped reply ends here. */
  settle(): void;
  /** A closed tool call waits to see whether the output limit cut the reply right behind it. */
  holds(): boolean;
  /** What is open now is for reading: nothing starts when it ends. */
  inText(): boolean;
  release(): void;
  readonly stopped: boolean;
  readonly over: boolean;
  /** Events since the last call. */
  take(): StreamEvent[];
}

export type OpenBlockSpec =
  | { type: "text" }
  | { type: "thinking"; signature?: string }
  | { type: "redacted_thinking"; data: string }
  | { type: "tool_use"; id: string; name: string }
  | { type: "opaque"; raw: Record<string, unknown> };

const highestIndex = 10_000;

/** `history`: what was sent; a call's id must not stand in it already, or its result would answer two calls. */
export function createReply(site: FailureSite, history: readonly Message[] = []): Reply {
  const open = new Map<number, OpenBlock>();
  const seen = new Set<number>();
  const ids = new Set<string>();
  let events: StreamEvent[] = [];
  let usage = noUsage();
  let begun = false;
  let over = false;
  let reason: StopReason | null = null;
  let held: { index: number; block: Block & { type: "tool_use" } } | null = null;

  const emit = (event: StreamEvent): void => {
    if (!over) events.push(event);
  };
  const fail = (error: ModelError): void => {
    // The last word was read before: nothing behind it takes it back.
    if (reason !== null && open.size === 0) return finishReply();
    // A held call was whole, but the reply is not: it is asked for again, so it must not have run.
    held = null;
    emit({ type: "error", error });
    over = true;
  };
  const violation = (what: string): void =>
    fail(modelError(site, "unavailable", `${site.provider} sent a broken reply (${what})`));
  const begin = (model: string | undefined, first: Partial<Usage>): void => {
    if (begun) return violation("it began twice");
    begun = true;
    count(first);
    emit({ type: "message_start", model: model ?? site.model, provider: site.provider, usage });
  };
  const count = (more: Partial<Usage>): void => {
    // Providers report running totals: the last known figure of each kind stands.
    usage = { ...usage, ...more };
  };
  const release = (): void => {
    if (held && reason === "max_tokens") held.block = { ...held.block, ...cutCall(held.block) };
    if (held) emit({ type: "block_stop", index: held.index, block: held.block });
    held = null;
  };
  const append = (index: number, text: string): void => {
    const block = open.get(index);
    if (!block || block.type === "redacted_thinking") return violation("text for a block that is not open");
    const whole = "half" in block ? pairUp(block, text) : text;
    if (whole === "") return;
    block.text.push(whole);
    if (block.type === "opaque") return;
    release();
    const last = events.at(-1);
    if (last?.type === "block_delta" && last.index === index) last.text += whole;
    else emit({ type: "block_delta", index, text: whole });
  };
  const close = (index: number): void => {
    const block = open.get(index);
    if (!block) return;
    if ("half" in block && block.half !== "") {
      block.half = "";
      append(index, "\ufffd");
    }
    open.delete(index);
    release();
    const finished = finish(block, site.provider);
    if (!finished) return violation("a block that is nested too deeply");
    if (finished.type === "tool_use") held = { index, block: finished };
    else emit({ type: "block_stop", index, block: finished });
  };
  const finishReply = (): void => {
    for (const [index, block] of open) {
      if (block.type === "tool_use") return violation("it ended inside a tool call");
      close(index);
    }
    release();
    emit({ type: "message_end", stopReason: reason ?? "end_turn", usage });
    over = true;
  };

  return {
    begin,
    open(index, spec) {
      if (reason !== null) return;
      if (!Number.isInteger(index) || index < 0 || index > highestIndex) return violation(`block number ${String(index)}`);
      if (seen.has(index)) return violation(`block ${index} began twice`);
      if (!begun) begin(undefined, {});
      seen.add(index);
      release();
      const block = opened(spec, (id) => ids.has(id) || isUsed(id, history));
      if (block.type === "tool_use") ids.add(block.id);
      open.set(index, block);
      emit({ type: "block_start", index, block: startOf(block) });
    },
    isOpen: (index) => open.has(index),
    typeOf: (index) => open.get(index)?.type ?? null,
    append,
    supply(index, whole) {
      const block = open.get(index);
      if (block?.type === "tool_use") block.whole = whole;
    },
    sign(index, signature) {
      const block = open.get(index);
      if (block?.type === "thinking") block.signature += signature;
      else if (!block) violation("a signature for a block that is not open");
    },
    opaque(index) {
      const block = open.get(index);
      return block?.type === "opaque" ? block.raw : null;
    },
    close,
    abandon(index, problem) {
      const block = open.get(index);
      if (block?.type !== "tool_use") return close(index);
      open.delete(index);
      release();
      const cut = invalidInput(block.text.join(""), problem);
      emit({ type: "block_stop", index, block: { type: "tool_use", id: block.id, name: block.name, ...cut } });
    },
    stop(why) {
      reason ??= why;
    },
    addUsage: count,
    fail,
    broken: violation,
    end() {
      if (over) return;
      if (reason !== null) finishReply();
      else violation("it ended early");
    },
    settle() {
      if (!over && reason !== null && open.size === 0) finishReply();
    },
    holds: () => held !== null,
    inText: () =>
      !held && reason === null && open.size > 0 && [...open.values()].every(({ type }) => type === "text" || type === "thinking"),
    release,
    get stopped() {
      return reason !== null;
    },
    get over() {
      return over;
    },
    take() {
      const taken = events;
      events = [];
      return taken;
    },
  };
}

const isUsed = (id: string, history: readonly Message[]): boolean =>
  history.some(
    ({ role, content }) => role === "assistant" && content.some((block) => block.type === "tool_use" && block.id === id),
  );

function opened(spec: OpenBlockSpec, isTaken: (id: string) => boolean): OpenBlock {
  switch (spec.type) {
    case "text":
      return { type: "text", text: [], half: "" };
    case "thinking":
      return { type: "thinking", text: [], half: "", signature: spec.signature ?? "" };
    case "redacted_thinking":
      return spec;
    case "opaque":
      return { ...spec, text: [] };
    case "tool_use": {
      // Exactly one result per call needs one id per call.
      const id = spec.id === "" || isTaken(spec.id) ? `call_${crypto.randomUUID().replaceAll("-", "")}` : spec.id;
      return { type: "tool_use", id, name: spec.name, text: [], whole: "" };
    }
  }
}

function startOf(block: OpenBlock): BlockStart {
  if (block.type === "tool_use") return { type: "tool_use", id: block.id, name: block.name };
  return { type: block.type === "text" || block.type === "thinking" ? block.type : "other" };
}

/** null = too deep to be kept or sent again. */
function finish(block: OpenBlock, provider: string): Block | null {
  switch (block.type) {
    case "text":
      return { type: "text", text: block.text.join("") };
    case "thinking":
      return { type: "thinking", thinking: block.text.join(""), signature: block.signature };
    case "redacted_thinking":
      return block;
    case "tool_use":
      return { type: "tool_use", id: block.id, name: block.name, ...parseToolInput(block.text.join("") || block.whole) };
    case "opaque": {
      if (!canBeWritten(block.raw)) return null;
      const input = block.text.length > 0 ? parseToolInput(block.text.join("")).input : undefined;
      return { type: "opaque", provider, raw: input ? { ...block.raw, input } : block.raw };
    }
  }
}

function canBeWritten(raw: unknown): boolean {
  try {
    return JSON.stringify(raw) !== "";
  } catch {
    return false;
  }
}

const cutCall = (block: { input: Record<string, unknown> }): ReturnType<typeof invalidInput> =>
  invalidInput(
    JSON.stringify(block.input),
    "the reply reached its output limit in this call, so it was not run; send it again, in smaller parts if it is long",
  );

/** Some providers cut a surrogate pair over two deltas: the first half waits for the second. */
function pairUp(block: { half: string }, text: string): string {
  const whole = block.half + text;
  const last = whole.charCodeAt(whole.length - 1);
  const cut = last >= 0xd800 && last <= 0xdbff;
  block.half = cut ? whole.slice(-1) : "";
  return wellFormed(cut ? whole.slice(0, -1) : whole);
}
