import { Engine } from "../agent/engine";
import type { CliArgs } from "../headless/args";
import { headlessHost } from "../headless/host-api";
import { main, type HeadlessChoice } from "../headless/main";
import { diskProbe } from "../headless/path-probe";
import type { HeadlessEngine } from "../headless/run";
import { problem } from "../shared/errors";
import type { PanelEvent } from "../shared/protocol/view";
import { version } from "../../package.json";

const environment = process.env;

async function startEngine(choice: HeadlessChoice, onTurnEnded: () => void): Promise<HeadlessEngine> {
  const { start, cwd, roots, rules, mode, caps, args } = choice;
  const listeners: ((event: PanelEvent) => void)[] = [];
  const engine = new Engine({
    host: headlessHost((name) => environment[name] ?? null),
    attended: false,
    probe: diskProbe(),
    shell: process.platform === "win32" ? "powershell" : "bash",
    editor: "command line, no editor",
    environment,
    roots,
    onWarnings: (warnings) =>
      warnings.forEach(({ file, line, message }) =>
        process.stderr.write(`Settings: ${file}${line === undefined ? "" : `:${line}`}: ${message}\n`),
      ),
    onEvent(_session, event) {
      listeners.forEach((listener) => listener(event));
      if (event.event.type === "turn_ended") onTurnEnded();
    },
    overrides: {
      rules,
      caps,
      ...(args.settings !== undefined && { settings: args.settings }),
      ...(mode && { mode }),
      ...(args.systemPrompt !== undefined && { systemPrompt: args.systemPrompt }),
      ...(args.appendSystemPrompt !== undefined && { appendSystemPrompt: args.appendSystemPrompt }),
    },
  });
  await engine.start(start);
  return {
    submit: (op) => engine.submit(op),
    onEvent: (listener) => void listeners.push(listener),
    shutdown: () => engine.shutdown(),
    open: (chosen) => open(engine, chosen, cwd, roots),
  };
}

async function open(engine: Engine, args: CliArgs, cwd: string, roots: string[]): ReturnType<HeadlessEngine["open"]> {
  const known = args.continueLatest ? (await engine.listSessions(cwd)).find((one) => !one.archived)?.id : args.resume;
  if (args.continueLatest && known === undefined)
    return problem("no_session", "There is no conversation in this folder to go on with.", "Start one without --continue.");
  const session = args.forkSession && known !== undefined ? await engine.parts.store.fork(known) : known;
  const view = await engine.openSession({ cwd, roots, ...(session !== undefined && { session }) });
  const live = await engine.sessionOf(view.session);
  if (args.model !== undefined && session !== undefined)
    await engine.submit({ op: "set_model", session: view.session, model: args.model });
  return { session: view.session, model: live?.model ?? "", mode: live?.mode ?? "default", tools: live?.toolNames ?? [] };
}

async function permissions(args: readonly string[]): Promise<number> {
  const [{ runPermissions }, commands] = await Promise.all([
    import("../headless/permissions"),
    import("../agent/permission-commands"),
  ]);
  const { checkCorpus, explain, replayRules: replay } = commands;
  const print = (line: string): void => void process.stdout.write(`${line}\n`);
  const fail = (line: string): void => void process.stderr.write(`${line}\n`);
  return runPermissions(args, { checkCorpus, explain, replay }, { cwd: process.cwd(), print, fail });
}

async function sessions(args: readonly string[]): Promise<number> {
  const [{ runSessions }, { createSessionStore }, { homedir }, { join }] = await Promise.all([
    import("../headless/sessions-command"),
    import("../agent/sessions/store"),
    import("node:os"),
    import("node:path"),
  ]);
  const store = createSessionStore({ stateDir: environment["STRIDE_HOME"] ?? join(homedir(), ".stride"), version });
  const functions = {
    list: (cwd?: string) => store.list(cwd),
    search: async (query: string, cwd?: string) => {
      await store.indexed();
      return store.search(query, { limit: 50, ...(cwd !== undefined && { cwd }) });
    },
    export: store.export,
  };
  try {
    return await runSessions(args, functions, {
      cwd: process.cwd(),
      write: (text) => void process.stdout.write(text),
      fail: (line) => void process.stderr.write(`${line}\n`),
    });
  } finally {
    store.close();
  }
}

/** Resolves with the exit code. `dist` is where the other programs of the bundle lie. */
export async function runCli(argv: readonly string[], dist: string, onTurnEnded: () => void): Promise<number> {
  const [verb, ...rest] = argv;
  const subcommands: Record<string, (args: readonly string[]) => Promise<number>> = { permissions, sessions };
  const subcommand = Object.hasOwn(subcommands, verb ?? "") ? subcommands[verb ?? ""] : undefined;
  return subcommand ? subcommand(rest) : main(argv, { version, dist }, (choice) => startEngine(choice, onTurnEnded));
}
