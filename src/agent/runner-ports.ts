import { createHash } from "node:crypto";
import { join } from "node:path";
import type { AgentEvent } from "../shared/protocol/agent";
import { autonomousDecisions } from "./autonomous-decisions";
import { boundTo } from "./bound-ports";
import type { LiveSessionOptions } from "./live-session";
import { newId } from "./new-id";
import { storeLargeResult } from "./records/result-store";
import { replayOf } from "./replay-prompts";
import type { ToolPorts } from "./tools/define";
import type { RunnerPorts } from "./tools/runner";
import type { Toolbox } from "./tools/toolbox";

type Wired = Pick<LiveSessionOptions, "conversation" | "gatekeeper" | "model" | "audit" | "resultsDir" | "attended">;

export interface CallWorld extends Wired, Pick<RunnerPorts, "approve" | "flush"> {
  tools: ToolPorts;
  toolbox: Toolbox;
  emit(event: AgentEvent): void;
}

/** What every call of one conversation goes through: its permission, its results folder, its part of the audit log. */
export function runnerPorts(world: CallWorld): RunnerPorts {
  const { conversation, gatekeeper, model, audit, resultsDir, attended, tools, toolbox, emit } = world;
  const stored = new Map<string, { path: string; chars: number }>();
  /** Level 1 happened before the result came in; told after it, so that it is about something that is there. */
  const tellStored = (turn: string, call: string): void => {
    const found = stored.get(call);
    if (!found) return;
    stored.delete(call);
    const freedTokens = Math.round((found.chars - PREVIEW_CHARS) / 3.6);
    emit({ type: "context_reduced", turn, level: 1, freedTokens, detail: { kind: "result_to_disk", call, ...found } });
  };
  return {
    tools,
    find: (name) => toolbox.find(name),
    names: () => toolbox.names(),
    decide: autonomousDecisions({
      gatekeeper,
      model,
      messages: () => conversation.messages(),
      onExhausted: () =>
        emit({
          type: "notice",
          level: "warning",
          message: "The autonomous mode was unsure too often: from here on Stride asks you.",
        }),
    }),
    boundTo: (decision) => boundTo(decision, tools, gatekeeper),
    attended,
    approve: async (turn, request, signal) => {
      const past = attended ? await replayOf(request, gatekeeper.context(), audit).catch(() => undefined) : undefined;
      const answer = await world.approve(turn, past ? { ...request, replay: past } : request, signal);
      await gatekeeper.keep(answer);
      return answer;
    },
    emit: (event) => {
      if (event.type === "tool_finished" && event.result.origin === "web") gatekeeper.tainted = true;
      emit(event);
      if (event.type === "tool_finished") tellStored(event.turn, event.call);
    },
    flush: () => world.flush(),
    cap: async (call, content) => {
      const capped = await storeLargeResult(join(resultsDir, conversation.session), call, content);
      if (capped.stored) stored.set(call, capped.stored);
      return capped.content;
    },
    hash: hashOf,
    newId,
    now: () => performance.now(),
    audit: (record) => audit.write({ session: conversation.session, ...record }),
  };
}

const PREVIEW_CHARS = 2_000;

function hashOf(parts: readonly string[]): string {
  const sum = createHash("sha512");
  for (const part of parts) sum.update(part);
  return sum.digest("hex").slice(0, 32);
}
