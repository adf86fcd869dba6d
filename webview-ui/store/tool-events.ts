import type { AgentEvent } from "../../src/shared/protocol/agent";
import { unreachable } from "../../src/shared/errors";
import { appendOutput, findItem, newTool, type ToolItem, type ToolState } from "./items";
import type { Draft } from "./reduce";

type ToolEvent = Extract<
  AgentEvent,
  { type: "tool_started" | "tool_progress" | "tool_finished" | "approval_requested" | "approval_resolved" }
>;

export function changeTool(draft: Draft, event: ToolEvent, seq: number, at: number): void {
  draft.quietSince = at;
  switch (event.type) {
    case "tool_started": {
      const { call, name, title, input = null } = event;
      return change(draft, { id: call, seq, name }, { name, title, input, state: "running", startedAt: at });
    }
    case "tool_progress": {
      const i = findItem(draft.items, "tool", event.call);
      const item = draft.items[i];
      if (item?.kind === "tool") draft.items[i] = { ...item, output: appendOutput(event.replace ? "" : item.output, event.text) };
      return;
    }
    case "tool_finished": {
      const { call, name, outcome, result, ms } = event;
      return change(
        draft,
        { id: call, seq, name },
        { state: outcome, result: result.content, ms, display: event.display ?? null, output: "" },
      );
    }
    case "approval_requested": {
      const { approval } = event;
      draft.approvals = [...draft.approvals.filter((open) => open.id !== approval.id), approval];
      const asked: Partial<ToolItem> = { state: "asking", title: approval.title, input: approval.input };
      return change(draft, { id: approval.call, seq, name: approval.tool }, asked);
    }
    case "approval_resolved":
      return resolve(draft, event);
    default:
      unreachable(event);
  }
}

function change(draft: Draft, made: { id: string; seq: number; name: string }, fields: Partial<ToolItem>): void {
  const i = findItem(draft.items, "tool", made.id);
  const item = draft.items[i];
  const input = fields.input ?? (item?.kind === "tool" ? item.input : null);
  if (item?.kind === "tool") draft.items[i] = { ...item, ...fields, input };
  else draft.items.push(newTool({ ...made, ...fields, input }));
}

function resolve(draft: Draft, event: Extract<AgentEvent, { type: "approval_resolved" }>): void {
  const approval = draft.approvals.find((open) => open.id === event.id);
  draft.approvals = draft.approvals.filter((open) => open.id !== event.id);
  if (!approval) return;
  const i = findItem(draft.items, "tool", approval.call);
  const item = draft.items[i];
  if (item?.kind !== "tool" || item.state !== "asking") return;
  const state: ToolState = event.answer.verdict === "allow" ? "waiting" : "denied";
  draft.items[i] = { ...item, state };
}
