import { decide } from "../../../src/agent/permissions/decide";
import { virtualProbe, type SetupEntry } from "../../../src/agent/permissions/virtual-probe";
import type { DecideContext, DecideRequest } from "../../../src/agent/permissions/types";
import type { Scope, SourcedRule } from "../../../src/config/types";
import type { Access, Decision, Shell } from "../../../src/shared/protocol/permission";

export interface Situation extends Partial<Omit<DecideContext, "rules" | "probe">> {
  allow?: string[];
  ask?: string[];
  deny?: string[];
  scope?: Scope;
  base?: string;
  setup?: SetupEntry[];
  platform?: "linux" | "darwin" | "win32";
  shell?: Shell;
  input?: Record<string, unknown>;
}

export function contextOf(situation: Situation = {}): DecideContext {
  const { allow, ask, deny, scope, base, setup, platform, shell: _shell, input: _input, ...rest } = situation;
  const list = (texts: string[] = []): SourcedRule[] =>
    texts.map((text) => ({ text, scope: scope ?? "user", source: "settings.json", base: base ?? "/proj" }));
  return {
    cwd: "/proj",
    roots: ["/proj"],
    home: "/home/u",
    mode: "default",
    trusted: true,
    probe: virtualProbe("/proj", setup ?? [], platform ?? "linux"),
    rules: { allow: list(allow), ask: list(ask), deny: list(deny) },
    ...rest,
  };
}

export function bash(command: string, situation: Situation = {}): Decision {
  const shell = situation.shell ?? "bash";
  const tool = shell === "powershell" ? "PowerShell" : "Bash";
  return decide(
    {
      tool,
      input: { command, ...situation.input },
      access: [{ kind: "command", shell, command, cwd: situation.cwd ?? "/proj" }],
    },
    contextOf(situation),
  );
}

export function call(tool: string, access: Access[], situation: Situation = {}): Decision {
  const request: DecideRequest = { tool, input: situation.input ?? {}, access };
  return decide(request, contextOf(situation));
}

export const read = (path: string, situation: Situation = {}): Decision => call("Read", [{ kind: "read", path }], situation);
export const edit = (path: string, situation: Situation = {}): Decision => call("Edit", [{ kind: "write", path }], situation);
export const fetchUrl = (url: string, situation: Situation = {}): Decision =>
  call("WebFetch", [{ kind: "fetch", url }], situation);
export const mcp = (server: string, tool: string, situation: Situation = {}): Decision =>
  call(`mcp__${server}__${tool}`, [{ kind: "mcp", server, tool }], situation);
