import { goesOn } from "../../shared/goes-on";
import type { AgentEvent } from "../../shared/protocol/agent";
import type { Block, Message } from "../../shared/protocol/messages";
import type { ModelRequest, ToolSpec } from "../../shared/protocol/model";

/** What may break the cached prefix. Whatever is not here is a mistake, and fails a test. */
export type AllowedBreak = "reduction" | "undo" | "model" | "tool_loaded";
export type BreakCause = AllowedBreak | "unexplained";

export interface PrefixRecord {
  /** Characters in the texts of system, tools and messages. */
  chars: number;
  /** Of the request before, and how many of them this one repeats from its beginning. */
  before: number;
  shared: number;
  /** Null: the whole request before is this one's beginning. */
  cause: BreakCause | null;
  /** The first part that differs. */
  at?: string;
}

export interface PrefixFigures {
  requests: number;
  before: number;
  shared: number;
  breaks: Record<BreakCause, number>;
  /** Only those; a healthy session has none. */
  unexplained: PrefixRecord[];
}

type Part = ToolSpec | { text: string } | Message;

interface Sent {
  request: ModelRequest;
  chars: number;
}

/**
 * Compares each request with the one before it: how much of it the provider can read from its cache, and why
 * not more. Parts never change, so mostly it is enough to see that the old ones are still there.
 */
export class PrefixLedger {
  readonly #chars = new WeakMap<Part, number>();
  #previous: Sent | undefined;
  #cause: AllowedBreak | null = null;
  readonly #figures: PrefixFigures = { requests: 0, before: 0, shared: 0, breaks: noBreaks(), unexplained: [] };

  get figures(): PrefixFigures {
    return this.#figures;
  }

  /** Events that explain a break of the next request. */
  observe(event: AgentEvent): void {
    if (event.type === "model_changed") this.#cause = "model";
    else if (event.type === "context_restored" || event.type === "kept_changed") this.#cause = "undo";
    else if (event.type === "context_reduced" && event.level > 1) this.#cause = "reduction";
  }

  note(request: ModelRequest): PrefixRecord {
    const previous = this.#previous;
    const record: PrefixRecord = { chars: 0, before: previous?.chars ?? 0, shared: 0, cause: null };
    if (previous && wentOn(previous.request, request)) {
      record.shared = previous.chars;
      record.chars = previous.chars + this.#sum(request.messages.slice(previous.request.messages.length));
    } else {
      record.chars = this.#sum(partsOf(request));
      if (previous) this.#compare(record, previous.request, request);
    }
    this.#previous = { request, chars: record.chars };
    this.#cause = null;
    this.#count(record);
    return record;
  }

  #count(record: PrefixRecord): void {
    const { figures } = this;
    figures.requests++;
    figures.before += record.before;
    figures.shared += record.shared;
    if (record.cause) figures.breaks[record.cause]++;
    if (record.cause === "unexplained") figures.unexplained.push(record);
  }

  #compare(record: PrefixRecord, before: ModelRequest, request: ModelRequest): void {
    if (before.model !== request.model) {
      // Another model has a cache of its own.
      Object.assign(record, { cause: this.#cause ?? "unexplained", at: "model" });
      return;
    }
    const [olds, parts] = [partsOf(before), partsOf(request)];
    const at = olds.findIndex((old, index) => !isSame(old, parts[index]));
    record.shared = this.#sum(olds.slice(0, at < 0 ? olds.length : at));
    if (at < 0) return;
    const now = parts[at];
    if (now) record.shared += Math.min(charsIn(olds[at]), commonChars(serialised(olds[at]!), serialised(now)));
    const loaded = at === before.tools.length && request.tools.length > before.tools.length;
    record.cause = loaded ? "tool_loaded" : (this.#cause ?? "unexplained");
    record.at = nameOf(at, request);
  }

  #sum(parts: readonly Part[]): number {
    let sum = 0;
    for (const part of parts) {
      let chars = this.#chars.get(part);
      if (chars === undefined) this.#chars.set(part, (chars = charsIn(part)));
      sum += chars;
    }
    return sum;
  }
}

/** Nothing is serialised to be counted: this is done for every message. */
function charsIn(value: unknown): number {
  if (typeof value === "string") return value.length;
  if (typeof value !== "object" || value === null) return 1;
  let sum = 0;
  for (const one of Object.values(value)) sum += charsIn(one);
  return sum;
}

const partsOf = ({ tools, system, messages }: ModelRequest): Part[] => [...tools, ...system, ...messages];

/** Of tools and system nothing may be added either: messages come behind them. */
function wentOn(before: ModelRequest, now: ModelRequest): boolean {
  return (
    before.model === now.model &&
    before.tools.length === now.tools.length &&
    before.system.length === now.system.length &&
    goesOn<Part>(before.tools, now.tools) &&
    goesOn<Part>(before.system, now.system) &&
    goesOn<Part>(before.messages, now.messages)
  );
}

const isSame = (a: Part, b: Part | undefined): boolean => a === b || (b !== undefined && serialised(a) === serialised(b));

/** Without what never goes over the wire: a message's id, where its text came from. */
function serialised(part: Part): string {
  if (!("role" in part)) return "text" in part ? part.text : JSON.stringify(part);
  return JSON.stringify([part.role, part.content.map(withoutOrigin)]);
}

const withoutOrigin = (block: Block): object => ({
  ...block,
  origin: undefined,
  ...(block.type === "tool_result" && { content: block.content.map(withoutOrigin) }),
});

const noBreaks = (): Record<BreakCause, number> => ({ reduction: 0, undo: 0, model: 0, tool_loaded: 0, unexplained: 0 });

function nameOf(at: number, { tools, system }: ModelRequest): string {
  if (at < tools.length) return `tools[${at}]`;
  return at < tools.length + system.length ? `system[${at - tools.length}]` : `messages[${at - tools.length - system.length}]`;
}

function commonChars(a: string, b: string): number {
  const end = Math.min(a.length, b.length);
  let at = 0;
  while (at < end && a.charCodeAt(at) === b.charCodeAt(at)) at++;
  return at;
}
