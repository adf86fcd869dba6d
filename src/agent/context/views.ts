import type { AgentEvent, ContextReduction, Todo } from "../../shared/protocol/agent";
import type { Message } from "../../shared/protocol/messages";
import type { PreparedSummary } from "./background-summary";
import { estimateMessages } from "./estimate";
import { staysOf } from "./kept";
import { collapseOlder, cutAt, isInstructions, isPrompt } from "./levels/4-collapse";
import { composeSummary, fromRecord } from "./levels/5-summary";
import { recentFiles } from "./recovery";

/** A reduction that can be rolled back. */
export interface View {
  id: string;
  level: 4 | 5;
  kind: "collapsed" | "summarised";
  freedTokens: number;
}

export interface ViewPorts {
  /** What the model is shown now, and all that was said. */
  messages(): readonly Message[];
  everything(): readonly Message[];
  kept?(): ReadonlySet<string>;
  todos(): readonly Todo[];
  readFile(path: string): Promise<string | null>;
  usable(): number;
  newId(): string;
  emit(event: AgentEvent): void;
  reduced(turn: string, level: 4 | 5, freedTokens: number, detail: ContextReduction): void;
}

/** Levels 4 and 5 as the conversation sees them: views over an untouched log, newest last, each of which can be rolled back. */
export class Views {
  readonly #ports: ViewPorts;
  readonly #list: View[];

  constructor(ports: ViewPorts, known: readonly View[]) {
    this.#ports = ports;
    this.#list = [...known];
  }

  /** The newest is a collapse: it suppresses a summary. */
  get collapsed(): boolean {
    return this.#list.at(-1)?.kind === "collapsed";
  }

  pop(): View | undefined {
    return this.#list.pop();
  }

  /** In one line a call while that frees enough; after that only what the record says of all of it. */
  collapse(turn: string, keepTokens: number): boolean {
    const messages = this.#ports.messages();
    const id = this.#ports.newId();
    const from = messages.findLastIndex(({ id }) => /^(summary|files|collapsed)-/.test(id)) + 1;
    const collapse = collapseOlder(messages.slice(from), id, keepTokens);
    const taken = new Set(collapse?.messages);
    const freed = (collapse?.freedTokens ?? 0) - this.#staying(messages.filter((message) => taken.has(message.id)));
    if (freed < 0.2 * this.#ports.usable() && this.#collapseToRecord(turn, id, keepTokens)) return true;
    if (!collapse || freed <= 0) return false;
    this.#list.push({ id, level: 4, kind: "collapsed", freedTokens: freed });
    this.#ports.reduced(turn, 4, freed, {
      kind: "collapsed",
      id,
      messages: collapse.messages,
      view: collapse.view,
    });
    return true;
  }

  #collapseToRecord(turn: string, id: string, keepTokens: number): boolean {
    const messages = this.#ports.messages();
    const covered = messages.slice(0, cutAt(messages, keepTokens));
    const logged = new Set(this.#ports.everything().map((message) => message.id));
    const upTo = covered.findLast((message) => logged.has(message.id))?.id;
    if (upTo === undefined || covered.length < 4) return false;
    const summary = composeSummary(id, fromRecord, this.#record(upTo));
    const freed = estimateMessages(covered) - estimateMessages([summary]) - this.#staying(covered);
    if (freed < 0.05 * this.#ports.usable()) return false;
    this.#list.push({ id, level: 4, kind: "summarised", freedTokens: freed });
    this.#ports.reduced(turn, 4, freed, { kind: "summarised", id, upTo, summary, restored: [], kept: this.#kept() });
    return true;
  }

  async swap(turn: string, { upTo, covered, parts }: PreparedSummary, patienceMs: number): Promise<boolean> {
    if (!this.#ports.messages().some((message) => message.id === upTo)) return false;
    const id = this.#ports.newId();
    const record = this.#record(upTo);
    const summary = composeSummary(id, parts, record);
    const restored = await recentFiles(id, record.log, this.#ports.readFile, patienceMs);
    const kept = this.#kept();
    const stays = covered.filter((message) => kept.includes(message.id));
    const freed = estimateMessages(covered) - estimateMessages([summary, ...restored, ...stays]) - this.#staying(covered);
    this.#list.push({ id, level: 5, kind: "summarised", freedTokens: freed });
    this.#ports.reduced(turn, 5, freed, { kind: "summarised", id, upTo, summary, restored, kept });
    if (parts.removed.length > 0)
      this.#ports.emit({
        type: "notice",
        level: "warning",
        message: `Taken out of the summary's wishes, because only a file or a command said it: “${parts.removed[0]}”`,
      });
    return true;
  }

  #staying(messages: readonly Message[]): number {
    return estimateMessages(staysOf(messages, this.#ports.kept?.() ?? new Set()));
  }

  #record(upTo: string): { log: readonly Message[]; todos: readonly Todo[]; maxChars: number } {
    const everything = this.#ports.everything();
    const at = everything.findIndex((message) => message.id === upTo);
    return {
      log: at < 0 ? everything : everything.slice(0, at + 1),
      todos: this.#ports.todos(),
      maxChars: Math.round(this.#ports.usable() * 0.1 * 3.6),
    };
  }

  /** The instruction files that opened the conversation: word for word, for ever. */
  #kept(): string[] {
    const everything = this.#ports.everything();
    const opening = everything.slice(0, Math.max(0, everything.findIndex(isPrompt)));
    return opening.filter(isInstructions).map(({ id }) => id);
  }
}
