import { homedir } from "node:os";
import { join } from "node:path";
import { newId } from "./new-id";
import { Instructions } from "../config/instructions/load-instructions";
import { messageOf, problem, StrideError } from "../shared/errors";
import type { Op, Problem, Recorded } from "../shared/protocol/agent";
import type { EngineCore, EngineSettings, EngineStart, SessionSummary, SessionView } from "../shared/protocol/host";
import type { ModelInfo } from "../shared/protocol/model";
import { Attachments } from "./attachments";
import { openConversation, type Conversation } from "./conversation";
import type { EngineOptions } from "./engine-options";
import { Parts } from "./engine-parts";
import { Gatekeeper } from "./gatekeeper";
import { LiveSession } from "./live-session";
import { markInterrupted } from "./mark-interrupted";
import { decide } from "./permissions/decide";
import { sessionContext } from "./session-context";
import type { OpenSession } from "./sessions/store";
import { showCommands } from "./shown-commands";
import { Titles } from "./titles";
import { tools } from "./tools/index";
import { WorkspaceConfig } from "./workspace-config";
import { workspaceFacts } from "./workspace-facts";

interface Open {
  opened: OpenSession;
  /** There once the whole log was read. */
  live: Promise<LiveSession>;
}

/** The composition root: the only place that knows every room. */
export class Engine implements EngineCore {
  readonly #open = new Map<string, Open>();
  readonly #configs = new Map<string, WorkspaceConfig>();
  #parts: Parts | undefined;

  constructor(readonly options: EngineOptions) {}

  async start(start: EngineStart): Promise<void> {
    const { host, environment, attended, overrides, roots } = this.options;
    this.#parts = new Parts(start, {
      host,
      environment,
      attended,
      roots: start.roots ?? roots,
      ...(overrides?.caps && { caps: overrides.caps }),
    });
  }

  readonly ping = async (): Promise<true> => true;

  /** A long conversation is shown before it is read to its beginning; what is sent meanwhile waits for that. */
  async openSession(request: { session?: string; cwd: string; roots: string[] }): Promise<SessionView> {
    const open = (request.session !== undefined && this.#open.get(request.session)) || (await this.#openLog(request));
    const { log } = open.opened;
    const tail = await log.tail(TAIL);
    const live = await Promise.race([open.live, new Promise<null>((resolve) => setTimeout(resolve, FIRST_PAINT_MS, null))]);
    return {
      session: open.opened.id,
      lastSeq: log.lastSeq,
      tail,
      ...(open.opened.readOnly && { problem: open.opened.readOnly }),
      running: live?.session.running ?? false,
      ...(live && { model: live.model, mode: live.mode, queued: [...live.session.queued], kept: live.kept }),
    };
  }

  async submit(raw: unknown): Promise<Problem | null> {
    const op = raw as Op;
    const open = this.#open.get(op.session);
    if (!open)
      return problem("no_session", "This conversation is not open.", "Open it from the history and send the message again.");
    try {
      const live = await open.live;
      if (open.opened.readOnly) return open.opened.readOnly;
      await live.session.submit(op);
      return null;
    } catch (error) {
      return error instanceof StrideError ? error.problem : problem("failed", messageOf(error));
    }
  }

  async listSessions(cwd: string): Promise<SessionSummary[]> {
    return (await this.parts.store.list(cwd)).filter((session) => session.messages > 0 || session.problem !== undefined);
  }

  /** So that its folder can be moved away. A turn that runs in it is not cut off. */
  async closeSession(id: string): Promise<Problem | null> {
    const open = this.#open.get(id);
    if (!open) return null;
    const live = await open.live.catch(() => null);
    if (live?.session.running) return problem("running", "Stride is working in this conversation.", "Stop it first.");
    this.#open.delete(id);
    await open.opened.close();
    return null;
  }

  async readEvents(session: string, from: number, to: number): Promise<Recorded[]> {
    return (await this.#open.get(session)?.opened.log.read(from, to)) ?? [];
  }

  async listModels(): Promise<ModelInfo[]> {
    return this.parts.model.models();
  }

  async settingsChanged(settings: EngineSettings): Promise<void> {
    this.parts.settingsChanged(settings);
    const open = [...this.#open.values()].filter(({ opened }) => !opened.readOnly);
    await Promise.all(open.map(({ live }) => live.then(this.#followDefault, () => undefined)));
  }

  async warm(): Promise<void> {
    this.parts.warm();
  }

  async shutdown(): Promise<void> {
    const parts = this.#parts;
    if (!parts) return;
    const open = [...this.#open.values()];
    const live = (await Promise.allSettled(open.map((one) => one.live))).flatMap((one) =>
      one.status === "fulfilled" ? [one.value] : [],
    );
    for (const { session } of live) await session.submit({ op: "interrupt", session: "" });
    await Promise.race([
      Promise.all(live.map(({ session }) => session.idle())),
      new Promise((resolve) => setTimeout(resolve, 1_000).unref()),
    ]);
    await parts.shutdown();
    await Promise.all(open.map(({ opened }) => opened.close()));
    this.#open.clear();
    for (const config of this.#configs.values()) config.dispose();
  }

  /** The live session behind an id, for a command line that needs more than the panel does. */
  async sessionOf(id: string): Promise<LiveSession | undefined> {
    return this.#open.get(id)?.live;
  }

  get parts(): Parts {
    if (!this.#parts) throw new StrideError(problem("not_started", "The engine has not been started."));
    return this.#parts;
  }

  async #openLog(request: { session?: string; cwd: string; roots: string[] }): Promise<Open> {
    const resumed = request.session !== undefined;
    const opened = resumed ? await this.parts.store.open(request.session ?? "") : await this.#create(request);
    const live = openConversation(opened).then(async (conversation) => {
      const made = this.#liveSession(conversation, request);
      if (!resumed || opened.readOnly) return made;
      await markInterrupted(made, conversation, this.parts.files, request.cwd);
      await this.#followDefault(made);
      return made;
    });
    live.catch(() => this.#open.delete(opened.id));
    const open = { opened, live };
    this.#open.set(opened.id, open);
    return open;
  }

  /** A person who stores a key or chooses a model before the first word means the conversation that waits for it. */
  readonly #followDefault = async (live: LiveSession): Promise<void> => {
    if (this.options.attended && live.isUnused) live.follow(await this.parts.defaultModel());
  };

  async #create({ cwd, roots }: { cwd: string; roots: string[] }): Promise<OpenSession> {
    return this.parts.store.create({
      cwd,
      roots,
      model: await this.parts.defaultModel(),
      mode: this.options.overrides?.mode ?? "default",
    });
  }

  configOf(cwd: string): WorkspaceConfig {
    const known = this.#configs.get(cwd);
    if (known) return known;
    const { overrides = {}, environment, onWarnings } = this.options;
    const config = new WorkspaceConfig({
      cwd,
      trusted: this.parts.start.trusted,
      env: environment,
      onWarnings,
      ...(overrides.settings !== undefined && { cli: overrides.settings }),
      ...(overrides.rules && { rules: overrides.rules }),
    });
    // A command line run is over before anybody edits a settings file.
    if (this.options.attended) config.watch();
    this.#configs.set(cwd, config);
    return config;
  }

  #liveSession(conversation: Conversation, { cwd, roots }: { cwd: string; roots: string[] }): LiveSession {
    const { parts } = this;
    const { overrides = {}, probe, shell, editor, attended, host } = this.options;
    const { commands } = parts.processes;
    const { session } = conversation;
    const state = conversation.state();
    const config = this.configOf(cwd);
    const allRoots = [...roots, ...config.roots()];
    const mode = overrides.mode ?? config.effective.mode ?? state.mode;
    const gatekeeper = new Gatekeeper({
      decide,
      cwd,
      roots: allRoots,
      readRoots: [join(parts.start.stateDir, "results", session)],
      home: homedir(),
      // Headless the person chose this folder by starting here; its own files still grant nothing.
      trusted: parts.start.trusted || !attended,
      probe,
      mode: mode === "bypassPermissions" && config.effective.bypassDisabled ? "default" : mode,
      rules: () => config.rules(),
      saveLocal: (rules) => config.saveLocal(rules),
      contains: (command) => parts.sandboxing.contains(cwd, command),
    });
    parts.sandboxing.open({
      cwd,
      roots: allRoots,
      stateDir: parts.start.stateDir,
      settings: config.effective.sandbox,
      programs: parts.processes.programs,
      denies: (kind, path) => denies(gatekeeper, kind, path),
      onWarning: (message) => this.options.onWarnings([{ file: "sandbox", message }]),
    });
    const live: LiveSession = new LiveSession({
      conversation,
      model: parts.stream,
      warm: () => void ((parts.start.trusted || !attended) && parts.processes.warm()),
      modelId: parts.model.resolve(state.model ?? "default"),
      priceOf: (model, usage) => parts.costOf(model, usage),
      tools,
      world: {
        cwd,
        files: parts.files,
        commands: attended ? showCommands(commands, { host, session, visible: () => parts.visibleTerminal }) : commands,
        commandTimeoutMs: () => parts.commandTimeoutMs,
        search: parts.search,
        web: parts.web,
        host,
      },
      shell,
      gatekeeper,
      prompt: {
        environment: { cwd, roots, platform: process.platform, shell, editor, date: new Date().toISOString().slice(0, 10) },
        ...(overrides.systemPrompt !== undefined && { replace: overrides.systemPrompt }),
        ...(overrides.appendSystemPrompt !== undefined && { append: overrides.appendSystemPrompt }),
      },
      caps: () => parts.caps(),
      attended,
      audit: parts.audit,
      spend: parts.spend,
      resultsDir: join(parts.start.stateDir, "results"),
      emit: (event) => this.options.onEvent(session, event),
      titles: new Titles({
        title: state.title,
        session,
        emit: (event) => live.emit(event),
        model: parts.stream,
        canAsk: async () => attended && parts.generateTitles && !live.model.startsWith("practice/"),
        spent: (model, usage) => parts.spend.add(session, model, parts.costOf(model, usage) ?? 0),
      }),
      attachments: new Attachments({
        instructions: new Instructions({
          cwd,
          includeProject: parts.start.trusted || !attended,
          excludes: config.effective.claudeMdExcludes,
          env: this.options.environment,
        }),
        files: parts.files,
        host: this.options.host,
        newId,
        facts: () =>
          workspaceFacts({
            cwd,
            files: parts.files,
            programs: parts.processes.programs,
            judgedBy: () => gatekeeper.context(),
            environment: this.options.environment,
          }),
      }),
      context: sessionContext({
        parts,
        conversation,
        live: () => live,
        cwd,
        autoCompact: () => config.effective.autoCompact,
      }),
    });
    return live;
  }
}

const TAIL = 400;
/** Short logs are read to the end in this time: their view is complete at once. */
const FIRST_PAINT_MS = 30;

/** What rules keep from the tools, the sandbox keeps from commands. */
function denies(gatekeeper: Gatekeeper, kind: "read" | "write", path: string): boolean {
  const tool = kind === "read" ? "Read" : "Edit";
  return gatekeeper.decide({ tool, input: { file_path: path }, access: [{ kind, path }] }).verdict === "deny";
}
