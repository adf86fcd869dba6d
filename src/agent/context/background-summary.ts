import type { AgentEvent } from "../../shared/protocol/agent";
import { textBlock, type Message } from "../../shared/protocol/messages";
import type { ModelError, ModelRequest, StreamEvent, Usage } from "../../shared/protocol/model";
import { estimateMessages } from "./estimate";
import { cutAt } from "./levels/4-collapse";
import { checkParts, fittingHistory, parseSummary, summaryRequest, type CheckedParts } from "./levels/5-summary";

export interface SummaryPorts {
  /** The conversation's request with these messages: same prompt, same tools, same cached prefix. */
  fork(messages: readonly Message[]): ModelRequest;
  model(request: ModelRequest, signal: AbortSignal): AsyncIterable<StreamEvent>;
  /** The whole conversation. */
  everything(): readonly Message[];
  emit(event: AgentEvent): void;
  /** What the call cost. */
  spent?(model: string, usage: Usage): void;
  newId(): string;
}

export interface PreparedSummary {
  /** The last message it covers, of those that are in the log. */
  upTo: string;
  covered: readonly Message[];
  parts: CheckedParts;
}

const MAX_FAILURES = 3;
const MAX_MS = 4 * 60_000;
const SHORTENINGS = 3;

/**
 * Level 5 works in the background, on a frozen history, by a call that rides on the conversation's cached
 * prefix. Nobody waits for it; whoever wants it takes it when it is ready.
 */
export class BackgroundSummary {
  readonly #ports: SummaryPorts;
  #state: "none" | "running" | "off" | PreparedSummary = "none";
  #abort: AbortController | undefined;
  #failures = 0;

  constructor(ports: SummaryPorts) {
    this.#ports = ports;
  }

  get state(): "none" | "running" | "ready" | "off" {
    return typeof this.#state === "string" ? this.#state : "ready";
  }

  /** Once: the next one must be made anew. */
  take(): PreparedSummary | null {
    if (typeof this.#state === "string") return null;
    const prepared = this.#state;
    this.#state = "none";
    return prepared;
  }

  /** The history it stands on is not the conversation's any more. */
  drop(): void {
    this.#abort?.abort();
    if (this.#state !== "off") this.#state = "none";
  }

  /** False: there is nothing to summarise, or it failed. */
  async prepare(
    messages: readonly Message[],
    window: { usable: number; tokens: number },
    instructions?: string,
  ): Promise<boolean> {
    const { usable, tokens } = window;
    const cut = cutAt(messages, Math.min(usable * 0.12, estimateMessages(messages) * 0.3));
    const covered = messages.slice(0, cut);
    // A view's own messages are not in the log: only what is there can mark the place.
    const logged = new Set(this.#ports.everything().map((message) => message.id));
    const upTo = covered.findLast((message) => logged.has(message.id));
    if (!upTo || covered.length < 4) return false;
    this.#abort?.abort();
    const abort = (this.#abort = new AbortController());
    this.#state = "running";
    // By the real count: what the provider clears on its side takes no room.
    const room = (usable * 0.95 * Math.max(1, estimateMessages(messages))) / Math.max(1, tokens);
    const text = await this.#ask(covered, room, instructions, AbortSignal.any([abort.signal, AbortSignal.timeout(MAX_MS)]));
    if (abort.signal.aborted) return false;
    const parts = text === null ? null : parseSummary(text);
    if (parts === null) return this.#failed();
    const checked = await checkParts(parts, this.#ports.everything());
    if (abort.signal.aborted) return false;
    this.#failures = 0;
    this.#state = { upTo: upTo.id, covered, parts: checked };
    return true;
  }

  /** Too long even for its own call: the oldest groups stay out, whole, and that is said. */
  async #ask(
    covered: readonly Message[],
    maxTokens: number,
    instructions: string | undefined,
    signal: AbortSignal,
  ): Promise<string | null> {
    const question: Message = {
      id: this.#ports.newId(),
      role: "user",
      content: [textBlock(summaryRequest(instructions), "engine")],
    };
    let limit = maxTokens;
    for (let attempt = 0; attempt <= SHORTENINGS; attempt++) {
      const { messages, dropped } = fittingHistory(covered, limit);
      const answer = await this.#call([...messages, question], signal);
      if (typeof answer !== "object") {
        if (dropped > 0) this.#ports.emit(withoutOldest(dropped));
        return answer;
      }
      if (answer.kind !== "too_long") return null;
      limit = Math.min(limit, estimateMessages(messages)) * 0.6;
    }
    return null;
  }

  async #call(messages: readonly Message[], signal: AbortSignal): Promise<string | ModelError> {
    let text = "";
    let model = "";
    for await (const event of this.#ports.model(this.#ports.fork(messages), signal)) {
      if (event.type === "message_start") model = event.model;
      if (event.type === "block_stop" && event.block.type === "text") text += event.block.text;
      if (event.type === "message_end") this.#ports.spent?.(model, event.usage);
      if (event.type === "error") return event.error;
    }
    return text;
  }

  #failed(): false {
    this.#failures++;
    const off = this.#failures >= MAX_FAILURES;
    this.#state = off ? "off" : "none";
    if (off)
      this.#ports.emit({
        type: "notice",
        level: "warning",
        message: "The conversation could not be summarised three times in a row.",
        next: "Stride goes on by leaving out old results; start a new conversation when it gets vague.",
      });
    return false;
  }
}

const withoutOldest = (dropped: number): AgentEvent => ({
  type: "notice",
  level: "info",
  message: `The summary was made without the oldest ${dropped} messages: they did not fit. Recall still finds them.`,
});
