import { messageOf } from "../../shared/errors";
import type { Disposable } from "../../shared/lifecycle";
import type { EngineHealth, FromPanel, PanelEvent, PanelSnapshot, PanelView, ToPanel } from "../../shared/protocol/view";
import type { Conversations, Viewer } from "../conversations";
import { FrameQueue } from "./frame-queue";
import { parseFromPanel } from "./from-panel";

/** What the bridge needs of a webview, so that tests can hand it a pair of queues. */
export interface PanelWebview {
  post(message: ToPanel): void;
  visible(): boolean;
}

type Surroundings = Pick<PanelSnapshot, "models" | "trusted" | "hasKey" | "engine" | "draft" | "roots">;

export interface PanelBridgeOptions {
  webview: PanelWebview;
  conversations: Conversations;
  /** The parts of a snapshot that are not in the session. */
  surroundings(): Promise<Surroundings>;
  /** In a folder that is not trusted there is no engine at all. */
  trusted(): boolean;
  /** All but `ready` and `next_frame`, which the bridge answers itself. */
  onMessage(message: Exclude<FromPanel, { type: "ready" | "next_frame" }>, bridge: PanelBridge): void;
  onSession(session: string): void;
  log(message: string): void;
  session?: string;
}

/**
 * Moves events from the engine to one webview: one frame for each credit, a snapshot when it is (again) shown or
 * was too slow, nothing at all while it is hidden.
 */
export class PanelBridge implements Viewer, Disposable {
  #session: string | undefined;
  #queue = new FrameQueue();
  #credit = false;
  #frame = 0;
  /** undefined: no snapshot was sent yet, so nothing gathers. */
  #shownSeq: number | undefined;
  #syncing: Promise<void> | undefined;
  #inserts: { text: string; focus: boolean }[] = [];
  #view: PanelView | undefined;
  #attachment: Disposable;

  constructor(private readonly options: PanelBridgeOptions) {
    this.#session = options.session;
    this.#attachment = options.conversations.attach(this);
  }

  get session(): string | undefined {
    return this.#session;
  }

  get visible(): boolean {
    return this.options.webview.visible();
  }

  get gathered(): number {
    return this.#queue.size;
  }

  receive(raw: unknown): void {
    const message = parseFromPanel(raw);
    if (!message)
      return this.options.log(`a message of the panel does not fit and was dropped: ${JSON.stringify(raw)?.slice(0, 80)}`);
    if (message.type === "ready") {
      if (message.have) this.#session ??= message.have.session || undefined;
      if (message.draft) this.options.onMessage({ type: "draft", text: message.draft }, this);
      void this.sync();
    } else if (message.type === "next_frame") {
      this.#credit = true;
      this.#send();
    } else {
      this.options.conversations.touch(this);
      this.options.onMessage(message, this);
    }
  }

  /** Shows another session, or a new one. */
  async show(session: string | undefined): Promise<void> {
    this.#session = session;
    await this.sync();
  }

  /** The session's id, once there is one. */
  async ready(): Promise<string | undefined> {
    if (!this.#session) await (this.#syncing ?? this.sync());
    return this.#session;
  }

  insert(text: string, focus: boolean): void {
    if (this.#shownSeq === undefined || !this.visible) this.#inserts.push({ text, focus });
    else this.options.webview.post({ type: "insert", text, focus });
  }

  /** Also for a panel that is only now being opened. */
  view(view: PanelView): void {
    if (this.#shownSeq === undefined || !this.visible) this.#view = view;
    else this.options.webview.post({ type: "view", view });
  }

  post(message: Exclude<ToPanel, { type: "frame" | "snapshot" }>): void {
    if (this.visible) this.options.webview.post(message);
  }

  onEvents(events: PanelEvent[]): void {
    const shown = this.#shownSeq;
    if (shown === undefined) return;
    for (const one of events) {
      // What the snapshot had already.
      if (one.seq !== 0 && one.seq <= shown) continue;
      this.#queue.push(one);
    }
    this.#send();
  }

  onHealth(health: EngineHealth): void {
    this.post({ type: "status", engine: health });
  }

  onEngineRestarted(): void {
    if (this.visible) void this.sync();
  }

  hidden(): void {
    this.#shownSeq = undefined;
    this.#credit = false;
    this.#queue.clear();
  }

  /** Sends a snapshot; one at a time, and the last wish wins. */
  sync(): Promise<void> {
    const before = this.#syncing ?? Promise.resolve();
    const mine: Promise<void> = before
      .then(() => (this.#syncing === mine ? this.#snapshot() : undefined))
      .finally(() => {
        if (this.#syncing === mine) this.#syncing = undefined;
      });
    this.#syncing = mine;
    return mine;
  }

  dispose(): void {
    this.hidden();
    this.#attachment.dispose();
  }

  async #snapshot(): Promise<void> {
    this.hidden();
    const around = await this.options.surroundings();
    if (!this.options.trusted()) return this.#post(this.#emptySnapshot(around));
    try {
      const view = await this.options.conversations.open(this.#session);
      this.#session = view.session;
      this.options.onSession(view.session);
      const { running, queued, kept, model, mode } = view.status;
      const firstSeq = view.tail.find(({ seq }) => seq > 0)?.seq ?? 1;
      this.#shownSeq = view.lastSeq;
      const engine: EngineHealth = { state: "ready" };
      this.#post({ ...around, session: view.session, events: view.tail, firstSeq, running, queued, kept, model, mode, engine });
      if (view.problem) this.onEvents([{ seq: 0, at: Date.now(), event: { type: "notice", level: "error", ...view.problem } }]);
    } catch (error) {
      this.options.log(`no conversation to show: ${messageOf(error)}`);
      const engine: EngineHealth =
        around.engine.state === "restarting" || around.engine.state === "down"
          ? around.engine
          : { state: "down", why: messageOf(error), next: "Choose “Restart engine”; the log says more." };
      this.#post(this.#emptySnapshot({ ...around, engine }));
    }
  }

  #emptySnapshot(around: Surroundings): PanelSnapshot {
    this.#shownSeq ??= 0;
    return {
      ...around,
      session: this.#session ?? "",
      events: [],
      firstSeq: 1,
      running: false,
      queued: [],
      model: "",
      mode: "default",
    };
  }

  #post(state: PanelSnapshot): void {
    this.options.webview.post({ type: "snapshot", frame: ++this.#frame, state });
    for (const insert of this.#inserts.splice(0)) this.options.webview.post({ type: "insert", ...insert });
    if (this.#view) this.options.webview.post({ type: "view", view: this.#view });
    this.#view = undefined;
  }

  #send(): void {
    if (this.#queue.overflowed) {
      this.#queue.clear();
      void this.sync();
      return;
    }
    if (!this.#credit || this.#queue.size === 0 || !this.visible) return;
    this.#credit = false;
    this.options.webview.post({ type: "frame", frame: ++this.#frame, events: this.#queue.take() });
  }
}
