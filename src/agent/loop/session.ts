import type { AgentEvent, ApprovalAnswerBy, Delivery, LimitName, Op, Question, QueuedMessage } from "../../shared/protocol/agent";
import type { Block, Message } from "../../shared/protocol/messages";
import { textOf } from "../../shared/protocol/messages";
import type { ApprovalAnswer, ApprovalRequest } from "../../shared/protocol/permission";
import { Limits, tokenTarget, type Caps, type Spent } from "./limits";
import type { TurnPorts } from "./ports";
import { runTurn } from "./turn";

/** A plain object of functions, so that a turn can be given a copy with its own `ask`. */
export interface SessionPorts extends Omit<TurnPorts, "ask"> {
  caps(): Caps;
  spentToday(): number;
  /** Is somebody there who can answer? Headless: no. */
  attended: boolean;
  /** The rest of the ops: mode, model, compaction, commands. */
  handle(op: Op): Promise<void>;
}

interface Waiting<T> {
  resolve(value: T): void;
}

/**
 * One conversation: takes ops, keeps the queue, runs one turn at a time. State and lifetime live here,
 * the turn itself is a function. Nothing waits for ever: an interrupt settles every open question.
 */
export class Session {
  readonly #ports: SessionPorts;
  readonly #approvals = new Map<string, Waiting<ApprovalAnswer>>();
  readonly #questions = new Map<string, Waiting<Record<string, string> | null>>();
  readonly #arrivals = new Set<() => void>();
  readonly #spent: Spent;
  #queue: QueuedMessage[];
  #abort: AbortController | undefined;
  #limits: Limits | undefined;
  #running: Promise<void> | undefined;
  /** The user stopped: what is queued waits until they say something again. */
  #held = false;

  /** `queued`: of a conversation that goes on; they wait until the user says something, then come after it. */
  constructor(ports: SessionPorts, spent: Spent, queued: readonly QueuedMessage[] = []) {
    this.#ports = ports;
    this.#spent = spent;
    this.#queue = [...queued];
  }

  get running(): boolean {
    return this.#running !== undefined;
  }

  get queued(): readonly QueuedMessage[] {
    return this.#queue;
  }

  async submit(op: Op): Promise<void> {
    switch (op.op) {
      case "user_turn":
        return this.#userTurn(op.id, op.content, op.delivery);
      case "edit_queued":
        return this.#editQueued(op.id, op.content);
      case "interrupt":
        return this.#interrupt();
      case "answer_approval":
        return this.#settle(this.#approvals, op.id, op.answer);
      case "answer_question":
        return this.#settle(this.#questions, op.id, op.answers);
      case "raise_limit":
        return this.#raise(op.limit, op.by);
      default:
        return this.#ports.handle(op);
    }
  }

  /** Resolves when no turn runs and nothing is queued. */
  async idle(): Promise<void> {
    while (this.#running) await this.#running;
  }

  async approve(turn: string, approval: ApprovalRequest, signal: AbortSignal): Promise<ApprovalAnswer> {
    this.#ports.emit({ type: "approval_requested", turn, approval });
    const { answer, by } = this.#ports.attended ? await this.#await(this.#approvals, approval.id, signal, declined) : headless;
    this.#ports.emit({ type: "approval_resolved", turn, id: approval.id, answer, by });
    return answer;
  }

  async ask(turn: string, questions: Question[], signal: AbortSignal): Promise<Record<string, string> | null> {
    if (!this.#ports.attended) return null;
    const id = this.#ports.newId();
    this.#ports.emit({ type: "question_asked", turn, id, questions });
    const { answer } = await this.#await(this.#questions, id, signal, null);
    this.#ports.emit({ type: "question_answered", turn, id, answers: answer });
    return answer;
  }

  async #await<T>(
    waiting: Map<string, Waiting<T>>,
    id: string,
    signal: AbortSignal,
    otherwise: T,
  ): Promise<{ answer: T; by: ApprovalAnswerBy }> {
    if (signal.aborted) return { answer: otherwise, by: "interrupt" };
    return new Promise((resolve) => {
      const onAbort = (): void => {
        waiting.delete(id);
        resolve({ answer: otherwise, by: "interrupt" });
      };
      signal.addEventListener("abort", onAbort, { once: true });
      waiting.set(id, {
        resolve: (answer) => {
          signal.removeEventListener("abort", onAbort);
          resolve({ answer, by: "person" });
        },
      });
    });
  }

  /** One-time: an id that is not open (stale, forged, answered) does nothing. */
  #settle<T>(waiting: Map<string, Waiting<T>>, id: string, value: T): void {
    const open = waiting.get(id);
    waiting.delete(id);
    open?.resolve(value);
  }

  #userTurn(id: string, content: Block[], delivery: Delivery): void {
    this.#held = false;
    if (this.#running) {
      this.#setQueue([...this.#queue, { id, content, delivery }]);
      if (delivery === "steer") for (const listener of this.#arrivals) listener();
      return;
    }
    this.#start({ id, role: "user", content }, "prompt");
  }

  #start(message: Message | null, via: "prompt" | "queue"): void {
    this.#running = this.#run(message, via).finally(() => {
      this.#running = undefined;
      const [next] = this.#held ? [] : this.#queue;
      // One that could not be said waits on.
      if (next?.id === message?.id) return;
      if (next) this.#start({ id: next.id, role: "user", content: next.content }, "queue");
    });
  }

  async #run(message: Message | null, via: "prompt" | "queue"): Promise<void> {
    const ports = this.#ports;
    const turn = ports.newId();
    const abort = new AbortController();
    this.#abort = abort;
    const limits =
      this.#limits && message === null ? this.#limits : new Limits(ports.caps(), ports.now, { ...this.#spent }, ports.spentToday);
    this.#limits = limits;
    const before = { usd: limits.usd, tokens: limits.tokens };
    for (const opening of await ports.opening())
      ports.emit({ type: "attachment", turn, message: opening, origin: "instructions", what: "instructions" });
    const said = message && via === "queue" ? this.#asQueued(message) : message;
    if (message && !said) return;
    if (said) this.#say(turn, said, via);
    void ports.flush();
    await runTurn(
      {
        turn,
        limits,
        signal: abort.signal,
        steering: this.#steering(turn),
        tokenTarget: said ? tokenTarget(textOf(said.content)) : null,
      },
      { ...ports, ask: (t, questions, signal) => this.ask(t, questions, signal) },
    );
    this.#spent.usd += limits.usd - before.usd;
    this.#spent.tokens += limits.tokens - before.tokens;
  }

  /** It leaves the queue after it was said: a process that dies between the two loses nothing. */
  #say(turn: string, message: Message, via: "prompt" | "queue" | "steer"): void {
    this.#ports.emit({ type: "user_message", turn, message, via });
    const left = this.#queue.filter(({ id }) => id !== message.id);
    if (left.length < this.#queue.length) this.#setQueue(left);
  }

  /** The user may have changed it while its turn was made ready, or taken it back. */
  #asQueued(message: Message): Message | null {
    const content = this.#queue.find(({ id }) => id === message.id)?.content;
    return content ? { ...message, content } : null;
  }

  #steering(turn: string): { deliver(): void; pending(): boolean; onArrival(listener: () => void): () => void } {
    const steers = (): QueuedMessage[] => this.#queue.filter((queued) => queued.delivery === "steer");
    return {
      pending: () => steers().length > 0,
      deliver: () => {
        for (const { id, content } of steers()) this.#say(turn, { id, role: "user", content }, "steer");
      },
      onArrival: (listener) => {
        this.#arrivals.add(listener);
        return () => this.#arrivals.delete(listener);
      },
    };
  }

  #editQueued(id: string, content: Block[] | null): void {
    this.#setQueue(
      content === null
        ? this.#queue.filter((queued) => queued.id !== id)
        : this.#queue.map((queued) => (queued.id === id ? { ...queued, content } : queued)),
    );
  }

  #interrupt(): void {
    this.#held = true;
    this.#abort?.abort();
  }

  /** A cap was reached and the turn paused; with more room it goes on where it was. */
  #raise(limit: LimitName, by: number): void {
    this.#limits?.raise(limit, by);
    if (!this.#running && this.#limits) this.#start(null, "prompt");
  }

  #setQueue(queue: QueuedMessage[]): void {
    this.#queue = queue;
    this.#ports.emit({ type: "queue_changed", queued: queue } satisfies AgentEvent);
  }
}

const declined: ApprovalAnswer = { verdict: "deny" };
const headless = {
  answer: { verdict: "deny", comment: "nobody is here to approve it" },
  by: "headless",
} satisfies { answer: ApprovalAnswer; by: ApprovalAnswerBy };
