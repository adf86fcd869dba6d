import type { Disposable } from "../shared/lifecycle";
import { messageOf, problem } from "../shared/errors";
import type { Op, Problem } from "../shared/protocol/agent";
import type { EngineApi, SessionView } from "../shared/protocol/host";
import type { EngineHealth, PanelEvent } from "../shared/protocol/view";
import type { Remote } from "../shared/rpc";
import type { EngineThread } from "./engine-thread";
import { nextStatus, statusOf, type SessionStatus } from "./session-status";

/** Someone who shows a session: the sidebar, an editor tab. */
export interface Viewer {
  readonly session: string | undefined;
  readonly visible: boolean;
  onEvents(events: PanelEvent[]): void;
  onHealth(health: EngineHealth): void;
  /** The engine has begun a new life; what was shown may be behind the log. */
  onEngineRestarted(): void;
}

export interface ConversationsOptions {
  thread: EngineThread;
  workspace(): { cwd: string; roots: string[] };
  defaults(): { model: string; mode: SessionStatus["mode"] };
  /** Some status changed. */
  onStatus(session: string, status: SessionStatus, before: SessionStatus | undefined): void;
  log(message: string): void;
}

/** The sessions that are open in this window. Holds no transcript: only who looks at what, and how each session stands. */
export class Conversations implements Disposable {
  #statuses = new Map<string, SessionStatus>();
  #viewers = new Set<Viewer>();
  #started = false;

  constructor(private readonly options: ConversationsOptions) {}

  /** The one of the viewer the person used last. */
  get current(): string | undefined {
    return [...this.#viewers].findLast(({ session }) => session !== undefined)?.session;
  }

  get statuses(): ReadonlyMap<string, SessionStatus> {
    return this.#statuses;
  }

  isVisible(session: string): boolean {
    return [...this.#viewers].some((viewer) => viewer.session === session && viewer.visible);
  }

  attach(viewer: Viewer): Disposable {
    this.#viewers.add(viewer);
    return { dispose: () => void this.#viewers.delete(viewer) };
  }

  /** Makes a viewer the one that `current` means. */
  touch(viewer: Viewer): void {
    if (this.#viewers.delete(viewer)) this.#viewers.add(viewer);
  }

  async open(session: string | undefined): Promise<SessionView & { status: SessionStatus }> {
    const engine = await this.options.thread.engine();
    const view = await engine.openSession({ ...(session ? { session } : {}), ...this.options.workspace() });
    const status = statusOf(view, this.options.defaults());
    const mode = session === undefined ? await this.#initialMode(view.session, status.mode) : status.mode;
    this.#setStatus(view.session, { ...status, mode });
    return { ...view, status: { ...status, mode } };
  }

  /** A new conversation starts in the mode of the person's settings. */
  async #initialMode(session: string, now: SessionStatus["mode"]): Promise<SessionStatus["mode"]> {
    const { mode } = this.options.defaults();
    if (mode === "default" || mode === now) return now;
    return (await this.submit({ op: "set_mode", session, mode })) ? now : mode;
  }

  async submit(op: Op): Promise<Problem | null> {
    try {
      return await (await this.options.thread.engine()).submit(op);
    } catch (error) {
      return problem("engine", messageOf(error), "Choose “Stride: Restart Engine” if it does not come back by itself.");
    }
  }

  async engine(): Promise<Remote<EngineApi>> {
    return this.options.thread.engine();
  }

  /** In each life of the engine: the sessions that were open are opened again from their logs. */
  async reopen(engine: Remote<EngineApi>): Promise<void> {
    const again = this.#started;
    this.#started = true;
    if (!again) return;
    for (const session of new Set([...this.#viewers].flatMap((viewer) => viewer.session ?? []))) {
      try {
        const view = await engine.openSession({ session, ...this.options.workspace() });
        this.#setStatus(session, statusOf(view, this.options.defaults()));
      } catch (error) {
        this.options.log(`session ${session} could not be opened again: ${messageOf(error)}`);
      }
    }
    // After the thread has said "ready", or the viewers would wait for themselves.
    setImmediate(() => this.#viewers.forEach((viewer) => viewer.onEngineRestarted()));
  }

  route(batches: { session: string; events: PanelEvent[] }[]): void {
    for (const { session, events } of batches) {
      const before = this.#statuses.get(session);
      if (before)
        this.#setStatus(
          session,
          events.reduce((status, { event }) => nextStatus(status, event), before),
        );
      for (const viewer of this.#viewers) if (viewer.session === session) viewer.onEvents(events);
    }
  }

  health(health: EngineHealth): void {
    if (health.state === "restarting" || health.state === "down") this.#nothingRuns();
    for (const viewer of this.#viewers) viewer.onHealth(health);
  }

  dispose(): void {
    this.#viewers.clear();
    this.#statuses.clear();
  }

  #nothingRuns(): void {
    for (const [session, status] of this.#statuses)
      if (status.running) this.#setStatus(session, { ...status, running: false, waiting: [] });
  }

  #setStatus(session: string, status: SessionStatus): void {
    const before = this.#statuses.get(session);
    if (status === before) return;
    this.#statuses.set(session, status);
    this.options.onStatus(session, status, before);
  }
}
