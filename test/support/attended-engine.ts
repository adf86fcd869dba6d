import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { Engine } from "../../src/agent/engine";
import { headlessHost } from "../../src/headless/host-api";
import { diskProbe } from "../../src/headless/path-probe";
import type { AgentEvent, Op } from "../../src/shared/protocol/agent";
import type { EngineSettings, HostApi } from "../../src/shared/protocol/host";
import { textBlock } from "../../src/shared/protocol/messages";
import type { ApprovalAnswer } from "../../src/shared/protocol/permission";
import type { ModelServer } from "./model-server/start-model-server";

type WithoutSession<T> = T extends unknown ? Omit<T, "session"> : never;

export interface AttendedEngine {
  engine: Engine;
  session: string;
  cwd: string;
  stateDir: string;
  events: AgentEvent[];
  put(path: string, text: string): string;
  read(path: string): string;
  op(op: WithoutSession<Op>): Promise<void>;
  say(text: string): Promise<void>;
  until<T extends AgentEvent["type"]>(type: T, from?: number): Promise<Extract<AgentEvent, { type: T }>>;
  /** Says it, answers every approval alike, resolves when the turn has ended. */
  turn(text: string, answer?: ApprovalAnswer): Promise<Extract<AgentEvent, { type: "turn_ended" }>>;
  /** The same state in a new engine, as after a restart; opens the same conversation. */
  restart(): Promise<AttendedEngine>;
  stop(): Promise<void>;
}

export interface AttendedOptions {
  files?: Record<string, string>;
  trusted?: boolean;
  settings?: Partial<EngineSettings>;
  host?: Partial<HostApi>;
}

/** The whole engine in this process, attended by the test: real files, real broker, real HTTP to the scripted server. */
export async function attendedEngine(server: ModelServer, options: AttendedOptions = {}): Promise<AttendedEngine> {
  const dir = mkdtempSync(join(tmpdir(), "stride-engine-"));
  const cwd = join(dir, "proj");
  mkdirSync(cwd);
  for (const [path, text] of Object.entries(options.files ?? {})) write(join(cwd, path), text);
  return open(server, options, { dir, cwd });
}

async function open(
  server: ModelServer,
  options: AttendedOptions,
  at: { dir: string; cwd: string; session?: string },
): Promise<AttendedEngine> {
  const { dir, cwd } = at;
  const stateDir = join(dir, "state");
  const events: AgentEvent[] = [];
  const listeners = new Set<() => void>();
  const engine = new Engine({
    host: { ...headlessHost(() => null), secret: async () => "test-key", ...options.host },
    attended: true,
    probe: diskProbe(),
    shell: "bash",
    editor: "test",
    environment: { ANTHROPIC_BASE_URL: server.url, HOME: dir },
    roots: [cwd],
    onWarnings: () => {},
    onEvent: (_session, { event }) => {
      events.push(event);
      for (const listener of [...listeners]) listener();
    },
  });
  const broker = fileURLToPath(new URL("../../dist/broker.js", import.meta.url));
  await engine.start({
    stateDir,
    version: "0.0.0",
    trusted: options.trusted ?? true,
    settings: { model: "claude-sonnet-4-5", ...options.settings },
    paths: { broker, node: process.execPath },
  });
  const { session } = await engine.openSession({ cwd, roots: [cwd], ...(at.session !== undefined && { session: at.session }) });
  const op = async (given: WithoutSession<Op>): Promise<void> => {
    const problem = await engine.submit({ ...given, session });
    if (problem) throw new Error(problem.message);
  };
  let said = 0;
  const say = (text: string): Promise<void> =>
    op({ op: "user_turn", id: `u${++said}-${Date.now()}`, content: [textBlock(text, "user")], delivery: "queue" });
  const until: AttendedEngine["until"] = (type, from = 0) =>
    new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => reject(new Error(`${type} never came; seen: ${events.map((event) => event.type).join(" ")}`)),
        15_000,
      );
      const look = (): void => {
        const found = events.slice(from).find((event) => event.type === type);
        if (!found) return;
        clearTimeout(timer);
        listeners.delete(look);
        resolve(found as never);
      };
      listeners.add(look);
      look();
    });
  return {
    engine,
    session,
    cwd,
    stateDir,
    events,
    op,
    say,
    until,
    put: (path, text) => write(join(cwd, path), text),
    read: (path) => readFileSync(join(cwd, path), "utf8"),
    async turn(text, answer) {
      const from = events.length;
      const answered = new Set<string>();
      const reply = (): void => {
        for (const event of events.slice(from)) {
          if (event.type !== "approval_requested" || !answer || answered.has(event.approval.id)) continue;
          answered.add(event.approval.id);
          void op({ op: "answer_approval", id: event.approval.id, answer });
        }
      };
      listeners.add(reply);
      await say(text);
      const ended = await until("turn_ended", from);
      listeners.delete(reply);
      return ended;
    },
    async restart() {
      await engine.shutdown();
      return open(server, options, { dir, cwd, session });
    },
    async stop() {
      await engine.shutdown();
      rmSync(dir, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

function write(path: string, text: string): string {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  return path;
}
