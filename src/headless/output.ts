import type { AgentEvent, Problem } from "../shared/protocol/agent";
import type { Block } from "../shared/protocol/messages";
import { textOf } from "../shared/protocol/messages";
import { addUsage, noUsage, type Usage } from "../shared/protocol/model";
import type { OutputFormat } from "./args";

export interface OutputContext {
  session: string;
  cwd: string;
  model: string;
  tools: string[];
  permissionMode: string;
  keySource: string;
  includePartialMessages: boolean;
  verbose: boolean;
  write(text: string): void;
  writeError(text: string): void;
  now(): number;
}

/** What a run came to: exit code and the line a script reads. */
export interface Printer {
  start(): void;
  onEvent(event: AgentEvent): void;
  /** Prints the result; the exit code. */
  finish(problem?: Problem): number;
}

/** Text for people and pipes, JSON lines in the form that scripts around command-line agents read. */
export function createPrinter(format: OutputFormat, context: OutputContext): Printer {
  const tally = new Tally(context);
  const line = (value: unknown): void => context.write(`${JSON.stringify(value)}\n`);
  const stream = format === "stream-json";
  let finished = false;
  return {
    start() {
      if (!stream) return;
      const { cwd, session, tools, model, permissionMode, keySource } = context;
      line({
        type: "system",
        subtype: "init",
        cwd,
        session_id: session,
        tools,
        mcp_servers: [],
        model,
        permissionMode,
        apiKeySource: keySource,
      });
    },
    onEvent(event) {
      tally.note(event);
      // Scripts read the last line: what the engine still says behind the result goes to people only.
      if (stream && !finished) for (const value of asStreamLines(event, context)) line(value);
      if (context.verbose || event.type === "notice" || isNews(event)) progress(event, context);
    },
    finish(problem) {
      finished = true;
      const result = tally.result(problem);
      if (stream || format === "json") line(result);
      else if (!result.is_error) context.write(`${visible(result.result).replace(/\n$/, "")}\n`);
      if (result.is_error && format === "text") context.writeError(`${visible(result.result)}\n`);
      return tally.interrupted ? 130 : result.is_error ? 1 : 0;
    },
  };
}

class Tally {
  interrupted = false;
  #start: number;
  #apiMs = 0;
  #requestAt = 0;
  #steps = 0;
  #usage: Usage = noUsage();
  #usd: number | null = 0;
  #text = "";
  #problem: Problem | undefined;
  #limit: string | undefined;
  #denials: { tool_name: string; tool_use_id: string; tool_input: unknown }[] = [];

  constructor(readonly context: OutputContext) {
    this.#start = context.now();
  }

  note(event: AgentEvent): void {
    switch (event.type) {
      case "request_started":
        this.#requestAt = this.context.now();
        this.#steps++;
        break;
      case "assistant_message": {
        this.#apiMs += this.context.now() - this.#requestAt;
        this.#usage = addUsage(this.#usage, event.usage);
        this.#usd = event.usd === null || this.#usd === null ? null : this.#usd + event.usd;
        const text = textOf(event.message.content);
        const isCut = event.stopReason === "max_tokens" || event.stopReason === "pause_turn";
        if (isCut || text !== "") this.#text = this.#continues ? this.#text + text : text;
        this.#continues = isCut;
        break;
      }
      case "approval_requested":
        this.#denials.push({
          tool_name: event.approval.tool,
          tool_use_id: event.approval.call,
          tool_input: event.approval.input,
        });
        break;
      case "limit_reached":
        this.#limit = event.limit;
        break;
      case "turn_ended":
        this.#problem = event.problem;
        if (event.reason === "interrupted") this.interrupted = true;
        if (event.reason === "completed") this.#problem = undefined;
        break;
      default:
    }
  }

  /** The last message was cut by the output limit: the next one is its continuation. */
  #continues = false;

  result(problem = this.#problem) {
    const failed = problem !== undefined || this.interrupted;
    const message = problem
      ? [problem.message, problem.next].filter(Boolean).join(" ")
      : this.interrupted
        ? "Interrupted."
        : this.#text;
    return {
      type: "result",
      subtype: failed
        ? this.#limit
          ? (limitSubtypes[this.#limit] ?? "error_during_execution")
          : "error_during_execution"
        : "success",
      is_error: failed,
      duration_ms: this.context.now() - this.#start,
      duration_api_ms: this.#apiMs,
      num_turns: this.#steps,
      result: message,
      session_id: this.context.session,
      total_cost_usd: this.#usd,
      usage: wireUsage(this.#usage),
      permission_denials: this.#denials,
      ...(problem && { error_kind: problem.kind }),
    };
  }
}

const limitSubtypes: Record<string, string> = { steps: "error_max_turns", usd: "error_max_budget_usd" };

function asStreamLines(event: AgentEvent, { session, includePartialMessages }: OutputContext): unknown[] {
  const rest = { parent_tool_use_id: null, session_id: session };
  switch (event.type) {
    case "assistant_message":
      return [
        {
          type: "assistant",
          message: {
            id: event.message.id,
            type: "message",
            role: "assistant",
            model: event.model,
            content: event.message.content.map(wireBlock),
            stop_reason: event.stopReason,
            usage: wireUsage(event.usage),
          },
          ...rest,
        },
      ];
    case "tool_finished":
      return [{ type: "user", message: { role: "user", content: [wireBlock(event.result)] }, ...rest }];
    case "user_message":
      return event.via === "prompt"
        ? []
        : [{ type: "user", message: { role: "user", content: event.message.content.map(wireBlock) }, ...rest }];
    case "delta":
      return includePartialMessages
        ? [
            {
              type: "stream_event",
              event: { type: "content_block_delta", index: event.block, delta: wireDelta(event.kind, event.text) },
              ...rest,
            },
          ]
        : [];
    case "request_waiting":
    case "model_fallback":
    case "turn_continues":
    case "reply_discarded":
    case "context_reduced":
    case "limit_warning":
    case "notice":
      return [{ type: "system", subtype: event.type, ...detailOf(event), session_id: session }];
    default:
      return [];
  }
}

function detailOf(event: AgentEvent): object {
  const { type: _type, ...detail } = event;
  return detail;
}

function wireDelta(kind: "text" | "thinking" | "tool_input", text: string): object {
  if (kind === "text") return { type: "text_delta", text };
  return kind === "thinking" ? { type: "thinking_delta", thinking: text } : { type: "input_json_delta", partial_json: text };
}

function wireBlock(block: Block): unknown {
  switch (block.type) {
    case "text":
      return { type: "text", text: block.text };
    case "tool_use":
      return { type: "tool_use", id: block.id, name: block.name, input: block.input };
    case "tool_result":
      return {
        type: "tool_result",
        tool_use_id: block.toolUseId,
        content: block.content.map(wireBlock),
        ...(block.isError && { is_error: true }),
      };
    case "image":
    case "document":
      return { type: block.type, source: { type: "base64", media_type: block.mediaType, data: block.data } };
    case "opaque":
      return block.raw;
    default:
      return block;
  }
}

const wireUsage = (usage: Usage): object => ({
  input_tokens: usage.inputTokens,
  cache_creation_input_tokens: usage.cacheWriteTokens,
  cache_read_input_tokens: usage.cacheReadTokens,
  output_tokens: usage.outputTokens,
});

/** Waits and detours are told even without --verbose: silence is what makes people kill a run. */
function isNews(event: AgentEvent): boolean {
  return (
    (event.type === "request_waiting" && (event.why === "slow" || event.waitMs >= 1_000)) ||
    event.type === "model_fallback" ||
    event.type === "limit_warning"
  );
}

function progress(event: AgentEvent, { writeError }: OutputContext): void {
  const text = progressLine(event);
  if (text) writeError(`${visible(text)}\n`);
}

/** Text of models and programs may hold sequences that a terminal would obey. */
const visible = (text: string): string =>
  text
    .replaceAll("\r\n", "\n")
    .replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, (char) => `\\x${char.charCodeAt(0).toString(16).padStart(2, "0")}`);

function progressLine(event: AgentEvent): string | null {
  switch (event.type) {
    case "tool_started":
      return `· ${event.title}`;
    case "tool_finished":
      return event.outcome === "ok" ? null : `  ${event.outcome}: ${textOf(event.result.content).split("\n")[0] ?? ""}`;
    case "request_waiting":
      return event.why === "retry"
        ? `Waiting ${Math.ceil(event.waitMs / 1000)} s before try ${event.attempt + 1}: ${event.error?.message ?? ""}`
        : `Still waiting for the model (${Math.round(event.waitMs / 1000)} s).`;
    case "model_fallback":
      return `${event.from} cannot answer (${event.error.message}); ${event.to} takes over.`;
    case "limit_warning":
      return `70 % of a limit used: ${event.limit} ${event.used} of ${event.cap}.`;
    case "turn_continues":
      return event.reason === "tool_results" ? null : `Going on: ${event.reason}${event.detail ? ` (${event.detail})` : ""}`;
    case "notice":
      return event.next ? `${event.message} ${event.next}` : event.message;
    default:
      return null;
  }
}
