import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { build } from "esbuild";
import { Engine } from "../../src/agent/engine";
import type { LiveSession } from "../../src/agent/live-session";
import { headlessHost } from "../../src/headless/host-api";
import { diskProbe } from "../../src/headless/path-probe";
import type { AgentEvent } from "../../src/shared/protocol/agent";
import type { EngineSettings, HostApi } from "../../src/shared/protocol/host";
import { textBlock } from "../../src/shared/protocol/messages";
import type { ModelStream } from "../../src/shared/protocol/model";
import type { PermissionMode } from "../../src/shared/protocol/permission";

export interface EngineWorldOptions {
  files?: Record<string, string>;
  settings?: Partial<EngineSettings>;
  /** Settings file as JSON, as `--settings` takes it. */
  config?: object;
  /** In place of the wire; without it the settings decide. */
  model?: ModelStream;
  trusted?: boolean;
  attended?: boolean;
  /** Default: nothing is asked. */
  mode?: PermissionMode;
  host?: Partial<HostApi>;
}

export interface EngineWorld {
  cwd: string;
  events: AgentEvent[];
  live: LiveSession;
  engine: Engine;
  put(path: string, text: string): string;
  read(path: string): string;
  /** One turn, to its end. */
  send(text: string): Promise<void>;
  op(
    op:
      { op: "compact" | "undo_compaction" } | { op: "set_model"; model: string } | { op: "keep"; target: string; kept: boolean },
  ): Promise<void>;
  /** The same conversation in a new engine, as after a restart. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

/** The real engine over real files in a folder of its own; only the model may be scripted. */
export async function engineWorld(options: EngineWorldOptions = {}): Promise<EngineWorld> {
  const dir = mkdtempSync(join(tmpdir(), "stride-world-"));
  const cwd = join(dir, "proj");
  const put = (path: string, text: string): string => {
    const file = join(cwd, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
    return file;
  };
  mkdirSync(cwd);
  for (const [path, text] of Object.entries(options.files ?? {})) put(path, text);
  const broker = join(dir, "broker.cjs");
  await build({
    entryPoints: ["src/entry/broker.ts"],
    outfile: broker,
    bundle: true,
    platform: "node",
    format: "cjs",
    logLevel: "error",
  });
  const events: AgentEvent[] = [];
  const world = { cwd, events, put, read: (path: string) => readFileSync(join(cwd, path), "utf8") } as EngineWorld;
  const open = async (session?: string): Promise<void> => {
    world.engine = await startedEngine(dir, cwd, broker, options, (event) => events.push(event));
    const view = await world.engine.openSession({ cwd, roots: [cwd], ...(session !== undefined && { session }) });
    const live = await world.engine.sessionOf(view.session);
    if (!live) throw new Error("no session");
    world.live = live;
    sessionId = view.session;
  };
  let sessionId = "";
  let sent = 0;
  await open();
  world.send = async (text) => {
    const problem = await world.engine.submit({
      op: "user_turn",
      session: sessionId,
      id: `u${++sent}-${sessionId.slice(-4)}`,
      content: [textBlock(text)],
      delivery: "queue",
    });
    if (problem) throw new Error(problem.message);
    await world.live.session.idle();
  };
  world.op = async (op) => {
    const problem = await world.engine.submit({ ...op, session: sessionId });
    if (problem) throw new Error(problem.message);
  };
  world.restart = async () => {
    const id = sessionId;
    await world.engine.shutdown();
    await open(id);
  };
  world.stop = async () => {
    await world.engine.shutdown();
    rmSync(dir, { recursive: true, force: true, maxRetries: 5 });
  };
  return world;
}

async function startedEngine(
  dir: string,
  cwd: string,
  broker: string,
  options: EngineWorldOptions,
  onEvent: (event: AgentEvent) => void,
): Promise<Engine> {
  const environment = { PATH: process.env["PATH"] ?? "", HOME: join(dir, "home"), LANG: "C.UTF-8" };
  const engine = new Engine({
    host: { ...headlessHost(() => "any-key"), ...options.host },
    attended: options.attended ?? false,
    probe: diskProbe(),
    shell: "bash",
    editor: "test",
    environment,
    roots: [cwd],
    onWarnings: () => {},
    onEvent: (_session, { event }) => onEvent(event),
    overrides: { mode: options.mode ?? "bypassPermissions", ...(options.config && { settings: JSON.stringify(options.config) }) },
  });
  await engine.start({
    stateDir: join(dir, "state"),
    version: "0.0.0",
    trusted: options.trusted ?? true,
    settings: { model: "anthropic/claude-sonnet-4-5", generateTitles: false, ...options.settings },
    paths: { broker, node: process.execPath },
  });
  if (options.model) Object.assign(engine.parts, { stream: options.model });
  return engine;
}
