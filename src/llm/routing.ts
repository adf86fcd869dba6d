import type { ModelError, ModelRequest, ModelRole, ModelStream } from "../shared/protocol/model";
import { modelId, modelName, type ModelName } from "./model-names";

export interface RoutingOptions {
  /** The user's own choice. */
  model: string;
  roles: Partial<Record<ModelRole, string>>;
  /** Who answers when the chosen model cannot, in this order. */
  fallback: readonly string[];
  providers: readonly string[];
  /** The stack below: breaker, retry, provider. null = there is no such provider. */
  stream(name: ModelName): ModelStream | null;
}

/** The models a request is tried on, first the one it asks for. */
export function chainFor(request: Pick<ModelRequest, "role" | "model">, options: Omit<RoutingOptions, "stream">): ModelName[] {
  const ofRole = request.model ?? options.roles[request.role] ?? roleDefault(request.role, options);
  const names = [
    ...(ofRole === null ? [] : [ofRole]),
    ...(request.model === undefined ? [options.model] : []),
    ...options.fallback,
  ].map((id) => modelName(id, options.providers));
  return names.filter((name, at) => names.findIndex((other) => modelId(other) === modelId(name)) === at);
}

/** Every request starts at its own model again: while its breaker is open that costs nothing, and when it closes it answers. */
export function createRouting(options: RoutingOptions): ModelStream {
  return async function* (request, signal) {
    const chain = chainFor(request, options);
    for (const [at, name] of chain.entries()) {
      const stream = options.stream(name);
      if (!stream) {
        yield { type: "error", error: unknownProvider(name, options.providers) };
        return;
      }
      const next = chain[at + 1];
      let shown = false;
      let failure: ModelError | null = null;
      for await (const event of stream({ ...request, model: name.model }, signal)) {
        if (event.type === "error" && next && !shown && mayFallBack(event.error)) failure = event.error;
        else yield event;
        shown ||= event.type === "block_delta" || event.type === "block_stop" || event.type === "message_start";
      }
      if (!failure || !next) return;
      yield { type: "fallback", from: modelId(name), to: modelId(next), error: failure };
    }
  };
}

/** Small chores go to Anthropic's small model when its big one is in use; a gateway's own names are left alone. */
function roleDefault(role: ModelRole, options: Omit<RoutingOptions, "stream">): string | null {
  const main = modelName(options.model, options.providers);
  return role === "fast" && main.provider === "anthropic" && main.model.startsWith("claude-") ? "haiku" : null;
}

const mayFallBack = (error: ModelError): boolean =>
  !error.partial && (error.kind === "unavailable" || error.kind === "exhausted" || error.kind === "not_found");

const unknownProvider = (name: ModelName, providers: readonly string[]): ModelError => ({
  kind: "not_found",
  message: `There is no provider "${name.provider}". Pick a model of ${providers.join(", ")}, or add it under stride.providers.`,
  ...name,
});
