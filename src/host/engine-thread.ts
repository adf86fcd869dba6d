import type { Disposable } from "../shared/lifecycle";
import { messageOf } from "../shared/errors";
import type { EngineApi, EngineStart, SettingsWarning } from "../shared/protocol/host";
import type { EngineHealth, PanelEvent } from "../shared/protocol/view";
import { connect, type Channel, type Remote, type Rpc } from "../shared/rpc";

/** One life of the engine, wherever it runs. */
export interface EngineTransport extends Channel {
  onExit(listener: (why: string) => void): void;
  terminate(): Promise<void>;
}

export interface EngineThreadOptions {
  start(): EngineTransport;
  hostApi: object;
  options(): EngineStart;
  /** Called in each life once the engine has started, before anything waiting for it goes on. */
  onStarted(engine: Remote<EngineApi>): Promise<void>;
  onEvents(batches: { session: string; events: PanelEvent[] }[]): void;
  onHealth(health: EngineHealth): void;
  onWarnings?(warnings: readonly SettingsWarning[]): void;
  log(message: string): void;
  heartbeatMs?: number;
  startMs?: number;
}

interface Life {
  transport: EngineTransport;
  rpc: Rpc<EngineApi>;
  heartbeat?: NodeJS.Timeout;
}

const maxCrashes = 3;
const crashWindowMs = 60_000;
const missedBeats = 3;
const shutdownMs = 3_000;
const firstDelayMs = 200;

/** Starts the engine when it is first needed, watches it, and starts it again when it dies: up to three times a minute. */
export class EngineThread implements Disposable {
  #life: Life | undefined;
  #ready: Promise<Remote<EngineApi>> | undefined;
  #restart: NodeJS.Timeout | undefined;
  #crashes: number[] = [];
  #disposed = false;
  #health: EngineHealth = { state: "idle" };

  constructor(private readonly options: EngineThreadOptions) {}

  get health(): EngineHealth {
    return this.#health;
  }

  /** The running engine; starts it, waits for a restart under way, and fails with a readable reason when it is down. */
  engine(): Promise<Remote<EngineApi>> {
    if (this.#disposed) return Promise.reject(new Error("Stride is shutting down."));
    if (this.#health.state === "down") return Promise.reject(new Error(`${this.#health.why} ${this.#health.next}`));
    return (this.#ready ??= this.#start());
  }

  get running(): boolean {
    return this.#ready !== undefined;
  }

  /** By the person: forgets earlier crashes. */
  async restart(): Promise<void> {
    this.#crashes = [];
    await this.#stop("restarted");
    this.#setHealth({ state: "idle" });
    await this.engine();
  }

  async shutdown(): Promise<void> {
    this.#disposed = true;
    await this.#stop("shutting down");
  }

  dispose(): void {
    void this.shutdown();
  }

  async #start(): Promise<Remote<EngineApi>> {
    const { options } = this;
    if (this.#health.state !== "restarting") this.#setHealth({ state: "starting" });
    const transport = this.#startTransport();
    const rpc = connect<EngineApi>(transport, options.hostApi);
    const life: Life = { transport, rpc };
    this.#life = life;
    rpc.on("events", (batches: { session: string; events: PanelEvent[] }[]) => options.onEvents(batches));
    rpc.on("warnings", (warnings: readonly SettingsWarning[]) => options.onWarnings?.(warnings));
    transport.onExit((why) => this.#exited(life, why));
    try {
      await withTimeout(rpc.remote.start(options.options()), options.startMs ?? 20_000, "The engine did not start in time.");
      this.#watch(life);
      await options.onStarted(rpc.remote);
    } catch (error) {
      options.log(`engine start failed: ${messageOf(error)}`);
      if (this.#life === life) await this.#end(life, messageOf(error));
      throw error;
    }
    this.#setHealth({ state: "ready" });
    return rpc.remote;
  }

  #startTransport(): EngineTransport {
    try {
      return this.options.start();
    } catch (error) {
      this.#setHealth({
        state: "down",
        why: `The engine could not be started: ${messageOf(error)}.`,
        next: "Install Stride again.",
      });
      throw error;
    }
  }

  /** Any answer proves that the engine's loop turns, also "no such method". */
  #watch(life: Life): void {
    let missed = 0;
    life.heartbeat = setInterval(() => {
      if (missed >= missedBeats) {
        this.options.log(`engine did not answer ${missed} times in a row: ending it`);
        void this.#end(life, "The engine stopped answering.");
        return;
      }
      missed += 1;
      const alive = (): void => void (missed = 0);
      (life.rpc.remote as unknown as { ping(): Promise<unknown> }).ping().then(alive, (error: unknown) => {
        if (this.#life === life && messageOf(error).includes("ping")) alive();
      });
    }, this.options.heartbeatMs ?? 5_000);
    life.heartbeat.unref();
  }

  async #end(life: Life, why: string): Promise<void> {
    this.#exited(life, why);
    await life.transport.terminate();
  }

  #exited(life: Life, why: string): void {
    if (this.#life !== life) return;
    this.#release(life, why);
    if (this.#disposed) return;
    this.options.log(`engine ended: ${why}`);
    const now = Date.now();
    this.#crashes = [...this.#crashes.filter((at) => now - at < crashWindowMs), now];
    if (this.#crashes.length > maxCrashes) {
      this.#setHealth({
        state: "down",
        why: `The engine ended ${this.#crashes.length} times within a minute (${why}).`,
        next: "Choose “Restart engine”; the log says more.",
      });
      return;
    }
    const attempt = this.#crashes.length;
    this.#setHealth({ state: "restarting", attempt, why });
    this.#ready = new Promise((resolve, reject) => {
      this.#restart = setTimeout(
        () => {
          this.#restart = undefined;
          this.#start().then(resolve, (error: unknown) => {
            // The next life, if there is one, answers instead.
            const next = this.#ready;
            if (next && this.#health.state === "restarting") next.then(resolve, reject);
            else reject(error instanceof Error ? error : new Error(messageOf(error)));
          });
        },
        firstDelayMs * 2 ** (attempt - 1),
      );
    });
    this.#ready.catch(() => undefined);
  }

  async #stop(why: string): Promise<void> {
    clearTimeout(this.#restart);
    this.#restart = undefined;
    const life = this.#life;
    this.#ready = undefined;
    if (!life) return;
    const left = withTimeout(life.rpc.remote.shutdown(), shutdownMs, "no answer").catch((error: unknown) =>
      this.options.log(`engine did not shut down by itself: ${messageOf(error)}`),
    );
    await left;
    this.#release(life, why);
    await life.transport.terminate();
  }

  #release(life: Life, why: string): void {
    clearInterval(life.heartbeat);
    if (this.#life === life) {
      this.#life = undefined;
      this.#ready = undefined;
    }
    life.rpc.close(why);
  }

  #setHealth(health: EngineHealth): void {
    this.#health = health;
    this.options.onHealth(health);
  }
}

function withTimeout<T>(promise: Promise<T>, ms: number, message: string): Promise<T> {
  let timer: NodeJS.Timeout;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(message)), ms);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}
