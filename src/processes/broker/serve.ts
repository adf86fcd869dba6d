import { randomBytes } from "node:crypto";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Readable, Writable } from "node:stream";
import { Child, type Send } from "./child";
import { createFrameReader, encodeFrame } from "./frames";
import { endTrees } from "./kill-tree";
import type { BrokerOptions, Order, StartOrder } from "./messages";
import { PipePool } from "./pipe-pool";
import {
  findDescendants,
  findMembers,
  ownMark,
  readProcess,
  straysOf,
  waitsForTerminal,
  type ProcessTree,
} from "./process-table";
import { Registry, sweepLeftovers } from "./registry";
import { Watch } from "./watch";

const LOST_GRACE_MS = 500;

/**
 * The small process that starts everything. It is told what to do on `input`; when that breaks, the
 * one who asked is gone and nothing started for it may live on.
 */
export function serveBroker(input: Readable, output: Writable, options: BrokerOptions, exit: (code: number) => void): void {
  const broker = new Broker(output, options);
  let leaving = false;
  const leave = (graceMs: number) => {
    if (leaving) return;
    leaving = true;
    void broker.endAll(graceMs).finally(() => exit(0));
  };
  const read = createFrameReader<Order>((order) => {
    if (order.op === "shutdown") leave(order.graceMs);
    else if (!leaving) broker.obey(order);
  });
  input.on("data", read);
  for (const event of ["end", "close", "error"]) input.once(event, () => leave(LOST_GRACE_MS));
  output.on("error", () => leave(LOST_GRACE_MS));
}

class Broker {
  readonly #children = new Map<number, Child>();
  readonly #token = randomBytes(12).toString("hex");
  readonly #born: string | undefined;
  readonly #started = readProcess(process.pid)?.started ?? "";
  readonly #pipes: PipePool;
  readonly #registry: Registry;
  readonly #watch: Watch;
  readonly #send: Send;
  #starting = new Set<Promise<unknown>>();

  constructor(output: Writable, options: BrokerOptions) {
    const folder = join(options.stateDir, "commands");
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    this.#send = (notice, payload) => void output.write(encodeFrame(notice, payload));
    this.#pipes = new PipePool(folder);
    void this.#pipes.fill();
    this.#born = ownMark(options.born);
    this.#registry = new Registry(folder, this.#born);
    this.#watch = new Watch(options.totalMemoryBytes, this.#children, {
      kill: (child, problem) => void this.#kill(child, 0, problem),
      pressure: (on, bytes) => this.#send({ op: "pressure", on, bytes }),
      empty: (child) => this.#forget(child),
    });
    this.#send({ op: "ready" });
    void sweepLeftovers(folder).catch(() => {}); // unreadable leftovers must not stop new work
  }

  obey(order: Exclude<Order, { op: "shutdown" }>): void {
    if (order.op === "start") return this.#start(order);
    const child = this.#children.get(order.id);
    if (order.op === "ack") return child?.acknowledge(order.bytes);
    if (order.op === "kill") return void (child && this.#kill(child, order.graceMs, order.problem));
    const { bytes, skipped, totalBytes } = child?.look(order.from) ?? { bytes: Buffer.alloc(0), skipped: 0, totalBytes: 0 };
    const waiting = child?.tree && !child.ended ? waitsForTerminal(findMembers([child.tree])[0] ?? []) : undefined;
    const answer = { op: "looked" as const, ask: order.ask, totalBytes, skipped };
    this.#send(waiting === undefined ? answer : { ...answer, waitsForTerminal: waiting }, bytes);
  }

  async endAll(graceMs: number): Promise<void> {
    await Promise.all(this.#starting);
    const children = [...this.#children.values()];
    for (const child of children) child.killed ||= !child.ended;
    const left = await endTrees([...treesOf(children), ...straysOf(this.#born, this.#started)], graceMs);
    for (const child of children) child.close();
    if (left === 0) this.#registry.remove();
  }

  #start(order: StartOrder): void {
    const child = new Child(order, this.#send);
    this.#children.set(order.id, child);
    const started = child
      .start(`${this.#token}.${order.id}`, this.#pipes, (ended, code, signal) => void this.#onExit(ended, code, signal))
      .then((tree) => {
        if (tree === null) return this.#forget(child);
        this.#registry.add(tree);
        this.#watch.begin(child.isRelay);
      })
      .finally(() => this.#starting.delete(started));
    this.#starting.add(started);
  }

  async #kill(child: Child, graceMs: number, problem?: string): Promise<void> {
    await Promise.all(this.#starting);
    if (!child.tree) return;
    if (!child.ended) {
      child.killed = true;
      child.killProblem ??= problem;
    }
    // With nothing else running, who came after it came of it.
    const strays = this.#children.size === 1 ? straysOf(this.#born, child.tree.started) : [];
    await endTrees([child.tree, ...strays], graceMs);
    if (child.ended) this.#forget(child);
  }

  async #onExit(child: Child, code: number | null, signal: string | null): Promise<void> {
    await child.drained();
    await Promise.all(this.#starting);
    if (!child.tree) return;
    if (child.isRelay) child.sendEnd(code, signal, []); // nobody asks what a search left behind: answer first
    const members = findDescendants(child.tree);
    const survivors = child.killed ? [] : members.map(({ pid, name }) => ({ pid, name }));
    if (!child.isRelay) child.sendEnd(code, signal, survivors.slice(0, 20));
    if (members.length === 0) this.#forget(child);
  }

  #forget(child: Child): void {
    if (!this.#children.delete(child.id)) return;
    child.close();
    this.#send({ op: "gone", id: child.id });
  }
}

function treesOf(children: Child[]): ProcessTree[] {
  return children.flatMap((child) => child.tree ?? []);
}
