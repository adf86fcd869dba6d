import { existsSync } from "node:fs";
import type { AuditLine, PermissionPlace, PermissionsReport, TriedCall } from "../shared/protocol/explain";
import type { ExplainCalls } from "../shared/protocol/host";
import type { Access, Shell } from "../shared/protocol/permission";
import type { InstructionFile } from "../config/instructions/load-instructions";
import type { LiveSession } from "./live-session";
import { explainDecision, explainRules } from "./permissions/explain";
import type { DecideContext, DecideRequest } from "./permissions/types";
import type { AuditLog, AuditRecord } from "./records/audit-log";
import { decisionOf } from "./replay-prompts";
import type { WorkspaceConfig } from "./workspace-config";

export interface ExplainCallsPorts {
  live(session: string): Promise<LiveSession | undefined>;
  config(cwd: string): WorkspaceConfig;
  /** What a new conversation of this folder would be judged by. */
  contextFor(place: PermissionPlace): DecideContext;
  audit(): AuditLog;
  shell: Shell;
}

const COUNTED = 5_000;
const CHARS_A_TOKEN = 3.6;

/** Why something is allowed, was done, or is known: the same functions that decide, asked without acting. */
export function explainCalls(ports: ExplainCallsPorts): ExplainCalls {
  const contextOf = async (place: PermissionPlace): Promise<DecideContext> => {
    const open = place.session === undefined ? undefined : await ports.live(place.session);
    return open?.judgedBy() ?? ports.contextFor(place);
  };
  return {
    async explainPermissions(place) {
      const context = await contextOf(place);
      const past = await ports.audit().recent(COUNTED);
      return reportOf(context, past, ports.config(place.cwd));
    },
    async explainCall(place, call) {
      const context = await contextOf(place);
      return explainDecision(requestOf(call, ports.shell, context.cwd), context);
    },
    auditLog: async (limit) => (await ports.audit().recent(limit)).map(lineOf),
    async instructionFiles(session) {
      const known = (await ports.live(session))?.instructions();
      return {
        files: (known?.loaded ?? []).map((file) => ({
          path: file.path,
          scope: file.scope,
          why: whyOf(file.why),
          tokens: Math.ceil(file.text.length / CHARS_A_TOKEN),
          text: file.text.slice(0, 20_000),
        })),
        skipped: known?.skipped ?? [],
      };
    },
  };
}

function reportOf(context: DecideContext, past: readonly AuditRecord[], config: WorkspaceConfig): PermissionsReport {
  const decisions = past.map(decisionOf);
  const { rules, warnings } = explainRules(context, decisions);
  const { effective, sources } = config.loaded;
  return {
    mode: context.mode,
    trusted: context.trusted,
    rules: rules.map((rule) => ({ ...rule, ...placeOf(rule.source) })),
    warnings: [...effective.warnings, ...warnings],
    counted: past.length,
    sources: sources.map(({ scope, file }) => ({ scope, file, exists: existsSync(file) })),
  };
}

/** "file:12" taken apart, so that a view can open it there. */
function placeOf(source: string): { source: string; line?: number } {
  const found = /^(.+):(\d+)$/.exec(source);
  return found ? { source: found[1] as string, line: Number(found[2]) } : { source };
}

function requestOf({ kind, text }: TriedCall, shell: Shell, cwd: string): DecideRequest {
  const access: Access[] = [accessOf(kind, text, shell, cwd)];
  switch (kind) {
    case "command":
      return { tool: "Bash", input: { command: text }, access };
    case "read":
      return { tool: "Read", input: { file_path: text }, access };
    case "write":
      return { tool: "Edit", input: { file_path: text }, access };
    case "fetch":
      return { tool: "WebFetch", input: { url: text }, access };
  }
}

function accessOf(kind: TriedCall["kind"], text: string, shell: Shell, cwd: string): Access {
  if (kind === "command") return { kind, shell, command: text, cwd };
  return kind === "fetch" ? { kind, url: text } : { kind, path: text };
}

const lineOf = ({ access: _access, ...line }: AuditRecord): AuditLine => line;

function whyOf(why: InstructionFile["why"]): string {
  if (why.kind === "start") return "at the start";
  return why.kind === "import" ? `imported by ${why.from}` : `because ${why.path} was read`;
}
