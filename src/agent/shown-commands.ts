import type { HostApi } from "../shared/protocol/host";
import type { CommandOutcome, CommandRequest, Commands } from "../shared/ports/commands";

export interface ShownCommandsOptions {
  host: Pick<HostApi, "showCommand" | "writeCommand" | "endCommand" | "runInTerminal" | "interruptTerminal">;
  session: string;
  /** `stride.visibleTerminal`: in the terminal the person owns, where there is one that can. */
  visible(): boolean;
}

/** The same commands with a person looking on: each has a terminal to look into, or runs in the person's own. */
export function showCommands(commands: Commands, options: ShownCommandsOptions): Commands {
  return {
    ...commands,
    async run(request, signal) {
      if (options.visible() && canBeTyped(request)) {
        const outcome = await inTerminal(request, signal, options);
        if (outcome) return outcome;
      }
      return mirrored(commands, request, signal, options);
    },
  };
}

/** A background command must be there to poll; input and other shells are the child's. */
const canBeTyped = ({ background, stdin, shell }: CommandRequest): boolean =>
  !background && stdin === undefined && (shell === "bash" || shell === "zsh");

async function inTerminal(
  { command, cwd, timeoutMs }: CommandRequest,
  signal: AbortSignal,
  { host }: ShownCommandsOptions,
): Promise<CommandOutcome | null> {
  const began = performance.now();
  const stopped = Promise.withResolvers<null>();
  const onAbort = (): void => {
    quietly(host.interruptTerminal?.());
    stopped.resolve(null);
  };
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    const ran = await Promise.race([host.runInTerminal(command, cwd, timeoutMs).catch(() => null), stopped.promise]);
    if (!ran && !signal.aborted) return null;
    const ms = Math.round(performance.now() - began);
    const output = ran?.output ?? "";
    const late = ran !== null && ran.exitCode === null && ms >= timeoutMs;
    return {
      state: signal.aborted ? "killed" : "exited",
      exitCode: ran?.exitCode ?? null,
      signal: signal.aborted ? "SIGINT" : null,
      head: output,
      tail: "",
      omittedBytes: 0,
      totalBytes: Buffer.byteLength(output),
      outputPath: "",
      ms,
      ...(late && {
        problem: `It had not ended after ${Math.round(timeoutMs / 1_000)} s and goes on in the terminal “Stride”, where the user sees it; it cannot be polled.`,
      }),
    };
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}

/** What the command prints goes to its terminal too. The terminal never holds the command up. */
async function mirrored(
  commands: Commands,
  request: CommandRequest,
  signal: AbortSignal,
  { host, session }: ShownCommandsOptions,
): Promise<CommandOutcome> {
  const { id, command, onOutput } = request;
  const view = { id, title: command, session };
  quietly(host.showCommand({ ...view, ...(request.background && { background: true }) }));
  const outcome = await commands.run(
    {
      ...request,
      onOutput: (text) => {
        onOutput?.(text);
        quietly(host.writeCommand(id, text));
      },
    },
    signal,
  );
  if (outcome.state !== "background") quietly(host.endCommand(id, outcome.exitCode));
  else if (!request.background) quietly(host.showCommand({ ...view, background: true }));
  return outcome;
}

function quietly(call: Promise<unknown> | undefined): void {
  call?.catch(() => undefined);
}
