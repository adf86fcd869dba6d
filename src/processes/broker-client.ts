import { spawn, type ChildProcess } from "node:child_process";
import { randomInt } from "node:crypto";
import { StrideError, messageOf, problem } from "../shared/errors";
import { createFrameReader, encodeFrame } from "./broker/frames";
import type { BrokerOptions, EndNotice, Notice, Order, StartOrder } from "./broker/messages";

export interface BrokerClientOptions extends BrokerOptions {
  brokerPath: string;
  /** node, or an editor's binary that can act as node. */
  nodePath: string;
  /** Open files each command may have; the broker sets it for itself and so for all. */
  openFiles: number;
  onLog: (line: string) => void;
  onPressure: (on: boolean, bytes: number) => void;
}

export interface ChildListener {
  onStarted?(pid: number): void;
  onData?(bytes: Buffer, skipped: number): void;
  /** Called exactly once. */
  onEnd(end: ChildEnd): void;
  /** Nothing it started lives any more. Only after `onEnd` with survivors. */
  onGone?(): void;
}

export type ChildEnd =
  | { kind: "ended"; notice: EndNotice; head: Buffer; tail: Buffer }
  | { kind: "failed"; problem: string }
  /** The broker itself went away and took everything with it. */
  | { kind: "lost"; problem: string };

export interface Look {
  bytes: Buffer;
  totalBytes: number;
  skipped: number;
  waitsForTerminal?: string;
}

export interface RunningChild {
  kill(graceMs: number, problem?: string): void;
  acknowledge(bytes: number): void;
  /** Null when the broker is gone. */
  look(from: number): Promise<Look | null>;
}

const RESTARTS = 5;
const RESTARTS_WITHIN_MS = 60_000;
const SHUTDOWN_GRACE_MS = 1000;
const SHUTDOWN_CAP_MS = 3000;
const MEMORY_FLAGS = ["--max-old-space-size=64", "--max-semi-space-size=2"];

/** Starts the broker when first needed, again when it dies, and speaks with it. */
export class BrokerClient {
  #process: ChildProcess | null = null;
  #children = new Map<number, ChildListener>();
  #ended = new Set<number>();
  #looks = new Map<number, (look: Look | null) => void>();
  #next = 1;
  #losses: number[] = [];
  #closing = false;
  #closed: Promise<void> | undefined;
  /** It has said something: it is up. */
  #heard = false;

  constructor(private readonly options: BrokerClientOptions) {}

  get pid(): number | undefined {
    return this.#process?.pid;
  }

  /** Throws a StrideError when the broker cannot be started; everything later arrives at the listener. */
  start(order: Omit<StartOrder, "op" | "id">, listener: ChildListener): RunningChild {
    this.warm();
    const id = this.#next++;
    this.#children.set(id, listener);
    this.#keepAlive();
    this.#post({ op: "start", id, ...order });
    return {
      kill: (graceMs, why) =>
        this.#post(why === undefined ? { op: "kill", id, graceMs } : { op: "kill", id, graceMs, problem: why }),
      acknowledge: (bytes) => this.#post({ op: "ack", id, bytes }),
      look: (from) => this.#look(id, from),
    };
  }

  /** Starts the broker if it does not run, so that the first command need not wait for it. */
  warm(): void {
    if (this.#closing) throw new StrideError(problem("processes_closed", "Stride is shutting down; no command can be started."));
    if (this.#process) return;
    const since = performance.now() - RESTARTS_WITHIN_MS;
    this.#losses = this.#losses.filter((at) => at > since);
    if (this.#losses.length >= RESTARTS) {
      const next = "Wait a minute and try again; if it stays so, look at the log and restart the editor.";
      throw new StrideError(problem("broker_unstable", "The process that runs commands ended several times in a row.", next));
    }
    this.#process = this.#spawn();
  }

  /** Stop input, end everything, cap 3 s. */
  shutdown(): Promise<void> {
    this.#closing = true;
    return (this.#closed ??= this.#shutdown());
  }

  async #shutdown(): Promise<void> {
    const broker = this.#process;
    if (!broker) return;
    this.#hold(true);
    const gone = new Promise<void>((resolve) => broker.once("exit", () => resolve()));
    if (broker.exitCode !== null || broker.signalCode !== null) return;
    this.#post({ op: "shutdown", graceMs: SHUTDOWN_GRACE_MS });
    if (!this.#heard) {
      // It is still starting and will find both the order and the end of its input: it ends what it starts by itself.
      broker.stdin?.end();
      this.#hold(false);
      return this.#onLost(broker, "");
    }
    const cap = setTimeout(() => broker.kill("SIGKILL"), SHUTDOWN_CAP_MS);
    await gone;
    clearTimeout(cap);
  }

  #spawn(): ChildProcess {
    const { brokerPath, nodePath, stateDir, totalMemoryBytes, openFiles } = this.options;
    const born = randomInt(2 ** 40, 2 ** 47);
    const args = [...MEMORY_FLAGS, brokerPath, JSON.stringify({ stateDir, totalMemoryBytes, born } satisfies BrokerOptions)];
    const [file, all] =
      process.platform === "win32"
        ? [nodePath, args]
        : ["/bin/sh", ["-c", `${limitsFor(openFiles, born)}; exec "$0" "$@"`, nodePath, ...args]];
    this.#heard = false;
    const broker = spawn(file, all, {
      cwd: process.platform === "win32" ? undefined : "/",
      env: { PATH: process.env.PATH ?? "/usr/bin:/bin", ELECTRON_RUN_AS_NODE: "1", ...windowsNeeds() },
      detached: process.platform !== "win32",
      windowsHide: true,
      stdio: ["pipe", "pipe", "pipe"],
    });
    let complaint = "";
    broker.stderr?.on("data", (chunk: Buffer) => (complaint = (complaint + chunk.toString()).slice(-2000)));
    broker.stdin?.on("error", () => {}); // the exit event tells
    broker.stdout?.on(
      "data",
      createFrameReader<Notice>((notice, payload) => this.#onNotice(notice, payload)),
    );
    broker.once("error", (error) => this.#onLost(broker, messageOf(error)));
    broker.once("close", (code, signal) => this.#onLost(broker, `${signal ?? `code ${code}`}${complaint && `: ${complaint}`}`));
    return broker;
  }

  #post(order: Order): void {
    if (this.#process?.stdin?.writable) this.#process.stdin.write(encodeFrame(order));
  }

  #look(id: number, from: number): Promise<Look | null> {
    if (!this.#process) return Promise.resolve(null);
    const ask = this.#next++;
    return new Promise((resolve) => {
      this.#looks.set(ask, resolve);
      this.#post({ op: "look", id, ask, from });
    });
  }

  #onNotice(notice: Notice, payload: Buffer): void {
    this.#heard = true;
    switch (notice.op) {
      case "ready":
        return;
      case "pressure":
        return this.options.onPressure(notice.on, notice.bytes);
      case "looked": {
        const { totalBytes, skipped, waitsForTerminal } = notice;
        this.#looks.get(notice.ask)?.({ bytes: payload, totalBytes, skipped, ...(waitsForTerminal && { waitsForTerminal }) });
        this.#looks.delete(notice.ask);
        return;
      }
      case "started":
        return this.#children.get(notice.id)?.onStarted?.(notice.pid);
      case "data":
        return this.#children.get(notice.id)?.onData?.(payload, notice.skipped);
      case "failed":
        return this.#finish(notice.id, { kind: "failed", problem: notice.problem });
      case "ended": {
        const head = Buffer.from(payload.subarray(0, notice.headBytes));
        return this.#finish(notice.id, { kind: "ended", notice, head, tail: Buffer.from(payload.subarray(notice.headBytes)) });
      }
      case "gone":
        this.#children.get(notice.id)?.onGone?.();
        this.#children.delete(notice.id);
        this.#ended.delete(notice.id);
        return this.#keepAlive();
    }
  }

  #finish(id: number, end: ChildEnd): void {
    const listener = this.#children.get(id);
    if (!listener || this.#ended.has(id)) return;
    this.#ended.add(id);
    listener.onEnd(end);
    this.#keepAlive();
  }

  #onLost(broker: ChildProcess, how: string): void {
    if (this.#process !== broker) return;
    this.#process = null;
    const hadWork = this.#children.size > 0;
    const text = this.#closing
      ? "killed: Stride was shut down"
      : `killed: the process that runs commands ended unexpectedly (${how.trim()})`;
    for (const resolve of this.#looks.values()) resolve(null);
    this.#looks.clear();
    for (const [id, listener] of [...this.#children]) {
      this.#finish(id, { kind: "lost", problem: text });
      listener.onGone?.();
    }
    this.#children.clear();
    this.#ended.clear();
    this.options.onPressure(false, 0);
    if (this.#closing) return;
    this.#losses.push(performance.now());
    this.options.onLog(text);
    if (hadWork && this.#losses.length < RESTARTS) this.warm(); // the new one ends what the old one left
  }

  /** A process waits for its commands, but not for an idle broker. */
  #keepAlive(): void {
    this.#hold(this.#children.size > this.#ended.size);
  }

  #hold(on: boolean): void {
    const broker = this.#process;
    if (!broker) return;
    const how = on ? "ref" : "unref";
    broker[how]();
    for (const stream of [broker.stdin, broker.stdout, broker.stderr])
      (stream as unknown as { ref(): void; unref(): void } | null)?.[how]();
  }
}

/** The second one limits nothing: it is a number that all later processes inherit and none can lose by accident. */
function limitsFor(openFiles: number, born: number): string {
  return `{ ulimit -n ${Math.floor(openFiles)}; ulimit -S -w ${born} || ulimit -S -x ${born}; } 2>/dev/null`;
}

/** Without these Windows starts no program at all. */
function windowsNeeds(): Record<string, string> {
  if (process.platform !== "win32") return {};
  const names = ["SystemRoot", "windir", "ComSpec", "TEMP", "TMP", "PATHEXT", "USERPROFILE"];
  return Object.fromEntries(
    names.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name] as string]])),
  );
}
