import { spawn, type ChildProcess, type SpawnOptions } from "node:child_process";
import { closeSync, statSync } from "node:fs";
import { Socket } from "node:net";
import { setPriority } from "node:os";
import type { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { MARKER, type EndNotice, type Notice, type StartOrder } from "./messages";
import { OutputSink } from "./output-sink";
import type { PipePair, PipePool } from "./pipe-pool";
import { readProcess, type ProcessTree } from "./process-table";

export type Send = (notice: Notice, payload?: Uint8Array) => void;

const UPDATE_MS = 100;
const UPDATE_BYTES = 16 * 1024;
const RELAY_WINDOW = 1024 * 1024;
const STDERR_KEPT = 64 * 1024;
/** What the shell printed before it ended is in the pipe already; this is how long we look for it. */
const DRAIN_MS = 250;
const DRAIN_QUIET_MS = 20;
/** A program of ours leaves nothing behind that could hold its pipe: what it wrote is worth the wait. */
const RELAY_QUIET_MS = 1000;
/** Shared by all pipes: a read is handled before the next one begins. */
const readBuffer = Buffer.allocUnsafeSlow(64 * 1024);

/** The end of the loop's round after this one: between them the pipes are read. */
const nextRead = (): Promise<unknown> => new Promise((resolve) => setImmediate(() => setImmediate(resolve)));

/** One started program, from spawn to the end of its shell; its output may go on after that. */
export class Child {
  readonly id: number;
  readonly limits: StartOrder["limits"];
  tree: ProcessTree | null = null;
  killProblem: string | undefined;
  killed = false;
  ended = false;
  #sink: OutputSink | null = null;
  #relay: { stdout: Readable; unacknowledged: number } | null = null;
  #stderr: Buffer[] = [];
  #totalBytes = 0;
  #sentUpTo = 0;
  #updateTimer: NodeJS.Timeout | null = null;
  #lastUpdate = 0;
  #lastData = 0;
  readonly #closeOutput = new AbortController();
  readonly #outputClosed = this.#closeOutput.signal;
  readonly #order: StartOrder;
  readonly #send: Send;

  constructor(order: StartOrder, send: Send) {
    this.id = order.id;
    this.limits = order.limits;
    this.#order = order;
    this.#send = send;
  }

  /** Resolves with the tree when it runs, with null after a `failed` notice. `onExit` is called once. */
  async start(marker: string, pipes: PipePool, onExit: (child: Child, code: number | null, signal: string | null) => void) {
    const order = this.#order;
    try {
      checkFolder(order.cwd);
      const pair = order.output.kind === "log" ? await pipes.take() : null;
      if (order.output.kind === "log") this.#sink = new OutputSink(order.output.path, order.output.capBytes);
      const out = pair ? pair.write : ("pipe" as const);
      const started = spawnOrClose(pair, order.file, order.args, {
        cwd: order.cwd,
        env: { ...order.env, [MARKER]: marker },
        detached: process.platform !== "win32",
        windowsHide: true,
        stdio: [order.stdin === undefined ? "ignore" : "pipe", out, out],
      });
      started.once("exit", (code, signal) => onExit(this, code, signal));
      // At once, before it starts others that would inherit the old one.
      if (order.limits.nice > 0 && started.pid !== undefined) lowerPriority(started.pid, order.limits.nice);
      if (pair) closeSync(pair.write);
      this.#readOutput(started, pair?.read);
      await new Promise<void>((resolve, reject) => started.once("spawn", resolve).once("error", reject));
      this.#afterSpawn(started, marker, pair?.name);
      return this.tree;
    } catch (error) {
      this.ended = true;
      this.#sink?.end();
      this.#send({ op: "failed", id: this.id, problem: whyNotStarted(error, order) });
      return null;
    }
  }

  /** A program of ours (rg, git), not a command of the model. */
  get isRelay(): boolean {
    return this.#order.output.kind === "relay";
  }

  acknowledge(bytes: number): void {
    if (!this.#relay) return;
    this.#relay.unacknowledged -= bytes;
    if (this.#relay.unacknowledged < RELAY_WINDOW) this.#relay.stdout.resume();
  }

  look(from: number): { totalBytes: number; skipped: number; bytes: Buffer } {
    const { bytes, skipped } = this.#sink?.since(from) ?? { bytes: Buffer.alloc(0), skipped: 0 };
    return { totalBytes: this.#sink?.totalBytes ?? this.#totalBytes, skipped, bytes };
  }

  /** Waits for the rest of the output; a process that went to the background may hold the pipe for ever. */
  async drained(): Promise<void> {
    const [quiet, most] = this.isRelay ? [RELAY_QUIET_MS, Infinity] : [DRAIN_QUIET_MS, DRAIN_MS];
    const from = performance.now();
    while (!this.#outputClosed.aborted) {
      await sleep(DRAIN_QUIET_MS, undefined, { signal: this.#outputClosed }).catch(() => {}); // closed: at once
      // On a busy machine the timer is late and runs before the pipe was looked at: silence counts only after that.
      await nextRead();
      const now = performance.now();
      const held = this.#relay?.stdout.isPaused() === true;
      if (!held && (now - from > most || now - Math.max(this.#lastData, from) > quiet)) return;
    }
  }

  sendEnd(exitCode: number | null, signal: string | null, survivors: EndNotice["survivors"]): void {
    this.ended = true;
    this.#flush();
    const { head, tail } = this.#sink?.ends() ?? { head: Buffer.alloc(0), tail: Buffer.concat(this.#stderr) };
    const problem = this.killProblem ?? this.#sink?.problem;
    const notice: EndNotice = {
      op: "ended",
      id: this.id,
      exitCode,
      signal,
      headBytes: head.length,
      totalBytes: this.#sink?.totalBytes ?? this.#totalBytes,
      killed: this.killed,
      survivors,
    };
    this.#send(problem === undefined ? notice : { ...notice, problem }, Buffer.concat([head, tail]));
  }

  /** Nothing of it lives any more. */
  close(): void {
    if (this.#updateTimer) clearTimeout(this.#updateTimer);
    this.#sink?.end();
  }

  #afterSpawn(started: ChildProcess, marker: string, pipe: string | undefined): void {
    const pid = started.pid as number;
    this.tree = { root: pid, started: readProcess(pid)?.started ?? "", marker, known: new Map() };
    if (pipe !== undefined) this.tree.pipe = pipe;
    if (started.stdin) {
      started.stdin.on("error", () => {}); // it need not read what it was given
      started.stdin.end(this.#order.stdin);
    }
    this.#send({ op: "started", id: this.id, pid });
  }

  #readOutput(started: ChildProcess, pipe: number | undefined): void {
    if (this.#order.output.kind === "relay") return this.#readRelay(started);
    if (pipe === undefined) {
      for (const stream of [started.stdout, started.stderr]) stream?.on("data", (chunk: Buffer) => this.#onOutput(chunk));
      started.once("close", () => this.#closeOutput.abort());
      return;
    }
    const options = { fd: pipe, readable: true, writable: false, onread: { buffer: readBuffer, callback: this.#onRead } };
    const socket = new Socket(options as ConstructorParameters<typeof Socket>[0]);
    socket.once("close", () => this.#closeOutput.abort()).on("error", () => socket.destroy());
    socket.resume();
  }

  readonly #onRead = (size: number, buffer: Uint8Array): boolean => {
    this.#onOutput((buffer as Buffer).subarray(0, size));
    return true;
  };

  #readRelay(started: ChildProcess): void {
    const stdout = started.stdout as Readable;
    const relay = { stdout, unacknowledged: 0 };
    this.#relay = relay;
    stdout.on("data", (chunk: Buffer) => {
      this.#lastData = performance.now();
      this.#totalBytes += chunk.length;
      relay.unacknowledged += chunk.length;
      this.#send({ op: "data", id: this.id, skipped: 0 }, chunk);
      if (relay.unacknowledged >= RELAY_WINDOW) stdout.pause();
    });
    let kept = 0;
    started.stderr?.on("data", (chunk: Buffer) => {
      if (kept < STDERR_KEPT) this.#stderr.push(chunk.subarray(0, STDERR_KEPT - kept));
      kept += chunk.length;
    });
    started.once("close", () => this.#closeOutput.abort());
  }

  #onOutput(chunk: Buffer): void {
    this.#lastData = performance.now();
    this.#sink?.write(chunk);
    const output = this.#order.output;
    if (this.ended || output.kind !== "log" || !output.updates || this.#updateTimer) return;
    const wait = this.#lastUpdate + UPDATE_MS - this.#lastData;
    if (wait <= 0) this.#flush();
    else this.#updateTimer = setTimeout(() => this.#flush(), wait);
  }

  #flush(): void {
    if (this.#updateTimer) clearTimeout(this.#updateTimer);
    this.#updateTimer = null;
    if (!this.#sink || this.#order.output.kind !== "log" || !this.#order.output.updates) return;
    const { bytes, skipped } = this.#sink.since(this.#sentUpTo, UPDATE_BYTES);
    if (bytes.length === 0) return;
    this.#sentUpTo = this.#sink.totalBytes;
    this.#lastUpdate = performance.now();
    this.#send({ op: "data", id: this.id, skipped }, bytes);
  }
}

function lowerPriority(pid: number, nice: number): void {
  try {
    setPriority(pid, nice);
  } catch {
    // it ended already
  }
}

/** A command line that is too long for the system throws at once: then nobody will read the pipe. */
function spawnOrClose(pair: PipePair | null, file: string, args: readonly string[], options: SpawnOptions): ChildProcess {
  try {
    return spawn(file, args, options);
  } catch (error) {
    if (pair) for (const end of [pair.read, pair.write]) closeSync(end);
    throw error;
  }
}

/** Node reports a missing folder as a missing program. */
function checkFolder(cwd: string): void {
  if (!statSync(cwd, { throwIfNoEntry: false })?.isDirectory()) throw new Error(`The folder ${cwd} does not exist.`);
}

function whyNotStarted(error: unknown, order: StartOrder): string {
  const code = (error as NodeJS.ErrnoException).code;
  if (code === "ENOENT") return `The program ${order.file} was not found.`;
  if (code === "EACCES") return `The program ${order.file} may not be run by this user.`;
  if (code === "EAGAIN") return "The system cannot start another process now. End some and try again.";
  if (code === "E2BIG") return "The command is too long for the system. Put the text into a file.";
  return error instanceof Error ? error.message : String(error);
}
