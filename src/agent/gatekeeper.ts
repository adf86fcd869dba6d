import type { PermissionRules, SourcedRule } from "../config/types";
import type { ApprovalAnswer, Decision, PermissionMode, Shell } from "../shared/protocol/permission";
import type { Decide, DecideContext, DecideRequest, PathProbe } from "./permissions/types";

export interface GatekeeperOptions {
  decide: Decide;
  cwd: string;
  roots: readonly string[];
  /** May be looked into beside the roots, never changed: results too large for the conversation. */
  readRoots?: readonly string[];
  home: string;
  trusted: boolean;
  probe: PathProbe;
  mode: PermissionMode;
  /** From settings files and the command line; asked each time, because they reload. */
  rules(): PermissionRules;
  /** Would this command run in the sandbox? */
  contains?(command: string): boolean;
  /** "Don't ask again": writes to the local settings file. */
  saveLocal(rules: string[]): Promise<void>;
}

/** The permission state of one conversation: mode and standing approvals live and die with it (SR-07). */
export class Gatekeeper {
  mode: PermissionMode;
  /** Set once text from outside the workspace was read. */
  tainted = false;
  readonly #options: GatekeeperOptions;
  readonly #session: SourcedRule[] = [];

  constructor(options: GatekeeperOptions) {
    this.#options = options;
    this.mode = options.mode;
  }

  decide(call: DecideRequest): Decision {
    const commands = call.access.flatMap((access) => (access.kind === "command" ? [access.command] : []));
    const sandboxed = commands.length > 0 && commands.every((command) => this.#options.contains?.(command));
    return this.#options.decide(call, sandboxed ? { ...this.context(), sandboxed } : this.context());
  }

  /** All a decision is made of at this moment; explanations and replays use the very same. */
  context(): DecideContext {
    const { cwd, roots, readRoots, home, trusted, probe, rules } = this.#options;
    const base = rules();
    const mine = { ...base, allow: [...base.allow, ...this.#session] };
    const own = { mode: this.mode, tainted: this.tainted, rules: mine };
    return { cwd, roots, home, trusted, probe, ...(readRoots && { readRoots }), ...own };
  }

  /** Whether the line as a whole changes nothing: what planning would let through without any rule. Allows nothing. */
  readsOnly(command: string, shell: Shell): boolean {
    const { decide, cwd, roots, home, probe } = this.#options;
    const request = { tool: "Bash", input: { command }, access: [{ kind: "command" as const, shell, command, cwd }] };
    const rules = { allow: [], ask: [], deny: [] };
    return decide(request, { cwd, roots, home, probe, trusted: true, mode: "plan", rules }).verdict === "allow";
  }

  /** An answer may stand for the session or be written down; nothing else a model or repository says can. */
  async keep(answer: ApprovalAnswer): Promise<void> {
    if (answer.verdict !== "allow" || answer.scope === "once") return;
    for (const text of answer.rules)
      this.#session.push({ text, scope: "session", source: "this session", base: this.#options.cwd });
    if (answer.scope === "local") await this.#options.saveLocal(answer.rules);
  }
}
