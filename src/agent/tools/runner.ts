import * as z from "zod";
import type { AgentEvent, ToolOutcome } from "../../shared/protocol/agent";
import { textBlock, type ResultContent, type ToolResultBlock, type ToolUseBlock } from "../../shared/protocol/messages";
import type { Access, ApprovalAnswer, ApprovalRequest, Decision } from "../../shared/protocol/permission";
import { messageOf } from "../../shared/errors";
import { absolutePath } from "./absolute-path";
import { identityOf, loggedInput } from "./call-arguments";
import type { Effect, Tool, ToolPorts, ToolResult } from "./define";

/** What the runner needs beside the tools' own ports. */
export interface RunnerPorts {
  tools: ToolPorts;
  find(name: string): Tool | undefined;
  names(): string[];
  decide(call: { tool: string; input: Record<string, unknown>; access: Access[] }, signal: AbortSignal): Promise<Decision>;
  /** Waits for a person; without one the answer is a denial that says so. */
  attended: boolean;
  approve(turn: string, request: ApprovalRequest, signal: AbortSignal): Promise<ApprovalAnswer>;
  /** What the tool may use narrowed to what was decided: the checked files, the environment of harmless commands. */
  boundTo(decision: Decision): Partial<ToolPorts>;
  emit(event: AgentEvent): void;
  flush(): Promise<void>;
  /** Bounds what goes into the conversation; the rest is on disk. */
  cap(call: string, content: ResultContent[]): Promise<ResultContent[]>;
  hash(parts: readonly string[]): string;
  newId(): string;
  now(): number;
  /** One record per action that was decided (rule, gate, targets, exit). */
  audit(record: AuditRecord): void;
}

export interface AuditRecord {
  call: string;
  tool: string;
  title: string;
  decision: Decision;
  outcome: ToolOutcome;
  answer?: string;
  exitCode?: number | null;
  access?: readonly Access[];
}

/** What running or not running a call comes to. */
interface Ran {
  result: ToolResultBlock;
  failed: boolean;
  /** The user said no or interrupted. */
  declined?: boolean;
}

type Footprint = { kind: "read"; paths: string[] } | { kind: "write"; paths: string[] } | { kind: "opaque" };

export interface RunnableCall {
  id: string;
  name: string;
  signature: string;
  footprint: Footprint;
  run(signal: AbortSignal, begin: () => void): Promise<Ran>;
  skip(why: "interrupted" | "steered"): Ran;
}

/** Parses a call, decides, asks, runs, caps: the one path every tool call takes. */
export function prepareCall(block: ToolUseBlock, turn: string, request: string, ports: RunnerPorts): RunnableCall {
  const parsed = parse(block, ports);
  const inputHash = ports.hash(identityOf(block.input));
  const call: Call = { block, inputHash, turn, request, ports, started: ports.now(), began: false };
  const base = {
    id: block.id,
    name: block.name,
    signature: `${block.name} ${block.invalid?.raw ?? inputHash}`,
  };
  const skip: RunnableCall["skip"] = (why) => {
    const text = why === "steered" ? "Not run: the user sent a new message first." : "Not run: the user stopped the turn.";
    return { ...finish(call, "interrupted", [textBlock(text, "engine")], {}), declined: true };
  };
  if (!parsed.ok) {
    return {
      ...base,
      skip,
      footprint: { kind: "read", paths: [] },
      run: async () => finish(call, "error", [textBlock(parsed.message, "engine")], {}),
    };
  }
  const at = { cwd: ports.tools.cwd, shell: ports.tools.shell };
  const access = parsed.tool.access(parsed.input, at);
  const { cwd, readsOnly } = ports.tools;
  const effect = parsed.tool.effect(parsed.input, { cwd, ...(readsOnly && { readsOnly }) });
  const valid: ValidCall = { ...call, tool: parsed.tool, input: parsed.input, access, effect };
  return {
    ...base,
    skip,
    footprint: footprintOf(effect, access, cwd),
    run: (signal, begin) => guarded(valid, signal, begin),
  };
}

interface Call {
  block: ToolUseBlock;
  inputHash: string;
  turn: string;
  request: string;
  ports: RunnerPorts;
  started: number;
  /** From here on an effect may have happened. */
  began: boolean;
}
interface ValidCall extends Call {
  tool: Tool;
  input: Record<string, unknown>;
  access: Access[];
  effect: Effect;
}

type Parsed = { ok: true; tool: Tool; input: Record<string, unknown> } | { ok: false; message: string };

function parse(block: ToolUseBlock, ports: RunnerPorts): Parsed {
  if (block.invalid)
    return {
      ok: false,
      message: `The arguments of ${block.name} are not one JSON object: ${block.invalid.problem}. Nothing was run. Send the call again with valid JSON.`,
    };
  const tool = ports.find(block.name);
  if (!tool) return { ok: false, message: `There is no tool "${block.name}". Available: ${ports.names().join(", ")}.` };
  const result = tool.input.safeParse(block.input);
  if (!result.success) {
    return {
      ok: false,
      message: `The arguments of ${block.name} do not fit; nothing was run.\n${z.prettifyError(result.error)}\nExpected: ${expected(tool)}`,
    };
  }
  return { ok: true, tool, input: result.data };
}

function expected(tool: Tool): string {
  const schema = z.toJSONSchema(tool.input, { io: "input" }) as {
    properties?: Record<string, { type?: string }>;
    required?: string[];
  };
  const required = new Set(schema.required ?? []);
  return Object.entries(schema.properties ?? {})
    .map(([name, property]) => `${name}${required.has(name) ? "" : "?"}: ${property.type ?? "any"}`)
    .join(", ");
}

/** Read paths come from `access`, so that a read waits only for writes it would see. */
function footprintOf(effect: Effect, access: readonly Access[], cwd: string): Footprint {
  if (effect.kind === "opaque") return effect;
  // One notation for all systems, each path under "/", so that a folder is a beginning of what lies in it.
  const place = (path: string): string => `/${absolutePath(cwd, path).replaceAll("\\", "/").replace(/^\/+/, "")}`;
  if (effect.kind === "write") return { kind: "write", paths: effect.paths.map(place) };
  if (effect.everywhere) return { kind: "read", paths: ["/"] };
  return { kind: "read", paths: access.flatMap((one) => (one.kind === "read" ? [place(one.path)] : [])) };
}

/** Aborts and bugs end here: whatever happens, the call gets exactly one result. */
async function guarded(call: ValidCall, signal: AbortSignal, begin: () => void): Promise<Ran> {
  try {
    return await decideAndRun(call, signal, begin);
  } catch (error) {
    if (signal.aborted) return interrupted(call, signal);
    return finish(call, "error", [textBlock(`${call.tool.name} failed: ${messageOf(error)}`, "engine")], {});
  }
}

async function decideAndRun(call: ValidCall, signal: AbortSignal, begin: () => void): Promise<Ran> {
  const { ports, tool, input } = call;
  const question = { tool: tool.name, input, access: call.access };
  let decision = await ports.decide(question, signal);
  let answer: ApprovalAnswer | undefined;
  if (decision.verdict === "ask") {
    answer = await ask(call, decision, signal);
    if (signal.aborted) return interrupted(call, signal);
    if (answer.verdict === "deny") return denied(call, decision, answer.comment);
    const again = await ports.decide(question, signal);
    if (again.verdict === "deny" || targetsOf(again) !== targetsOf(decision)) {
      return denied(call, again, "What the call would touch changed while the question was open; nothing was run.");
    }
    decision = again;
  } else if (decision.verdict === "deny") {
    return denied(call, decision);
  }
  if (signal.aborted) return interrupted(call, signal);
  call.began = true;
  begin();
  await announce(call);
  if (signal.aborted) return interrupted(call, signal);
  const progress = (text: string): void => ports.emit({ type: "tool_progress", turn: call.turn, call: call.block.id, text });
  const result = await tool.run(input, { ...ports.tools, ...ports.boundTo(decision) }, { call: call.block.id, signal, progress });
  for (const event of result.events ?? []) ports.emit(event);
  const outcome: ToolOutcome = signal.aborted ? "interrupted" : result.isError ? "error" : "ok";
  const content = await ports.cap(call.block.id, contentOf(result));
  audit(call, decision, outcome, answer, result);
  return { ...finish(call, outcome, content, result), ...(signal.aborted ? { declined: true } : {}) };
}

async function ask(call: ValidCall, decision: Decision, signal: AbortSignal): Promise<ApprovalAnswer> {
  const { ports, tool, input } = call;
  const preview = await tool.preview?.(input, ports.tools);
  const request: ApprovalRequest = {
    id: ports.newId(),
    call: call.block.id,
    tool: tool.name,
    title: tool.title(input),
    input,
    decision,
    ...(preview && { preview }),
  };
  return ports.approve(call.turn, request, signal);
}

/** Intent before effect: a call that may change something is on disk before it begins. */
async function announce(call: ValidCall): Promise<void> {
  const { ports, tool, input, block, inputHash } = call;
  const readOnly = call.effect.kind === "read";
  ports.emit({
    type: "tool_started",
    turn: call.turn,
    call: block.id,
    name: tool.name,
    title: tool.title(input),
    inputHash,
    readOnly,
    request: call.request,
    input: loggedInput(block.input),
  });
  if (!readOnly) await ports.flush();
}

function denied(call: ValidCall, decision: Decision, comment?: string): Ran {
  audit(call, decision, "denied", comment === undefined ? undefined : { verdict: "deny", comment });
  const text = deniedText(decision, comment, call.ports.attended);
  return { ...finish(call, "denied", [textBlock(text, "engine")], {}), declined: decision.verdict === "ask" };
}

function deniedText(decision: Decision, comment: string | undefined, attended: boolean): string {
  if (decision.verdict !== "ask") return `Not allowed: ${comment || decision.reason}`;
  if (!attended) {
    const rules = decision.suggestions.length > 0 ? ` This would have let it through: ${decision.suggestions.join(", ")}.` : "";
    return `Not approved: ${decision.reason}, and nobody is here to approve it.${rules}`;
  }
  return `The user declined this call. ${comment ? `They said: ${comment}` : "Ask them what to do instead, or try another way."}`;
}

function interrupted(call: Call, signal: AbortSignal): Ran {
  const text = call.began
    ? "Interrupted by the user before it ended; its effect is unknown."
    : "Not run: the user stopped the turn.";
  const content = [textBlock(text, "engine")];
  if (signal.reason === "dropped") return { result: resultBlock(call, content, true), failed: true, declined: true };
  return { ...finish(call, "interrupted", content, {}), declined: true };
}

function finish(call: Call, outcome: ToolOutcome, content: ResultContent[], from: Partial<ToolResult>): Ran {
  const { ports, block } = call;
  const result = resultBlock(call, content, outcome !== "ok", from.origin);
  ports.emit({
    type: "tool_finished",
    turn: call.turn,
    call: block.id,
    name: block.name,
    outcome,
    result,
    ms: ports.now() - call.started,
    ...(from.display && { display: from.display }),
  });
  return { result, failed: outcome !== "ok" };
}

function resultBlock(call: Call, content: ResultContent[], isError: boolean, origin?: "tool" | "web" | "mcp"): ToolResultBlock {
  return { type: "tool_result", toolUseId: call.block.id, content, ...(isError && { isError }), origin: origin ?? "tool" };
}

const contentOf = (result: ToolResult): ResultContent[] =>
  typeof result.content === "string" ? [textBlock(result.content)] : result.content;

const targetsOf = (decision: Decision): string =>
  JSON.stringify(decision.targets?.map((target) => [target.op, target.resolved]) ?? []);

function audit(call: ValidCall, decision: Decision, outcome: ToolOutcome, answer?: ApprovalAnswer, result?: ToolResult): void {
  const exitCode = result?.display?.kind === "command" ? result.display.exitCode : undefined;
  call.ports.audit({
    call: call.block.id,
    tool: call.tool.name,
    title: call.tool.title(call.input),
    decision,
    outcome,
    access: call.access,
    ...(answer && { answer: answer.verdict === "allow" ? `allowed (${answer.scope})` : "denied" }),
    ...(exitCode !== undefined && { exitCode }),
  });
}
