import type { EngineSettings } from "../shared/protocol/host";
import type { ModelInfo, ModelPrice, ModelRequest, ModelStream } from "../shared/protocol/model";
import { withBreaker, type Breaker, type BreakerOptions } from "./breaker";
import { createConnection, type Connection, type ConnectionOptions } from "./connection";
import { stallLimits, type StallLimits } from "./http";
import { modelId, modelName, type ModelName } from "./model-names";
import { createListing, type ProviderPlace } from "./models";
import { priceOf, sizesOf } from "./pricing";
import { anthropicProvider, anthropicUrl, apiBase } from "./providers/anthropic";
import { anthropicCount } from "./providers/anthropic-count";
import { editorProvider, type EditorPorts } from "./providers/editor";
import { ollamaProvider, ollamaUrl } from "./providers/ollama";
import { openaiProvider, openaiUrl } from "./providers/openai";
import { withRetry, type RetryOptions } from "./retry";
import { createRetryMetrics, type RetryMetrics } from "./retry-metrics";
import { createRouting } from "./routing";

export interface CreateModelOptions {
  settings: EngineSettings;
  /** A key is bound to the origin it is sent to; null = there is none. "Bearer …" is sent as a token. */
  key: (provider: string, origin: string) => Promise<string | null>;
  /** Providers that are no HTTP servers, by id: the practice model, a scripted one in tests. */
  extra?: Record<string, { stream: ModelStream; models?: () => Promise<ModelInfo[]> }>;
  editor?: EditorPorts;
  environment?: Record<string, string | undefined>;
  version?: string;
  retry?: Partial<RetryOptions>;
  breaker?: Partial<BreakerOptions>;
  limits?: Partial<StallLimits>;
}

export interface Model {
  stream: ModelStream;
  models(): Promise<ModelInfo[]>;
  /** null = unknown. The size of the prompt decides where long ones cost more. */
  price(model: string, promptTokens?: number): ModelPrice | null;
  /** The model's window and output limit as far as they are known without asking. */
  sizes(model: string): { contextTokens?: number; maxOutputTokens?: number };
  /** The full "provider/model" that an alias or a plain name means. */
  resolve(model: string): string;
  /** The provider's own count of a request's tokens; null where nobody can say. */
  count(request: ModelRequest, signal: AbortSignal): Promise<number | null>;
  /** Connects to the chosen model's provider, before there is a request. */
  warm(): void;
  /** Closes all sockets; a new model is made when settings change. */
  close(): void;
  metrics: RetryMetrics;
}

/** The model stack: routing → breaker → retry → provider, all of one type. */
export function createModel(options: CreateModelOptions): Model {
  const { settings, extra = {}, environment = {} } = options;
  const connection = createConnection(connectionOptions(settings, environment));
  const { retryMs, noProgressMs, slowMs } = settings.timeouts ?? {};
  const retry = { ...defined({ budgetMs: retryMs, noProgressMs, slowMs }), ...options.retry };
  const metrics = options.retry?.metrics ?? createRetryMetrics();
  const places = providerPlaces(options);
  const providers = [...places.map((place) => place.id), ...(options.editor ? ["editor"] : []), ...Object.keys(extra)];
  const streams = new Map<string, ModelStream>();
  const stacks = new Map<string, Breaker>();

  const providerStream = (id: string): ModelStream | null => {
    const known = streams.get(id) ?? extra[id]?.stream;
    if (known) return known;
    const made =
      id === "editor" && options.editor ? editorProvider(options.editor) : httpProvider(id, places, connection, options);
    if (made) streams.set(id, made);
    return made;
  };
  const stack = (name: ModelName): ModelStream | null => {
    const provider = providerStream(name.provider);
    if (!provider) return null;
    const known = stacks.get(modelId(name));
    if (known) return known.stream;
    const made = withBreaker(withRetry(provider, { ...retry, metrics }), name, options.breaker);
    stacks.set(modelId(name), made);
    return made.stream;
  };
  const others = [
    ...Object.values(extra).flatMap((one) => (one.models ? [one.models] : [])),
    ...(options.editor ? [() => options.editor!.editorModels()] : []),
  ];

  return {
    stream: createRouting({
      model: settings.model,
      roles: settings.models ?? {},
      fallback: settings.fallbackModels ?? [],
      providers,
      stream: stack,
    }),
    models: createListing({ places, others, connection, prices: settings.prices ?? {} }),
    price: (model, promptTokens) => priceOf(modelId(modelName(model, providers)), settings.prices, promptTokens),
    sizes: (model) => sizesOf(modelName(model, providers).model),
    resolve: (model) => modelId(modelName(model, providers)),
    async count(request, signal) {
      const { provider, model } = modelName(request.model ?? settings.model, providers);
      const place = places.find(({ id, kind }) => id === provider && kind === "anthropic");
      if (!place || !URL.canParse(place.baseUrl)) return null;
      return anthropicCount({ ...place, connection, ...named(options.version) }, { ...request, model }, signal);
    },
    warm() {
      const place = places.find((one) => one.id === modelName(settings.model, providers).provider);
      if (place && URL.canParse(place.baseUrl)) connection.warm(new URL(place.baseUrl).origin);
    },
    close: () => connection.close(),
    metrics,
  };
}

function httpProvider(
  id: string,
  places: readonly ProviderPlace[],
  connection: Connection,
  options: CreateModelOptions,
): ModelStream | null {
  const place = places.find((one) => one.id === id);
  if (!place) return null;
  if (!URL.canParse(place.baseUrl)) return badAddress(place);
  const { firstByteMs, idleMs } = options.settings.timeouts ?? {};
  const common = {
    ...place,
    connection,
    ...named(options.version),
    limits: { ...stallLimits, ...defined({ firstByteMs, idleMs }), ...options.limits },
  };
  if (place.kind === "anthropic") return anthropicProvider(common);
  return place.kind === "openai" ? openaiProvider(common) : ollamaProvider(common);
}

const named = (version: string | undefined): { userAgent?: string } =>
  version === undefined ? {} : { userAgent: `stride/${version}` };

/** The well-known ones, then the user's own; a user's own one of the same name stands instead. */
function providerPlaces({ settings, environment = {}, key }: CreateModelOptions): ProviderPlace[] {
  const known: Omit<ProviderPlace, "key">[] = [
    {
      id: "anthropic",
      kind: "anthropic",
      needsKey: true,
      baseUrl: settings.baseUrl || environment["ANTHROPIC_BASE_URL"] || anthropicUrl,
    },
    { id: "openai", kind: "openai", needsKey: true, baseUrl: environment["OPENAI_BASE_URL"] || openaiUrl },
    { id: "gemini", kind: "openai", needsKey: true, baseUrl: "https://generativelanguage.googleapis.com/v1beta/openai" },
    { id: "ollama", kind: "ollama", baseUrl: withScheme(environment["OLLAMA_HOST"]) ?? ollamaUrl },
  ];
  const own = Object.entries(settings.providers ?? {}).map(([id, place]) => ({ id, ...place }));
  return [...known.filter((place) => !own.some(({ id }) => id === place.id)), ...own].map((place) => ({
    ...place,
    key: (origin) => key(place.id, origin),
  }));
}

/** Proxy and certificates as the user's settings and the environment have them. */
export function connectionOptions(settings: EngineSettings, environment: Record<string, string | undefined>): ConnectionOptions {
  const { url, noProxy, ca, strictSsl } = settings.proxy ?? {};
  return {
    environment,
    ...(url ? { proxy: url } : {}),
    ...(noProxy ? { noProxy } : {}),
    ...(ca ? { ca } : {}),
    ...(strictSsl === undefined ? {} : { strictSsl }),
    ...(settings.timeouts?.connectMs === undefined ? {} : { connectTimeoutMs: settings.timeouts.connectMs }),
  };
}

/** Without what is not set, so that a default is not overwritten by nothing. */
function defined<T extends Record<string, number | undefined>>(values: T): { [K in keyof T]?: number } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as { [K in keyof T]?: number };
}

const withScheme = (host: string | undefined): string | null => (host ? (host.includes("://") ? host : `http://${host}`) : null);

const badAddress = (place: ProviderPlace): ModelStream =>
  async function* (request) {
    const message = `The base URL of ${place.id} is not an address: ${apiBase(place.baseUrl).slice(0, 100)}. Correct it in the settings.`;
    yield { type: "error", error: { kind: "invalid", message, provider: place.id, model: request.model ?? "" } };
  };
