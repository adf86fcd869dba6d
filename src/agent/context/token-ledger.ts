import type { AgentEvent } from "../../shared/protocol/agent";
import type { Usage } from "../../shared/protocol/model";
import { estimateBlock, estimateMessage } from "./estimate";

/**
 * How full the window is: what the provider last reported plus what was added since, corrected by how wrong
 * earlier estimates were. Reading it is one addition.
 */
export class TokenLedger {
  /** Input and output of the last reply, as reported. */
  #anchor: number | null = null;
  /** Estimated tokens that the anchor does not hold yet, before correction. */
  #pending = 0;
  #sent = 0;
  #fixed = 0;
  /** True tokens per estimated one, learned for this model. */
  #factor = 1;
  #learned = 0;

  get tokens(): number {
    return this.#anchor === null
      ? Math.round((this.#fixed + this.#pending) * this.#factor)
      : Math.max(0, Math.round(this.#anchor + this.#pending * this.#factor));
  }

  get factor(): number {
    return this.#factor;
  }

  /** System prompt and tools, estimated; counts until the first report. */
  set fixed(tokens: number) {
    this.#fixed = tokens;
  }

  /** Another tokenizer: what was learned does not hold. */
  reset(): void {
    this.#learned = 0;
  }

  /** A level took this much out; it must not fire again for the same tokens. */
  freed(tokens: number): void {
    this.#pending -= tokens / this.#factor;
  }

  observe(event: AgentEvent): void {
    switch (event.type) {
      case "user_message":
      case "attachment":
        this.#pending += estimateMessage(event.message);
        break;
      case "tool_finished":
        this.#pending += estimateBlock(event.result);
        break;
      case "request_started":
        this.#sent = this.#pending;
        break;
      case "assistant_message":
        this.#reported(event.usage);
        break;
      default:
    }
  }

  #reported(usage: Usage): void {
    const input = usage.inputTokens + usage.cacheReadTokens + usage.cacheWriteTokens;
    // A server that reports nothing leaves us with estimates.
    if (input === 0) return;
    const estimated = this.#anchor === null ? this.#fixed + this.#sent : this.#sent;
    const real = this.#anchor === null ? input : input - this.#anchor;
    if (estimated > 50 && real > 0) this.#learn(real / estimated);
    this.#anchor = input + usage.outputTokens;
    this.#pending -= this.#sent;
    this.#sent = 0;
  }

  /** The first reports count fully, later ones a quarter; a single odd one cannot throw it off. */
  #learn(ratio: number): void {
    const bounded = Math.min(4, Math.max(0.25, ratio));
    const weight = this.#learned === 0 ? 1 : 0.25;
    this.#factor += (bounded - this.#factor) * weight;
    this.#learned++;
  }
}
