import type { AgentEvent, ContextReduction, Op, Todo } from "../../shared/protocol/agent";
import { textBlock, type Message } from "../../shared/protocol/messages";
import type { ModelRequest, StreamEvent } from "../../shared/protocol/model";
import { estimateMessage } from "./estimate";
import { staleScaffolding } from "./levels/2-snip";
import { oldResults } from "./levels/3-clear";
import { collapseOlder, cutAt } from "./levels/4-collapse";
import { composeSummary, fittingHistory, parseSummary, summaryRequest } from "./levels/5-summary";
import type { ContextPipeline, FitInput, Fitted } from "./pipeline";
import { nextAction, type Action, type Fill } from "./policy";
import { recentFiles } from "./recovery";
import { TokenLedger } from "./token-ledger";

export interface ContextOptions {
  /** Tokens the model takes, and what is left free for a reply. */
  window(): number;
  reserve?: number;
  /** What the model is shown now. */
  messages(): readonly Message[];
  /** The whole conversation, for lists that must not forget. */
  everything(): readonly Message[];
  todos(): readonly Todo[];
  emit(event: AgentEvent): void;
  /** The conversation's request with these messages: same prompt, same tools, same cached prefix. */
  fork(messages: readonly Message[]): ModelRequest;
  model(request: ModelRequest, signal: AbortSignal): AsyncIterable<StreamEvent>;
  readFile(path: string): Promise<string | null>;
  /** The provider can clear old results itself. */
  providerClears(): boolean;
  enabled(): boolean;
  newId(): string;
  now(): number;
}

interface PreparedSummary {
  upTo: string;
  covered: readonly Message[];
  text: string;
}

const CHARS_A_TOKEN = 3.6;
const KEEP_RESULTS = 5;
const MAX_FAILURES = 3;

export function createContext(options: ContextOptions): ContextPipeline {
  return new Context(options);
}

/** The five levels in order of cost. Each leaves an event with its own figures; the log itself never shrinks. */
class Context implements ContextPipeline {
  readonly #options: ContextOptions;
  readonly #ledger = new TokenLedger();
  #lastRequest = 0;
  #lastTurn = "";
  /** Latched: once asked for, the provider keeps clearing with the same figures. */
  #providerClearing: ModelRequest["clearToolUses"];
  #summary: { state: "none" | "running" | "off" } | { state: "ready"; prepared: PreparedSummary } = { state: "none" };
  #abortSummary: AbortController | undefined;
  #failures = 0;
  /** Views that can be rolled back, newest last. */
  readonly #active: { id: string; level: 4 | 5; freed: number }[] = [];

  constructor(options: ContextOptions) {
    this.#options = options;
  }

  async fit({ turn, messages, fixedChars }: FitInput): Promise<Fitted> {
    this.#ledger.fixed = fixedChars / CHARS_A_TOKEN;
    let fitted = messages;
    if (this.#options.enabled()) {
      const action = nextAction(this.#fill(turn, messages));
      if (action !== "none" && (await this.#act(action, turn, messages))) fitted = this.#options.messages();
    }
    this.#lastRequest = this.#options.now();
    this.#lastTurn = turn;
    const { tokens } = this.#ledger;
    this.#options.emit({
      type: "context_measured",
      turn,
      tokens,
      window: this.#options.window(),
      sources: sourcesOf(fitted, fixedChars / CHARS_A_TOKEN),
    });
    return {
      messages: fitted,
      estimatedTokens: tokens,
      ...(this.#providerClearing && { extra: { clearToolUses: this.#providerClearing } }),
    };
  }

  /** The provider refused the length: whatever frees most, at once, without asking a model first. */
  async emergency(turn: string): Promise<boolean> {
    const messages = this.#options.messages();
    const cleared = this.#clear(turn, messages, 1);
    this.#snip(turn, this.#options.messages());
    // The real window is smaller than we thought: go by what is there, not by what should fit.
    const collapsed = this.#collapse(
      turn,
      this.#options.messages(),
      Math.min(this.#usable() * 0.3, total(this.#options.messages()) * 0.4),
    );
    return cleared || collapsed;
  }

  observe(event: AgentEvent): void {
    this.#ledger.observe(event);
    if (event.type === "model_changed") this.#ledger.reset();
  }

  async handle(op: Op): Promise<void> {
    if (op.op === "compact") await this.#compactNow(op.instructions);
    if (op.op === "undo_compaction") this.#undo();
  }

  #usable(): number {
    const window = this.#options.window();
    return Math.max(window * 0.5, window - (this.#options.reserve ?? 20_000));
  }

  #fill(turn: string, messages: readonly Message[]): Fill {
    const usable = this.#usable();
    const { tokens } = this.#ledger;
    const busy = tokens / usable >= 0.15;
    const clearable = busy ? oldResults(messages, KEEP_RESULTS).freedTokens : 0;
    return {
      tokens,
      usable,
      idleMs: this.#lastRequest === 0 ? 0 : this.#options.now() - this.#lastRequest,
      atTurnStart: turn !== this.#lastTurn,
      summary: this.#summary.state,
      collapsed: this.#active.some((view) => view.level === 4),
      providerClears: this.#options.providerClears() && this.#providerClearing === undefined,
      clearable,
      rewritten: tokens,
    };
  }

  /** True when the projection changed. */
  async #act(action: Exclude<Action, "none">, turn: string, messages: readonly Message[]): Promise<boolean> {
    switch (action) {
      case "clear_cold":
      case "clear_now":
        return this.#clear(turn, messages, KEEP_RESULTS);
      case "clear_warm":
        this.#clearAtProvider(turn, messages);
        return false;
      case "start_summary":
        void this.#prepare(messages);
        return false;
      case "swap_summary":
        return this.#summary.state === "ready" ? this.#swap(turn, this.#summary.prepared) : false;
      case "collapse":
        this.#snip(turn, messages);
        return this.#collapse(turn, this.#options.messages(), this.#usable() * 0.4);
    }
  }

  #clear(turn: string, messages: readonly Message[], keep: number): boolean {
    const { calls, freedTokens } = oldResults(messages, keep);
    if (calls.length === 0) return false;
    this.#reduced(turn, 3, freedTokens, { kind: "cleared_results", calls, by: "engine" });
    return true;
  }

  #clearAtProvider(turn: string, messages: readonly Message[]): void {
    const { calls, freedTokens } = oldResults(messages, KEEP_RESULTS);
    this.#providerClearing = {
      keep: KEEP_RESULTS,
      triggerTokens: Math.round(this.#usable() * 0.5),
      clearAtLeastTokens: Math.round(this.#usable() * 0.05),
    };
    // What the provider clears shows in its next report; nothing is subtracted here.
    this.#options.emit({
      type: "context_reduced",
      turn,
      level: 3,
      freedTokens,
      detail: { kind: "cleared_results", calls, by: "provider" },
    });
  }

  #snip(turn: string, messages: readonly Message[]): void {
    const snip = staleScaffolding(messages);
    if (snip.messages.length > 0) this.#reduced(turn, 2, snip.freedTokens, { kind: "snipped", messages: snip.messages });
  }

  #collapse(turn: string, messages: readonly Message[], keepTokens: number): boolean {
    const id = this.#options.newId();
    const collapse = collapseOlder(messages, id, keepTokens);
    if (!collapse) return false;
    this.#active.push({ id, level: 4, freed: collapse.freedTokens });
    this.#reduced(turn, 4, collapse.freedTokens, { kind: "collapsed", id, messages: collapse.messages, view: collapse.view });
    return true;
  }

  /** Level 5 works in the background on a frozen history; the conversation goes on meanwhile. */
  async #prepare(messages: readonly Message[], instructions?: string): Promise<boolean> {
    const cut = cutAt(messages, Math.min(this.#usable() * 0.12, total(messages) * 0.3));
    const covered = messages.slice(0, cut);
    // A view's own messages are not in the log: only what is there can mark the place.
    const logged = new Set(this.#options.everything().map((message) => message.id));
    const upTo = covered.findLast((message) => logged.has(message.id));
    if (!upTo || covered.length < 4) return false;
    this.#summary = { state: "running" };
    this.#abortSummary = new AbortController();
    const { messages: fitting, dropped } = fittingHistory(covered, this.#usable() * 0.95);
    if (dropped > 0)
      this.#options.emit({
        type: "notice",
        level: "info",
        message: `The summary was made without the oldest ${dropped} messages: they did not fit. Recall still finds them.`,
      });
    const text = await this.#ask(
      [...fitting, { id: this.#options.newId(), role: "user", content: [textBlock(summaryRequest(instructions), "engine")] }],
      this.#abortSummary.signal,
    );
    if (text === null || parseSummary(text) === null) return this.#failed();
    this.#failures = 0;
    this.#summary = { state: "ready", prepared: { upTo: upTo.id, covered, text } };
    return true;
  }

  async #ask(messages: readonly Message[], signal: AbortSignal): Promise<string | null> {
    let text = "";
    for await (const event of this.#options.model(this.#options.fork(messages), signal)) {
      if (event.type === "block_stop" && event.block.type === "text") text += event.block.text;
      if (event.type === "error") return null;
    }
    return text;
  }

  #failed(): false {
    this.#failures++;
    const off = this.#failures >= MAX_FAILURES;
    this.#summary = { state: off ? "off" : "none" };
    if (off)
      this.#options.emit({
        type: "notice",
        level: "warning",
        message: "The conversation could not be summarised three times in a row.",
        next: "Stride goes on by leaving out old results; start a new conversation when it gets vague.",
      });
    return false;
  }

  async #swap(turn: string, prepared: PreparedSummary): Promise<boolean> {
    this.#summary = { state: "none" };
    const parts = parseSummary(prepared.text);
    if (!parts || !this.#options.messages().some((message) => message.id === prepared.upTo)) return false;
    const id = this.#options.newId();
    const { everything, todos, readFile } = this.#options;
    const log = uptoMessage(everything(), prepared.upTo);
    const { summary, removed } = composeSummary(id, parts, prepared.covered, todos(), log);
    const restored = await recentFiles(id, prepared.covered, readFile);
    const freed = total(prepared.covered) - total([summary, ...restored]);
    this.#active.push({ id, level: 5, freed });
    this.#reduced(turn, 5, freed, { kind: "summarised", id, upTo: prepared.upTo, summary, restored, kept: [] });
    if (removed.length > 0)
      this.#options.emit({
        type: "notice",
        level: "warning",
        message: `Left out of the summary, because only a file or a command said it: “${removed[0]}”`,
      });
    return true;
  }

  async #compactNow(instructions?: string): Promise<void> {
    this.#abortSummary?.abort();
    if (await this.#prepare(this.#options.messages(), instructions)) {
      if (this.#summary.state === "ready") await this.#swap(this.#lastTurn, this.#summary.prepared);
      return;
    }
    this.#options.emit({
      type: "notice",
      level: "info",
      message: "There is nothing to compact yet, or the model could not summarise it.",
    });
  }

  #undo(): void {
    const last = this.#active.pop();
    if (!last) return this.#options.emit({ type: "notice", level: "info", message: "There is no compaction to undo." });
    this.#ledger.freed(-last.freed);
    this.#options.emit({ type: "context_restored", turn: this.#lastTurn, level: last.level, id: last.id });
  }

  #reduced(turn: string, level: 2 | 3 | 4 | 5, freedTokens: number, detail: ContextReduction): void {
    this.#ledger.freed(freedTokens);
    this.#options.emit({ type: "context_reduced", turn, level, freedTokens, detail });
  }
}

const total = (messages: readonly Message[]): number => messages.reduce((sum, message) => sum + estimateMessage(message), 0);

function uptoMessage(messages: readonly Message[], id: string): readonly Message[] {
  const at = messages.findIndex((message) => message.id === id);
  return at < 0 ? messages : messages.slice(0, at + 1);
}

/** For the meter: what the window is filled with. */
function sourcesOf(messages: readonly Message[], fixed: number): Record<string, number> {
  const sources: Record<string, number> = { system: Math.round(fixed), results: 0, instructions: 0, messages: 0 };
  for (const message of messages) {
    const [first] = message.content;
    const source =
      first?.type === "tool_result"
        ? "results"
        : first?.type === "text" && first.origin === "instructions"
          ? "instructions"
          : "messages";
    sources[source] = (sources[source] ?? 0) + estimateMessage(message);
  }
  return sources;
}
