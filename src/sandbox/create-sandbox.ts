import { messageOf, problem } from "../shared/errors";
import type { Programs } from "../shared/ports/commands";
import type { Problem } from "../shared/protocol/agent";
import type { DomainProxyOptions } from "./domain-proxy";
import type { NameRules } from "./guarded-names";
import { domainEntryProblem } from "./host-match";
import type { SandboxSettings } from "./settings";

export interface SandboxOptions extends NameRules {
  roots: readonly string[];
  /** Where this program keeps its state; hidden from commands. */
  stateDir: string;
  settings: SandboxSettings;
  /** Only used to see once whether a sandbox can start. */
  programs: Programs;
  platform?: NodeJS.Platform;
  home?: string;
  /** Where bwrap, bash and socat may lie; default: the folders of the system. */
  programFolders?: readonly string[];
  resolve?: DomainProxyOptions["resolve"];
  onBlockedHost?: DomainProxyOptions["onBlocked"];
}

/** A shell with its arguments, as it would be started without a sandbox. */
export interface WrapRequest {
  file: string;
  args: readonly string[];
  cwd: string;
}

export interface Wrapped {
  file: string;
  args: string[];
  /** On top of the environment of commands. */
  env: Record<string, string>;
  /** To be awaited when the command ended: a sentence when it left something a later program would obey. */
  finish(): Promise<string | undefined>;
}

export interface Sandbox {
  state: "ready" | "unavailable";
  /** Why it is unavailable, with what to do. */
  reason?: Problem;
  warnings: string[];
  /** Whether this command runs inside: a lone `git` and what the user excluded run outside, and ask. */
  covers(command: string): boolean;
  wrap(request: WrapRequest, signal?: AbortSignal): Promise<Wrapped | Problem>;
  dispose(): Promise<void>;
}

/** What one platform brings. */
export type PlatformSandbox = Pick<Sandbox, "wrap" | "dispose">;

/** Never throws and never weakens: what cannot start says so, and whoever asked decides. */
export async function createSandbox(options: SandboxOptions): Promise<Sandbox> {
  const platform = options.platform ?? process.platform;
  const warnings = warningsOf(options.settings, platform);
  try {
    const opened = await openFor(platform, options);
    if ("kind" in opened) return unavailable(opened, warnings);
    return {
      state: "ready",
      warnings,
      covers: (command) => !runsOutside(command, options.settings.excludedCommands),
      async wrap(request, signal) {
        try {
          return await opened.wrap(request, signal);
        } catch (error) {
          return sandboxProblem(messageOf(error), "Nothing was run. Run it outside the sandbox, or try again.");
        }
      },
      dispose: () => opened.dispose(),
    };
  } catch (error) {
    return unavailable(sandboxProblem(messageOf(error), "Commands ask before they run."), warnings);
  }
}

export const sandboxProblem = (why: string, next: string): Problem =>
  problem("sandbox_unavailable", `The sandbox cannot be used: ${why}.`, next);

/** A command without anything that could hide a second one, and named by the user (or git, whose folder is closed inside). */
export function runsOutside(command: string, excluded: readonly string[]): boolean {
  const line = command.trim();
  if (/[;&|<>`$(){}\\\n\r]/.test(line)) return false;
  return ["git", ...excluded].some((pattern) => {
    const start = pattern.replace(/(?::\*|\s*\*)$/, "").trim();
    return start !== "" && !start.includes("*") && (line === start || line.startsWith(`${start} `));
  });
}

async function openFor(platform: NodeJS.Platform, options: SandboxOptions): Promise<PlatformSandbox | Problem> {
  switch (platform) {
    case "linux":
      return (await import("./linux-sandbox")).openLinuxSandbox(options);
    case "darwin":
      return (await import("./mac-sandbox")).openMacSandbox(options);
    default:
      return sandboxProblem(`there is none for ${platform}`, "Commands ask before they run.");
  }
}

function unavailable(reason: Problem, warnings: string[]): Sandbox {
  return { state: "unavailable", reason, warnings, covers: () => false, wrap: async () => reason, dispose: async () => {} };
}

function warningsOf({ network }: SandboxSettings, platform: NodeJS.Platform): string[] {
  const bad = network.allowedDomains.flatMap((entry) => domainEntryProblem(entry) ?? []);
  const warnings = bad.map((text) => `"sandbox.network.allowedDomains": ${text}; it allows nothing.`);
  if (platform === "darwin" && network.allowedDomains.length > 0)
    warnings.push(`"sandbox.network.allowedDomains" has no effect on macOS: the network is closed.`);
  return warnings;
}
