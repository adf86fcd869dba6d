import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { messageOf } from "../shared/errors";
import type { CommandInfo, CommandOutcome, CommandRequest, CommandSandbox, Commands } from "../shared/ports/commands";
import type { BrokerClient, ChildEnd, Look, RunningChild } from "./broker-client";
import { finished, programOf, type Program } from "./command-program";
import type { Environment } from "./environment";
import { Slots, type Limits } from "./limits";
import { createOutputText, outputEnds } from "./output-text";

export interface CommandsOptions {
  client: BrokerClient;
  slots: Slots;
  limits: Limits;
  stateDir: string;
  environment(): Promise<Environment>;
  sandbox?: () => Promise<CommandSandbox | null>;
  /** A command that had gone to the background ended. */
  onBackgroundEnd?: (info: CommandInfo, outcome: CommandOutcome) => void;
}

/** One command from the call to its end. */
interface Entry {
  request: CommandRequest;
  info: CommandInfo;
  outputPath: string;
  /** Ends the wait in the queue. */
  leave: AbortController;
  child: RunningChild | null;
  began: number;
  ended: Promise<CommandOutcome>;
  end(outcome: CommandOutcome): void;
  outcome: CommandOutcome | null;
  /** What `poll` showed up to now, and what it can still show after the end. */
  seenBytes: number;
  text: ReturnType<typeof createOutputText>;
  last: Look | null;
}

const KILL_GRACE_MS = 1000;
const KILL_CAP_MS = 3000;
const FINISHED_KEPT = 100;

export function createCommands(options: CommandsOptions): Commands {
  const entries = new Map<string, Entry>();

  const run = async (request: CommandRequest, signal: AbortSignal): Promise<CommandOutcome> => {
    if (entries.get(request.id)?.outcome === null) return failed(0, `A command with the id ${request.id} runs already.`);
    const entry = createEntry(request, options.stateDir);
    entries.delete(request.id);
    entries.set(request.id, entry);
    forgetOld(entries);
    void entry.ended.then((outcome) => entry.info.background && options.onBackgroundEnd?.(entry.info, outcome));
    const onAbort = () => void stop(entry, options.client);
    signal.addEventListener("abort", onAbort, { once: true });
    if (signal.aborted) onAbort();
    const started = start(entry, options);
    try {
      return await first(entry, started, options.slots);
    } finally {
      signal.removeEventListener("abort", onAbort);
    }
  };

  return {
    run,
    list: () => [...entries.values()].map((entry) => ({ ...entry.info })),
    async poll(id) {
      const entry = entries.get(id);
      if (!entry) return null;
      const look = entry.outcome ? lookBack(entry) : await entry.child?.look(entry.seenBytes);
      let output = "";
      if (look && look.totalBytes > entry.seenBytes) {
        output = entry.text(look.bytes, look.skipped);
        entry.seenBytes = look.totalBytes;
      }
      const info = { ...entry.info };
      return entry.outcome ? { info, output, outcome: entry.outcome } : { info, output };
    },
    async kill(id) {
      const entry = entries.get(id);
      if (!entry) return null;
      await stop(entry, options.client);
      return { ...entry.info };
    },
  };
}

function createEntry(request: CommandRequest, stateDir: string): Entry {
  const { id, title, command, background } = request;
  const { promise, resolve } = Promise.withResolvers<CommandOutcome>();
  const entry: Entry = {
    request,
    info: { id, title, command, background, state: "queued", startedAt: Date.now(), exitCode: null },
    outputPath: join(stateDir, "commands", `${randomBytes(12).toString("hex")}.log`),
    leave: new AbortController(),
    child: null,
    began: performance.now(),
    ended: promise,
    outcome: null,
    seenBytes: 0,
    text: createOutputText(),
    last: null,
    end(outcome) {
      if (entry.outcome) return;
      entry.outcome = outcome;
      entry.info.state = outcome.state;
      entry.info.exitCode = outcome.exitCode;
      resolve(outcome);
    },
  };
  return entry;
}

/** Resolves when the program runs or will never run. */
async function start(entry: Entry, options: CommandsOptions): Promise<void> {
  const { request } = entry;
  const admission = await options.slots.enter(entry.leave.signal);
  if (admission.kind === "refused") return entry.end(failed(took(entry), admission.problem));
  if (admission.kind === "aborted") return entry.end({ ...failed(took(entry), "Stopped before it started."), state: "killed" });
  let program: Program | null = null;
  try {
    const env = withChanges(await options.environment(), request.environment);
    program = await programOf(entry.request, options.sandbox, entry.leave.signal);
    const order = orderOf(entry, program, { ...env, ...program.env }, options.limits);
    if (entry.leave.signal.aborted) throw new Error("Stopped before it started.");
    entry.info.state = "running";
    await new Promise<void>((onStarted) => {
      entry.child = options.client.start(order, {
        onStarted: () => onStarted(),
        ...outputListener(request),
        onEnd: (end) => {
          onStarted();
          remember(entry, end);
          void finished(outcomeOf(entry, end, program), program).then((outcome) => entry.end(outcome));
          if (end.kind !== "ended" || end.notice.survivors.length === 0) admission.release();
        },
        onGone: admission.release,
      });
    });
  } catch (error) {
    admission.release();
    await program?.finish().catch(() => undefined);
    entry.end(
      entry.leave.signal.aborted
        ? { ...failed(took(entry), messageOf(error)), state: "killed" }
        : failed(took(entry), messageOf(error)),
    );
  }
}

/** The end, or the way to the background: at once when asked for, else when the time is over. */
async function first(entry: Entry, started: Promise<void>, slots: Slots): Promise<CommandOutcome> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<"late">((resolve) => (timer = setTimeout(() => resolve("late"), entry.request.timeoutMs)));
  const moved = entry.request.background ? Promise.race([started, late]) : late;
  try {
    const ended = await Promise.race([entry.ended, moved]);
    if (typeof ended === "object") return ended;
    entry.info.background = true;
    const wasAsked = entry.request.background && ended !== "late";
    return entry.outcome ?? (await backgroundOutcome(entry, wasAsked, slots));
  } finally {
    clearTimeout(timer);
  }
}

async function backgroundOutcome(entry: Entry, wasAsked: boolean, slots: Slots): Promise<CommandOutcome> {
  const look = (await entry.child?.look(0)) ?? null;
  if (entry.outcome) return entry.outcome;
  const ends = outputEnds(Buffer.alloc(0), look?.bytes ?? Buffer.alloc(0), look?.totalBytes ?? 0);
  entry.seenBytes = look?.totalBytes ?? 0;
  const problem = wasAsked ? undefined : whyLate(entry, look, slots);
  const outcome: CommandOutcome = {
    state: "background",
    exitCode: null,
    signal: null,
    ...ends,
    totalBytes: look?.totalBytes ?? 0,
    outputPath: entry.outputPath,
    ms: took(entry),
  };
  return problem === undefined ? outcome : { ...outcome, problem };
}

function whyLate(entry: Entry, look: Look | null, slots: Slots): string {
  if (entry.info.state === "queued") return slots.why();
  if (look?.waitsForTerminal) {
    return `${look.waitsForTerminal} waits for input from a terminal, and nobody is there to type. Kill it and give the input or a flag that answers.`;
  }
  return `It runs longer than ${entry.request.timeoutMs / 1000} s and goes on in the background.`;
}

function orderOf(entry: Entry, program: Program, env: Environment, limits: Limits): Parameters<BrokerClient["start"]>[0] {
  const { request } = entry;
  const { file, args } = program;
  const output = {
    kind: "log" as const,
    path: entry.outputPath,
    capBytes: limits.outputBytes,
    updates: request.onOutput !== undefined,
  };
  const treeLimits = { memoryBytes: limits.memoryBytesPerCommand, processes: limits.processesPerCommand, nice: limits.nice };
  const order = { file, args, cwd: request.cwd, env, output, limits: treeLimits };
  return request.stdin === undefined ? order : { ...order, stdin: request.stdin };
}

function outputListener(request: CommandRequest): { onData?: (bytes: Buffer, skipped: number) => void } {
  const { onOutput } = request;
  if (!onOutput) return {};
  const text = createOutputText();
  return {
    onData(bytes, skipped) {
      const shown = text(bytes, skipped);
      if (shown !== "") onOutput(shown);
    },
  };
}

/** Kills the whole tree and waits for the end; also what an ended command left running. */
async function stop(entry: Entry, client: BrokerClient): Promise<void> {
  entry.leave.abort();
  if (entry.outcome) return entry.child?.kill(KILL_GRACE_MS);
  entry.child?.kill(KILL_GRACE_MS);
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, KILL_CAP_MS)));
  await Promise.race([entry.ended, late]);
  clearTimeout(timer);
  const text = `It was told to end, but the process that runs commands${client.pid ? "" : " is gone and"} did not confirm it.`;
  entry.end({ ...failed(took(entry), text), state: "killed", outputPath: entry.outputPath });
}

function outcomeOf(entry: Entry, end: ChildEnd, program: Program | null): CommandOutcome {
  if (end.kind === "failed") return failed(took(entry), end.problem);
  if (end.kind === "lost") return { ...failed(took(entry), end.problem), state: "killed", outputPath: entry.outputPath };
  const { notice } = end;
  const problem = notice.problem ?? (program?.contained ? undefined : aboutSurvivors(notice.survivors));
  const outcome: CommandOutcome = {
    state: notice.killed ? "killed" : "exited",
    exitCode: notice.exitCode,
    signal: notice.signal,
    ...outputEnds(end.head, end.tail, notice.totalBytes),
    totalBytes: notice.totalBytes,
    outputPath: entry.outputPath,
    ms: took(entry),
  };
  return problem === undefined ? outcome : { ...outcome, problem };
}

function aboutSurvivors(survivors: { pid: number; name: string }[]): string | undefined {
  if (survivors.length === 0) return undefined;
  const names = survivors.map(({ name, pid }) => `${name} (${pid})`).join(", ");
  return `The shell ended; what it started goes on and ends with Stride: ${names}.`;
}

/** Only what went to the background is looked at after its end. */
function remember(entry: Entry, end: ChildEnd): void {
  if (end.kind !== "ended" || !entry.info.background) return;
  entry.last = { bytes: end.tail, totalBytes: end.notice.totalBytes, skipped: 0 };
}

function lookBack(entry: Entry): Look | null {
  const { last } = entry;
  if (!last) return null;
  entry.last = null;
  const wanted = last.totalBytes - entry.seenBytes;
  const bytes = last.bytes.subarray(Math.max(0, last.bytes.length - wanted));
  return { bytes, totalBytes: last.totalBytes, skipped: wanted - bytes.length };
}

function failed(ms: number, problem: string): CommandOutcome {
  return {
    state: "failed",
    exitCode: null,
    signal: null,
    head: "",
    tail: "",
    omittedBytes: 0,
    totalBytes: 0,
    outputPath: "",
    ms,
    problem,
  };
}

const took = (entry: Entry): number => Math.round(performance.now() - entry.began);

function forgetOld(entries: Map<string, Entry>): void {
  const finished = [...entries].filter(([, entry]) => entry.outcome !== null);
  for (const [id] of finished.slice(0, Math.max(0, finished.length - FINISHED_KEPT))) entries.delete(id);
}

function withChanges(env: Environment, changes: Record<string, string | null> = {}): Environment {
  const kept = Object.entries({ ...env, ...changes }).filter((entry): entry is [string, string] => entry[1] !== null);
  return Object.fromEntries(kept);
}
