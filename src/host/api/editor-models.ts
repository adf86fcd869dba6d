import * as vscode from "vscode";
import type { Disposable } from "../../shared/lifecycle";
import { messageOf } from "../../shared/errors";
import type { Block, ToolUseBlock } from "../../shared/protocol/messages";
import { noUsage, type ModelError, type ModelInfo, type ModelRequest, type StreamEvent } from "../../shared/protocol/model";

interface Call {
  cancel: vscode.CancellationTokenSource;
  events: AsyncGenerator<StreamEvent[]>;
}

const prefix = "vscode/";

/** Models of the person's other extensions. VS Code asks for consent the first time one is used. */
export class EditorModels implements Disposable {
  #calls = new Map<string, Call>();
  #next = 1;

  async list(): Promise<ModelInfo[]> {
    const models = await vscode.lm.selectChatModels();
    return models.map((model) => ({
      id: idOf(model),
      provider: "vscode",
      name: `${model.name} (${model.vendor})`,
      contextTokens: model.maxInputTokens,
      tools: true,
    }));
  }

  async start(id: string, request: ModelRequest): Promise<string> {
    const call = `lm-${this.#next++}`;
    const cancel = new vscode.CancellationTokenSource();
    this.#calls.set(call, { cancel, events: stream(id, request, cancel.token) });
    return call;
  }

  /** Pulled: an engine that does not ask makes nothing pile up here. */
  async next(call: string): Promise<StreamEvent[] | null> {
    const running = this.#calls.get(call);
    if (!running) return null;
    const { value, done } = await running.events.next();
    if (!done) return value;
    this.#end(call);
    return null;
  }

  async cancel(call: string): Promise<void> {
    this.#end(call);
  }

  dispose(): void {
    for (const call of [...this.#calls.keys()]) this.#end(call);
  }

  #end(call: string): void {
    const running = this.#calls.get(call);
    this.#calls.delete(call);
    running?.cancel.cancel();
    running?.cancel.dispose();
  }
}

async function* stream(id: string, request: ModelRequest, token: vscode.CancellationToken): AsyncGenerator<StreamEvent[]> {
  try {
    const model = (await vscode.lm.selectChatModels()).find((one) => idOf(one) === id);
    if (!model) {
      yield [
        {
          type: "error",
          error: {
            kind: "not_found",
            message: `The editor has no model ${id} any more. Select another model.`,
            model: id,
            provider: "vscode",
          },
        },
      ];
      return;
    }
    const tools = request.tools.map(({ name, description, inputSchema }) => ({ name, description, inputSchema }));
    const response = await model.sendRequest(
      toMessages(request),
      { justification: "Stride answers your message with this model.", tools },
      token,
    );
    yield [{ type: "message_start", model: id, provider: "vscode", usage: noUsage() }];
    yield* blocks(response.stream);
  } catch (error) {
    yield [
      {
        type: "error",
        error: token.isCancellationRequested ? { kind: "aborted", message: "Stopped." } : toModelError(error, id),
      },
    ];
  }
}

async function* blocks(parts: AsyncIterable<unknown>): AsyncGenerator<StreamEvent[]> {
  let index = 0;
  let text: string | undefined;
  let usedTools = false;
  const closeText = (): StreamEvent[] =>
    text === undefined ? [] : [{ type: "block_stop", index: index++, block: { type: "text", text } }];
  for await (const part of parts) {
    if (part instanceof vscode.LanguageModelTextPart) {
      const opening: StreamEvent[] = text === undefined ? [{ type: "block_start", index, block: { type: "text" } }] : [];
      text = (text ?? "") + part.value;
      yield [...opening, { type: "block_delta", index, text: part.value }];
    } else if (part instanceof vscode.LanguageModelToolCallPart) {
      const closed = closeText();
      text = undefined;
      usedTools = true;
      const block: ToolUseBlock = {
        type: "tool_use",
        id: part.callId,
        name: part.name,
        input: part.input as Record<string, unknown>,
      };
      yield [
        ...closed,
        { type: "block_start", index, block: { type: "tool_use", id: block.id, name: block.name } },
        { type: "block_stop", index: index++, block },
      ];
    }
  }
  yield [...closeText(), { type: "message_end", stopReason: usedTools ? "tool_use" : "end_turn", usage: noUsage() }];
}

/** The API has no system role: the instructions lead as a message of the user. */
function toMessages({ system, messages }: ModelRequest): vscode.LanguageModelChatMessage[] {
  const instructions = system.map(({ text }) => text).join("\n\n");
  return [
    ...(instructions ? [vscode.LanguageModelChatMessage.User(instructions)] : []),
    ...messages.map(({ role, content }) =>
      role === "user"
        ? vscode.LanguageModelChatMessage.User(content.flatMap(userPart))
        : vscode.LanguageModelChatMessage.Assistant(content.flatMap(assistantPart)),
    ),
  ];
}

function userPart(block: Block): (vscode.LanguageModelTextPart | vscode.LanguageModelToolResultPart)[] {
  if (block.type === "text") return [new vscode.LanguageModelTextPart(block.text)];
  if (block.type === "tool_result") {
    const parts = block.content.map((one) => new vscode.LanguageModelTextPart(one.type === "text" ? one.text : `[${one.type}]`));
    return [new vscode.LanguageModelToolResultPart(block.toolUseId, parts)];
  }
  return block.type === "image" || block.type === "document"
    ? [new vscode.LanguageModelTextPart(`[${block.type}: this model cannot see it]`)]
    : [];
}

function assistantPart(block: Block): (vscode.LanguageModelTextPart | vscode.LanguageModelToolCallPart)[] {
  if (block.type === "text") return block.text ? [new vscode.LanguageModelTextPart(block.text)] : [];
  return block.type === "tool_use" ? [new vscode.LanguageModelToolCallPart(block.id, block.name, block.input)] : [];
}

function toModelError(error: unknown, model: string): ModelError {
  const at = { model, provider: "vscode" };
  if (error instanceof vscode.LanguageModelError) {
    if (error.code === vscode.LanguageModelError.NotFound.name)
      return { ...at, kind: "not_found", message: `${messageOf(error)} Select another model.` };
    if (error.code === vscode.LanguageModelError.NoPermissions.name)
      return {
        ...at,
        kind: "denied",
        message: "Stride may not use this model. Allow it when VS Code asks, or select another one.",
      };
    if (error.code === vscode.LanguageModelError.Blocked.name)
      return { ...at, kind: "denied", message: `${messageOf(error)} Its quota or a filter stopped the request.` };
  }
  return { ...at, kind: "unavailable", message: messageOf(error) };
}

const idOf = (model: vscode.LanguageModelChat): string => `${prefix}${model.vendor}/${model.id}`;
