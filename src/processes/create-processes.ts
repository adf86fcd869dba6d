import type { CommandInfo, CommandOutcome, CommandSandbox, Commands, Programs } from "../shared/ports/commands";
import { BrokerClient } from "./broker-client";
import { createCommands } from "./commands";
import { commandEnvironment, type Environment } from "./environment";
import { Slots, defaultLimits, type Limits } from "./limits";
import { createLoginEnvironment } from "./login-environment";
import { createPrograms } from "./programs";

export interface ProcessesOptions {
  /** The bundled src/entry/broker.ts. */
  brokerPath: string;
  /** Default: the program that runs this code. */
  nodePath?: string;
  /** Logs, registry: <stateDir>/commands. */
  stateDir: string;
  workspaceRoots: readonly string[];
  /** From the user's settings, on top of all else; a function is asked at each start. */
  environment?: Environment | (() => Environment);
  /** Names of variables that look like secrets and are passed on all the same. */
  keepEnvironment?: readonly string[];
  /** False: commands get the environment of this process instead of a login shell's. */
  loginShell?: boolean;
  limits?: Partial<Limits>;
  onLog?: (line: string) => void;
  /** Asked for each command; null = there is none to run in. */
  sandbox?: () => Promise<CommandSandbox | null>;
  onBackgroundEnd?: (info: CommandInfo, outcome: CommandOutcome) => void;
}

export interface Processes {
  commands: Commands;
  programs: Programs;
  /** Starts the broker and asks the login shell, so that the first command need not wait. */
  warm(): void;
  brokerPid(): number | undefined;
  /** Ends everything that was started; at most 3 s. */
  shutdown(): Promise<void>;
}

const LOGIN_LIMIT_MS = 5000;
const LOGIN_MOST_BYTES = 1024 * 1024;

export function createProcesses(options: ProcessesOptions): Processes {
  const limits = { ...defaultLimits(), ...options.limits };
  const slots = new Slots(limits);
  const client = new BrokerClient({
    brokerPath: options.brokerPath,
    nodePath: options.nodePath ?? process.execPath,
    stateDir: options.stateDir,
    totalMemoryBytes: limits.memoryBytesTotal,
    openFiles: limits.openFiles,
    onLog: options.onLog ?? (() => {}),
    onPressure: (on) => slots.setPressure(on),
  });
  const given = options.environment;
  const fromSettings = typeof given === "function" ? given : () => given;
  const rules = {
    workspaceRoots: options.workspaceRoots,
    ...(options.keepEnvironment && { keep: options.keepEnvironment }),
  };
  const capture = createPrograms(client, limits, () => ({}));
  const login = createLoginEnvironment((file, args, env) => captureText(capture, file, args, env));
  const prepare = preparedFor((source: NodeJS.ProcessEnv, extra) =>
    commandEnvironment(source, { ...rules, ...(extra && { extra }) }),
  );
  let fromLogin: NodeJS.ProcessEnv | null = null;
  const environment = async (): Promise<Environment> => {
    fromLogin = options.loginShell === false ? process.env : await login.get();
    return prepare(fromLogin, fromSettings());
  };
  return {
    commands: createCommands({
      client,
      slots,
      limits,
      stateDir: options.stateDir,
      environment,
      ...(options.sandbox && { sandbox: options.sandbox }),
      ...(options.onBackgroundEnd && { onBackgroundEnd: options.onBackgroundEnd }),
    }),
    programs: createPrograms(client, limits, () => prepare(fromLogin ?? process.env, fromSettings())),
    warm: () => {
      client.warm();
      void environment().catch(() => {}); // the first command will say what is wrong
    },
    brokerPid: () => client.pid,
    shutdown: () => client.shutdown(),
  };
}

/** The same again as long as it is made of the same two. */
function preparedFor(
  make: (source: NodeJS.ProcessEnv, extra: Environment | undefined) => Environment,
): (source: NodeJS.ProcessEnv, extra: Environment | undefined) => Environment {
  let last: { source: NodeJS.ProcessEnv; extra: Environment | undefined; made: Environment } | null = null;
  return (source, extra) => {
    if (last?.source !== source || last.extra !== extra) last = { source, extra, made: make(source, extra) };
    return last.made;
  };
}

async function captureText(programs: Programs, file: string, args: string[], env: NodeJS.ProcessEnv): Promise<string | null> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  const result = await programs.run(file, args, {
    cwd: env.HOME ?? "/",
    env: Object.fromEntries(Object.entries(env).filter((pair): pair is [string, string] => pair[1] !== undefined)),
    signal: new AbortController().signal,
    timeoutMs: LOGIN_LIMIT_MS,
    onStdout(chunk) {
      chunks.push(Uint8Array.from(chunk));
      size += chunk.length;
      return size < LOGIN_MOST_BYTES;
    },
  });
  return result.problem === undefined && result.exitCode === 0 ? Buffer.concat(chunks).toString("utf8") : null;
}
