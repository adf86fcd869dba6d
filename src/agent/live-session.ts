import { newId } from "./new-id";
import { isLogged, type AgentEvent, type Op, type Todo } from "../shared/protocol/agent";
import type { Message } from "../shared/protocol/messages";
import type { ModelRequest, ModelStream, Usage } from "../shared/protocol/model";
import type { PermissionMode, Shell } from "../shared/protocol/permission";
import type { PanelEvent } from "../shared/protocol/view";
import type { SeenFile, SeenFiles } from "../shared/ports/files";
import type { InstructionFile, SkippedFile } from "../config/instructions/load-instructions";
import { messageOf } from "../shared/errors";
import type { Attachments } from "./attachments";
import type { ContextPipeline } from "./context/pipeline";
import type { Conversation } from "./conversation";
import type { Gatekeeper } from "./gatekeeper";
import type { Caps } from "./loop/limits";
import { Session, type SessionPorts } from "./loop/session";
import type { DecideContext } from "./permissions/types";
import { recall } from "./recall-log";
import type { Titles } from "./titles";
import { rehearsing } from "./rehearsal";
import { runnerPorts } from "./runner-ports";
import { PrefixLedger } from "./prompt/prefix-ledger";
import { assemblePrompt, type AssembledPrompt, type PromptParts } from "./prompt/assemble";
import type { AuditLog } from "./records/audit-log";
import type { SpendLedger } from "./records/spend-ledger";
import type { Tool, ToolPorts } from "./tools/define";
import { prepareCall, type RunnerPorts } from "./tools/runner";
import { Toolbox } from "./tools/toolbox";

export interface LiveSessionOptions {
  conversation: Conversation;
  model: ModelStream;
  /** Starts what commands need. */
  warm(): void;
  modelId: string;
  priceOf(model: string, usage: Usage): number | null;
  tools: readonly Tool[];
  world: Pick<ToolPorts, "cwd" | "files" | "commands" | "commandTimeoutMs" | "search" | "web" | "host">;
  shell: Shell;
  gatekeeper: Gatekeeper;
  prompt: Omit<PromptParts, "deferredTools">;
  caps(): Caps;
  attended: boolean;
  audit: AuditLog;
  spend: SpendLedger;
  resultsDir: string;
  emit(event: PanelEvent): void;
  attachments: Attachments;
  context: ContextPipeline;
  titles: Titles;
}

/** One open conversation: the loop's session with all its ports wired to the world. */
export class LiveSession {
  readonly session: Session;
  readonly #options: LiveSessionOptions;
  readonly #toolbox: Toolbox;
  /** One object for life: tools keep what they know of a session by it. */
  readonly #seen = seenFiles();
  readonly #prompt: AssembledPrompt;
  /** How much of each request the provider can read from its cache, and why not more. */
  readonly prefix = new PrefixLedger();
  #modelId: string;
  #modelChosen: boolean;
  #todos: Todo[];

  constructor(options: LiveSessionOptions) {
    this.#options = options;
    this.#modelId = options.modelId;
    this.#todos = options.conversation.todos();
    const { queued, loadedTools, modelChosen } = options.conversation.state();
    this.#modelChosen = modelChosen;
    this.#toolbox = new Toolbox(options.tools, loadedTools, (names) => this.emit({ type: "tools_loaded", names }));
    const toolPorts = this.#toolPorts();
    this.#toolbox.open(toolPorts);
    this.#prompt = assemblePrompt({ ...options.prompt, deferredTools: this.#toolbox.deferred() });
    const runner = runnerPorts({
      ...options,
      tools: toolPorts,
      toolbox: this.#toolbox,
      emit: this.emit,
      flush: () => this.#flush(),
      approve: (turn, request, signal) => this.session.approve(turn, request, signal),
    });
    this.session = new Session(this.#sessionPorts(runner), options.conversation.spent(), queued);
  }

  get model(): string {
    return this.#modelId;
  }
  get mode(): PermissionMode {
    return this.#options.gatekeeper.mode;
  }
  get kept(): string[] {
    return [...this.#options.conversation.kept()];
  }
  get toolNames(): string[] {
    return this.#toolbox.names();
  }

  /** Logs first, then tells: what a person sees has already counted. */
  readonly emit = (event: AgentEvent): void => {
    const recorded = isLogged(event) ? this.#options.conversation.append(event) : null;
    this.#options.context.observe(event);
    this.prefix.observe(event);
    if (event.type === "context_reduced" && event.level > 3) this.#options.attachments.compacted();
    if (event.type === "assistant_message" && event.usd !== null)
      this.#options.spend.add(this.#options.conversation.session, event.model, event.usd);
    this.#options.emit(recorded ? { seq: recorded.seq, at: recorded.at, event } : { seq: 0, at: Date.now(), event });
    this.#options.titles.observe(event);
  };

  /** Nothing was said in it, and no model was chosen for it. */
  get isUnused(): boolean {
    return !this.#modelChosen && this.#options.conversation.everything().length === 0;
  }

  follow(model: string): void {
    if (!this.isUnused || model === this.#modelId) return;
    this.#modelId = model;
    this.emit({ type: "model_changed", model, by: "settings" });
  }

  /** By the person. */
  rename(title: string): void {
    this.#options.titles.keep();
    this.emit({ type: "session_titled", title });
  }

  flushed(): Promise<void> {
    return this.#flush();
  }

  judgedBy(): DecideContext {
    return this.#options.gatekeeper.context();
  }

  instructions(): { loaded: InstructionFile[]; skipped: SkippedFile[] } {
    return this.#options.attachments.instructions;
  }

  #sessionPorts(runner: RunnerPorts): SessionPorts {
    const { conversation, context, attachments, priceOf, attended, caps, spend, gatekeeper, model, warm } = this.#options;
    return {
      model: rehearsing(model, { runner, judge: (call) => gatekeeper.decide(call), warm }),
      emit: this.emit,
      flush: () => this.#flush(),
      nextRequest: (turn) => this.#nextRequest(turn),
      opening: async () => (conversation.messages().length === 0 ? attachments.opening() : attachments.afterTools(this.#seen)),
      attachments: () => attachments.afterTools(this.#seen),
      emergencyCompaction: (turn, signal) => context.emergency(turn, signal),
      prepare: (block, turn, request) => prepareCall(block, turn, request, runner),
      priceOf,
      beforeStop: async () => null,
      newId,
      now: () => performance.now(),
      caps,
      spentToday: () => spend.today(),
      attended,
      handle: (op) => this.#handle(op),
    };
  }

  /** The disk may refuse; the user hears of it and the conversation waits in memory until it does not. */
  async #flush(): Promise<void> {
    try {
      await this.#options.conversation.flush();
    } catch (error) {
      this.#options.emit({
        seq: 0,
        at: Date.now(),
        event: {
          type: "notice",
          level: "error",
          message: `The conversation cannot be saved: ${messageOf(error)}`,
          next: "Free some disk space; Stride keeps it in memory and tries again.",
        },
      });
      throw error;
    }
  }

  async #nextRequest(turn: string): Promise<{ request: ModelRequest; estimatedTokens: number }> {
    const { conversation, context } = this.#options;
    const { system, tools } = this.requestWith([]);
    const fitted = await context.fit({ turn, messages: conversation.messages(), system, tools });
    const request = { ...this.requestWith(fitted.messages), ...fitted.extra };
    // Figures for later: the request goes first.
    setImmediate(() => this.prefix.note(request));
    return { request, estimatedTokens: fitted.estimatedTokens };
  }

  /** This conversation's request with other messages: whoever forks it shares the cached prefix. */
  requestWith(messages: readonly Message[]): ModelRequest {
    return {
      role: "main",
      model: this.#modelId,
      system: this.#prompt.system,
      messages,
      tools: this.#toolbox.specs(),
      sessionId: this.#options.conversation.session,
    };
  }

  async #handle(op: Op): Promise<void> {
    switch (op.op) {
      case "set_mode":
        this.#options.gatekeeper.mode = op.mode;
        return this.emit({ type: "mode_changed", mode: op.mode });
      case "set_model":
        this.#modelId = op.model;
        this.#modelChosen = true;
        return this.emit({ type: "model_changed", model: op.model });
      case "stop_command":
        await this.#options.world.commands.kill(op.id);
        return;
      default:
        return this.#options.context.handle(op);
    }
  }

  #toolPorts(): ToolPorts {
    const { world, shell, gatekeeper, conversation } = this.#options;
    return {
      ...world,
      shell,
      readsOnly: (command) => gatekeeper.readsOnly(command, shell),
      seen: this.#seen,
      todos: {
        get: () => this.#todos,
        set: (todos) => {
          this.#todos = todos;
          this.emit({ type: "todos_changed", todos });
        },
      },
      ask: (questions, signal) => this.session.ask("", questions, signal),
      mode: {
        get: () => gatekeeper.mode,
        set: (mode) => {
          gatekeeper.mode = mode;
          this.emit({ type: "mode_changed", mode });
        },
      },
      recall: { search: async (query, limit) => recall(conversation.everything(), query, limit) },
      deferred: { search: (query, limit) => this.#toolbox.search(query, limit), load: (names) => this.#toolbox.load(names) },
    };
  }
}

function seenFiles(): SeenFiles {
  const seen = new Map<string, SeenFile>();
  return { get: (path) => seen.get(path), set: (path, known) => void seen.set(path, known), paths: () => [...seen.keys()] };
}
