import type { AgentEvent } from "../../shared/protocol/agent";
import type { Block, Message } from "../../shared/protocol/messages";
import type { Usage } from "../../shared/protocol/model";
import { addFeatures, blockFeatures, messageFeatures, noFeatures, type Features } from "./token-features";
import { TokenWeights } from "./token-weights";

interface Part {
  content: readonly Block[];
  features: Features;
}

/**
 * How full the window is: what the provider last reported plus what was added since, by weights learned from
 * its earlier reports. Reading it is one small sum.
 */
export class TokenLedger {
  /** Input and output of the last reply, as reported. */
  #anchor: number | null = null;
  /** What the anchor does not hold yet, and how much of that the request under way has. */
  #pending = noFeatures();
  #sent = noFeatures();
  #fixed = noFeatures();
  #freed = 0;
  #freedBefore = 0;
  /** Something was taken out or put back since: the next report says nothing about the weights. */
  #disturbed = false;
  #weights = new TokenWeights();
  /** What no report has counted yet; the first of it is in the request under way. */
  #uncounted: Part[] = [];
  #asked = 0;
  /** What a content took by the report that was the first to hold it: better than any estimate once it is taken out. */
  #counted = new WeakMap<readonly Block[], number>();

  get tokens(): number {
    const added = this.#weights.estimate(this.#pending) + (this.#anchor ?? this.#weights.estimate(this.#fixed));
    return Math.max(0, Math.round(added - this.#freed));
  }

  /** The provider has reported on this conversation. */
  get anchored(): boolean {
    return this.#anchor !== null;
  }

  /** Of a part of the request, by what was learned so far. */
  estimate(features: Features): number {
    return this.#weights.estimate(features);
  }

  /** Messages were exchanged for others. */
  changed(before: readonly Message[], after: readonly Message[]): void {
    this.freed(this.#sizeOf(before) - this.#sizeOf(after));
  }

  /** System prompt and tools; count until the first report. */
  set fixed(features: Features) {
    this.#fixed = features;
  }

  /** The provider counted the request that is under way: no need to guess until it reports. */
  counted(tokens: number): void {
    if (!this.anchored && !this.#disturbed) this.#weights.learn(addFeatures(Float64Array.from(this.#fixed), this.#sent), tokens);
  }

  /** Another tokenizer: everything shown is counted anew. */
  rebase(messages: readonly Message[]): void {
    this.#weights = new TokenWeights();
    this.#startAt(null, messages);
  }

  /** A conversation that goes on in a new process: what was reported last, and what came after it. */
  resume(reported: number | null, since: readonly Message[], freed: number): void {
    this.#startAt(reported, since);
    this.freed(freed);
  }

  /** A level took this much out; it must not fire again for the same tokens. */
  freed(tokens: number): void {
    if (tokens === 0) return;
    this.#freed += tokens;
    this.#disturbed = true;
  }

  observe(event: AgentEvent): void {
    switch (event.type) {
      case "user_message":
      case "attachment":
        this.#add(event.message.content, messageFeatures(event.message));
        break;
      case "tool_finished":
        this.#add(event.result.content, blockFeatures(event.result));
        break;
      case "request_started":
        this.#sent = Float64Array.from(this.#pending);
        this.#freedBefore = this.#freed;
        this.#asked = this.#uncounted.length;
        break;
      case "assistant_message":
        this.#reported(event.usage, event.message);
        break;
      default:
    }
  }

  #add(content: readonly Block[], features: Features): void {
    addFeatures(this.#pending, features);
    this.#uncounted.push({ content, features });
  }

  #startAt(anchor: number | null, messages: readonly Message[]): void {
    this.#anchor = anchor;
    this.#pending = noFeatures();
    for (const message of messages) addFeatures(this.#pending, messageFeatures(message));
    this.#sent = noFeatures();
    this.#uncounted = [];
    this.#asked = 0;
    this.#counted = new WeakMap();
    this.#freed = this.#freedBefore = 0;
    this.#disturbed = anchor !== null;
  }

  #reported(usage: Usage, reply: Message): void {
    const input = usage.inputTokens + usage.cacheReadTokens + usage.cacheWriteTokens;
    const parts = this.#uncounted.splice(0, this.#asked);
    this.#asked = 0;
    if (input === 0) {
      // A server that reports nothing leaves us with estimates.
      addFeatures(this.#pending, messageFeatures(reply));
      return;
    }
    if (!this.#disturbed) {
      if (this.#anchor !== null) this.#count(parts, input - this.#anchor);
      if (this.#anchor === null) this.#weights.learn(addFeatures(Float64Array.from(this.#fixed), this.#sent), input);
      else if (input > this.#anchor) this.#weights.learn(this.#sent, input - this.#anchor);
    }
    this.#anchor = input + usage.outputTokens;
    this.#counted.set(reply.content, usage.outputTokens);
    addFeatures(this.#pending, this.#sent, -1);
    this.#sent = noFeatures();
    this.#freed -= this.#freedBefore;
    this.#freedBefore = 0;
    this.#disturbed = this.#freed !== 0;
  }

  /** Each has its share of what the request added. */
  #count(parts: readonly Part[], added: number): void {
    const share = added / this.#weights.estimate(this.#sent);
    if (!(share >= 0.25 && share <= 4)) return;
    for (const { content, features } of parts) this.#counted.set(content, share * this.#weights.estimate(features));
  }

  #sizeOf(messages: readonly Message[]): number {
    let counted = 0;
    const rest = noFeatures();
    for (const message of messages) {
      const whole = this.#counted.get(message.content);
      counted += whole ?? 0;
      if (whole !== undefined) continue;
      addFeatures(rest, messageFeatures(message));
      for (const block of message.content) {
        const known = block.type === "tool_result" ? this.#counted.get(block.content) : undefined;
        if (known === undefined) continue;
        counted += known;
        addFeatures(rest, blockFeatures(block), -1);
      }
    }
    return counted + this.#weights.estimate(rest);
  }
}
