import type { AgentEvent } from "../../shared/protocol/agent";
import type { Message } from "../../shared/protocol/messages";
import type { ModelRequest, ToolSpec } from "../../shared/protocol/model";

/** What may break the cached prefix. Whatever is not here is a mistake, and fails a test. */
export type AllowedBreak = "reduction" | "undo" | "model" | "tool_loaded";
export type BreakCause = AllowedBreak | "unexplained";

export interface PrefixRecord {
  /** Characters of system, tools and messages as they are serialised. */
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
  parts: readonly Part[];
  prints: readonly Print[];
  tools: number;
  model: string | undefined;
  chars: number;
}

interface Print {
  chars: number;
  hash: string;
}

/**
 * Compares each request with the one before it: how much of it the provider can read from its cache, and why
 * not more. Each part is serialised once in its life.
 */
export class PrefixLedger {
  readonly #prints = new WeakMap<Part, Print>();
  #previous: Sent | undefined;
  #cause: AllowedBreak | null = null;
  readonly #figures: PrefixFigures = { requests: 0, before: 0, shared: 0, breaks: noBreaks(), unexplained: [] };

  /** `digest` tells texts apart; it need not withstand anybody. */
  constructor(private readonly digest: (text: string) => string) {}

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
    const parts: Part[] = [...request.tools, ...request.system, ...request.messages];
    const previous = this.#previous;
    const prints = parts.map((part, at) => (previous && previous.parts[at] === part ? previous.prints[at]! : this.#print(part)));
    const chars = prints.reduce((sum, print) => sum + print.chars, 0);
    const record: PrefixRecord = { chars, before: previous?.chars ?? 0, shared: 0, cause: null };
    if (previous) compare(record, previous, { parts, prints, request }, this.#cause);
    this.#previous = { parts, prints, tools: request.tools.length, model: request.model, chars };
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

  #print(part: Part): Print {
    const known = this.#prints.get(part);
    if (known) return known;
    const text = serialised(part);
    const print = { chars: text.length, hash: this.digest(text) };
    this.#prints.set(part, print);
    return print;
  }
}

function compare(
  record: PrefixRecord,
  previous: Sent,
  { parts, prints, request }: { parts: readonly Part[]; prints: readonly Print[]; request: ModelRequest },
  cause: AllowedBreak | null,
): void {
  if (previous.model !== request.model) {
    // Another model has a cache of its own.
    Object.assign(record, { cause: cause ?? "unexplained", at: "model" });
    return;
  }
  let at = 0;
  while (at < previous.parts.length && at < parts.length && samePrint(previous.prints[at]!, prints[at]!))
    record.shared += prints[at++]!.chars;
  const old = previous.parts[at];
  if (!old) return;
  const now = parts[at];
  if (now) record.shared += commonChars(serialised(old), serialised(now));
  const loaded = at === previous.tools && request.tools.length > previous.tools;
  record.cause = loaded ? "tool_loaded" : (cause ?? "unexplained");
  record.at = nameOf(at, request);
}

const samePrint = (a: Print, b: Print): boolean => a === b || (a.chars === b.chars && a.hash === b.hash);

/** Without what never goes over the wire: a message's id, where its text came from. */
function serialised(part: Part): string {
  if (!("role" in part)) return "text" in part ? part.text : JSON.stringify(part);
  return JSON.stringify([part.role, part.content], (key, value: unknown) => (key === "origin" ? undefined : value));
}

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
