import type { Sandbox } from "../sandbox/create-sandbox";
import type { CommandSandbox, Programs } from "../shared/ports/commands";
import { protectedName } from "./permissions/paths/protected-names";

export interface SandboxingOptions {
  cwd: string;
  roots: readonly string[];
  stateDir: string;
  /** The `sandbox` block of the settings in force. */
  settings: Record<string, unknown>;
  programs: Programs;
  denies(kind: "read" | "write", path: string): boolean;
  onWarning(message: string): void;
}

/** The sandbox of an engine's workspace, if its settings want one. It starts in the background; until it stands, commands ask. */
export class Sandboxing {
  #cwd: string | undefined;
  #opening: Promise<Sandbox> | undefined;
  #ready: Sandbox | undefined;
  #insists = false;
  #autoAllow = false;

  /** Later calls change nothing: the roots of a window are chosen once. */
  open(options: SandboxingOptions): void {
    if (this.#opening || options.settings["enabled"] !== true) return;
    this.#cwd = options.cwd;
    this.#opening = this.#start(options);
    this.#opening.catch((error: unknown) => options.onWarning(`The sandbox could not be started: ${String(error)}`));
  }

  /** For the processes: what a command is put into. Where it must and cannot, nothing runs. */
  readonly find = async (): Promise<CommandSandbox | null> => {
    const sandbox = await this.#opening;
    if (!sandbox) return null;
    if (sandbox.state === "ready") return sandbox;
    return this.#insists ? { covers: () => true, wrap: sandbox.wrap } : null;
  };

  /** Would this command run inside, so that what it can break is bounded? Never before the sandbox stands. */
  contains(cwd: string, command: string): boolean {
    return this.#autoAllow && cwd === this.#cwd && this.#ready?.covers(command) === true;
  }

  async dispose(): Promise<void> {
    await (await this.#opening?.catch(() => undefined))?.dispose();
  }

  async #start({ settings: raw, denies, onWarning, ...rest }: SandboxingOptions): Promise<Sandbox> {
    const [{ createSandbox }, { parseSandboxSettings }] = await Promise.all([
      import("../sandbox/create-sandbox"),
      import("../sandbox/settings"),
    ]);
    const { settings, warnings } = parseSandboxSettings(raw);
    for (const warning of warnings) onWarning(warning);
    this.#insists = settings.failIfUnavailable;
    const sandbox = await createSandbox({
      ...rest,
      settings,
      protectedName,
      deniesRead: (path) => denies("read", path),
      deniesWrite: (path) => denies("write", path),
    });
    for (const warning of sandbox.warnings) onWarning(warning);
    if (sandbox.state === "ready") {
      this.#ready = sandbox;
      this.#autoAllow = settings.autoAllowBashIfSandboxed;
    } else onWarning([sandbox.reason?.message, sandbox.reason?.next].filter(Boolean).join(" "));
    return sandbox;
  }
}
