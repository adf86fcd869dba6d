import type { AgentEvent, ContextReduction, Op } from "../../shared/protocol/agent";
import type { Message } from "../../shared/protocol/messages";
import type { ModelRequest } from "../../shared/protocol/model";
import { BackgroundSummary } from "./background-summary";
import type { ContextOptions } from "./context-options";
import { estimateMessages } from "./estimate";
import { FirstCount } from "./first-count";
import { fixedFeatures } from "./fixed-part";
import { holdsCall } from "./kept";
import { staleScaffolding } from "./levels/2-snip";
import { oldResults } from "./levels/3-clear";
import type { ContextPipeline, FitInput, Fitted } from "./pipeline";
import { cacheLifeMs, clearFrom, nextAction, type Action, type Fill } from "./policy";
import { SourceMeter } from "./sources";
import { addFeatures, noFeatures } from "./token-features";
import { TokenLedger } from "./token-ledger";
import { Views } from "./views";

const KEEP_RESULTS = 8;
/** What a request may wait for files at a swap; somebody who asked for it has more time. */
const SWAP_MS = 40;
const ASKED_SWAP_MS = 2_000;
const USUAL = { readPrice: 0.1, writePrice: 1.25 };
/** From this share of the window on, a request nobody has reported on is worth a count of the provider's own. */
const COUNT_FROM = 0.5;

export function createContext(options: ContextOptions): ContextPipeline {
  return new Context(options);
}

/** The five levels in order of cost. Each leaves an event with its own figures; the log itself never shrinks. */
class Context implements ContextPipeline {
  readonly #options: ContextOptions;
  readonly #ledger = new TokenLedger();
  readonly #sources = new SourceMeter();
  readonly #summary: BackgroundSummary;
  readonly #firstCount: FirstCount;
  /** Views that can be rolled back, newest last. */
  readonly #views: Views;
  /** -Infinity: the cache was never written. */
  #lastRequest: number;
  #lastTurn = "";
  #requests = 0;
  #resumed: boolean;
  /** Latched: once asked for, the provider keeps clearing with the same figures. */
  #providerClearing: ModelRequest["clearToolUses"];
  #providerRefuses = false;
  /** Where the history was cut into last: before it nothing changes any more. */
  #settled: readonly string[] = [];
  /** The user took a compaction back: none on its own until there is no other way. */
  #held = false;

  constructor(options: ContextOptions) {
    const { resumed } = options;
    this.#options = options;
    this.#summary = new BackgroundSummary({ ...options, fork: (messages) => ({ ...options.fork(messages), ...this.#extra() }) });
    this.#firstCount = new FirstCount({ ...options, counted: (tokens) => this.#ledger.counted(tokens) });
    this.#views = new Views(
      {
        ...options,
        usable: () => this.#usable(),
        reduced: (turn, level, freedTokens, detail) => this.#reduced(turn, level, freedTokens, detail),
      },
      resumed?.views ?? [],
    );
    this.#resumed = resumed !== undefined;
    this.#lastRequest = options.now() - (resumed?.idleMs ?? 0);
    if (resumed) this.#ledger.resume(resumed.reported, resumed.since, resumed.freedTokens);
  }

  async fit({ turn, messages, system, tools }: FitInput): Promise<Fitted> {
    const fixed = fixedFeatures(system, tools);
    this.#ledger.fixed = addFeatures(addFeatures(noFeatures(), fixed.system), fixed.tools);
    const action = nextAction(this.#fill(turn, messages));
    const fitted = action !== "none" && (await this.#act(action, turn, messages)) ? this.#options.messages() : messages;
    this.#lastRequest = this.#options.now();
    this.#lastTurn = turn;
    this.#requests++;
    const { tokens } = this.#ledger;
    const worth = !this.#ledger.anchored && tokens > COUNT_FROM * this.#options.window();
    this.#firstCount.want(worth ? () => ({ ...this.#options.fork(fitted), ...this.#extra() }) : null);
    const shares = { system: this.#ledger.estimate(fixed.system), tools: this.#ledger.estimate(fixed.tools) };
    const measure = (): void => {
      const sources = this.#sources.of(fitted, shares);
      this.#options.emit({ type: "context_measured", turn, tokens, window: this.#options.window(), sources });
    };
    if (this.#options.later) this.#options.later(measure);
    else measure();
    return { messages: fitted, estimatedTokens: tokens, extra: this.#extra() };
  }

  /** The provider refused the length: whatever frees most, at once, without asking a model first. */
  async emergency(turn: string): Promise<boolean> {
    const cleared = this.#clear(turn, this.#options.messages(), 1);
    this.#snip(turn, this.#options.messages());
    // The real window is smaller than we thought: go by what is there, not by what should fit.
    const keep = Math.min(this.#usable() * 0.3, estimateMessages(this.#options.messages()) * 0.4);
    return this.#views.collapse(turn, keep) || cleared;
  }

  observe(event: AgentEvent): void {
    this.#ledger.observe(event);
    if (event.type === "request_started") this.#firstCount.requestStarted();
    if (event.type === "assistant_message" || event.type === "turn_ended") this.#firstCount.stop();
    // A gateway that does not know the question: never ask it again.
    if (event.type === "reply_discarded" && event.error.kind === "invalid" && this.#providerClearing) {
      this.#providerClearing = undefined;
      this.#providerRefuses = true;
    }
    if (event.type !== "model_changed") return;
    this.#summary.drop();
    this.#providerClearing = undefined;
    this.#ledger.rebase(this.#options.messages());
  }

  async handle(op: Op): Promise<void> {
    if (op.op === "compact") await this.#compactNow(op.instructions);
    if (op.op === "undo_compaction") this.#undo();
    if (op.op === "keep") this.#keep(op.target, op.kept);
  }

  #usable(): number {
    const window = this.#options.window();
    return Math.max(window * 0.5, window - (this.#options.reserve ?? 20_000));
  }

  #room(): { usable: number; tokens: number } {
    return { usable: this.#usable(), tokens: this.#ledger.tokens };
  }

  #extra(): Partial<ModelRequest> {
    return {
      ...(this.#providerClearing && { clearToolUses: this.#providerClearing }),
      ...(this.#settled.length > 0 && { cacheAt: this.#settled }),
    };
  }

  #fill(turn: string, messages: readonly Message[]): Fill {
    const usable = this.#usable();
    const { tokens } = this.#ledger;
    const idleMs = this.#options.now() - this.#lastRequest;
    const first = this.#requests === 0 && !this.#resumed;
    const providerClears = this.#providerClearing
      ? "does"
      : this.#options.providerClears() && !this.#providerRefuses && !this.#options.kept?.().size
        ? "can"
        : "no";
    const looks = providerClears !== "does" && tokens / usable >= (idleMs > cacheLifeMs ? 0.15 : clearFrom);
    const results = looks ? oldResults(messages, KEEP_RESULTS, this.#options.kept?.()) : undefined;
    const price = this.#options.price?.();
    return {
      tokens,
      usable,
      idleMs: first ? 0 : idleMs,
      atTurnStart: turn !== this.#lastTurn,
      summary: this.#summary.state,
      collapsed: this.#views.collapsed,
      auto: this.#options.enabled() && !(this.#held && tokens / usable < 0.97),
      providerClears,
      clearable: results?.freedTokens ?? 0,
      rewritten: results?.rewritten ?? 0,
      ...(price && price.input > 0
        ? { readPrice: price.cacheRead ?? price.input, writePrice: price.cacheWrite ?? price.input }
        : USUAL),
      // A conversation that has gone on for long will probably go on.
      expectedRequests: Math.min(60, Math.max(10, this.#requests)),
    };
  }

  /** True when the projection changed. */
  async #act(action: Exclude<Action, "none">, turn: string, messages: readonly Message[]): Promise<boolean> {
    switch (action) {
      case "clear_cold":
      case "clear_batch":
      case "clear_now": {
        const cleared = this.#clear(turn, messages, KEEP_RESULTS);
        // The cache is written anew from there anyway: what else is stale goes with it.
        if (cleared) this.#snip(turn, this.#options.messages());
        return cleared;
      }
      case "clear_warm":
        this.#clearAtProvider(turn, messages);
        return false;
      case "start_summary":
        void this.#summary.prepare(messages, this.#room()).catch(() => this.#summary.drop());
        return false;
      case "swap_summary": {
        const prepared = this.#summary.take();
        return prepared !== null && this.#views.swap(turn, prepared, SWAP_MS);
      }
      case "collapse":
        this.#snip(turn, messages);
        // What the provider counts may be far above the estimate: then the share decides.
        return this.#views.collapse(turn, Math.min(this.#usable() * 0.4, estimateMessages(this.#options.messages()) * 0.6));
    }
  }

  #clear(turn: string, messages: readonly Message[], keep: number): boolean {
    const { calls, freedTokens, settled } = oldResults(messages, keep, this.#options.kept?.());
    if (calls.length === 0) return false;
    this.#reduced(turn, 3, freedTokens, { kind: "cleared_results", calls, by: "engine" });
    // The old place is still read from, the new one is written.
    if (settled !== undefined) this.#settled = [...this.#settled.slice(-1), settled];
    return true;
  }

  #clearAtProvider(turn: string, messages: readonly Message[]): void {
    const { calls, freedTokens } = oldResults(messages, KEEP_RESULTS, this.#options.kept?.());
    this.#providerClearing = {
      keep: KEEP_RESULTS,
      triggerTokens: Math.round(this.#usable() * clearFrom),
      clearAtLeastTokens: Math.round(this.#usable() * 0.05),
    };
    // What the provider clears shows in its next report; nothing is subtracted here.
    this.#options.emit({
      type: "context_reduced",
      turn,
      level: 3,
      freedTokens: Math.round(freedTokens),
      detail: { kind: "cleared_results", calls, by: "provider" },
    });
  }

  #snip(turn: string, messages: readonly Message[]): void {
    const snip = staleScaffolding(messages);
    if (snip.messages.length > 0) this.#reduced(turn, 2, snip.freedTokens, { kind: "snipped", messages: snip.messages });
  }

  async #compactNow(instructions?: string): Promise<void> {
    if (await this.#summary.prepare(this.#options.messages(), this.#room(), instructions)) {
      const prepared = this.#summary.take();
      if (prepared && (await this.#views.swap(this.#lastTurn, prepared, ASKED_SWAP_MS))) return;
    }
    this.#options.emit({
      type: "notice",
      level: "info",
      message: "There is nothing to compact yet, or the model could not summarise it.",
    });
  }

  #undo(): void {
    const last = this.#views.pop();
    if (!last) return this.#options.emit({ type: "notice", level: "info", message: "There is no compaction to undo." });
    this.#summary.drop();
    this.#held = true;
    this.#settled = [];
    this.#changing(() => this.#options.emit({ type: "context_restored", turn: this.#lastTurn, level: last.level, id: last.id }));
  }

  #keep(target: string, kept: boolean): void {
    if (kept === (this.#options.kept?.().has(target) ?? false)) return;
    if (!this.#options.everything().some((message) => message.id === target || holdsCall(message, target))) return;
    // The provider would clear it all the same: it knows calls by their age only.
    if (kept) this.#providerClearing = undefined;
    this.#changing(() => this.#options.emit({ type: "kept_changed", target, kept }));
  }

  /** What a change of the projection frees or brings back counts at once, by the weights learned so far. */
  #changing(change: () => void): void {
    const before = this.#options.messages();
    change();
    this.#ledger.changed(before, this.#options.messages());
  }

  #reduced(turn: string, level: 2 | 3 | 4 | 5, freedTokens: number, detail: ContextReduction): void {
    if (level > 3) [this.#held, this.#settled] = [false, []];
    this.#changing(() =>
      this.#options.emit({ type: "context_reduced", turn, level, freedTokens: Math.round(freedTokens), detail }),
    );
  }
}
