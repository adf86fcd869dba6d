import { createFiles } from "../files/create-files";
import { writesSettled } from "../files/disk-write";
import { createConnection, type ConnectionOptions } from "../llm/connection";
import { connectionOptions, createModel, type Model } from "../llm/create-model";
import { practiceModel, practiceModelInfo } from "../llm/practice/practice-model";
import { createProcesses, type Processes } from "../processes/create-processes";
import { createSearch } from "../search/create-search";
import type { EngineSettings, EngineStart, HostApi } from "../shared/protocol/host";
import type { ModelRequest, ModelStream, StreamEvent, Usage } from "../shared/protocol/model";
import type { Files } from "../shared/ports/files";
import type { Search } from "../shared/ports/search";
import type { Web } from "../shared/ports/web";
import type { Caps } from "./loop/limits";
import { AuditLog } from "./records/audit-log";
import { SpendLedger } from "./records/spend-ledger";
import { Sandboxing } from "./sandboxing";
import { createSessionStore, type SessionStore } from "./sessions/store";

export interface PartsOptions {
  host: HostApi;
  environment: Record<string, string | undefined>;
  attended: boolean;
  roots: readonly string[];
  caps?: Caps["turn"];
}

const DEFAULT_WINDOW = 200_000;

/** What all conversations of one engine share. */
export class Parts {
  readonly files: Files;
  readonly processes: Processes;
  readonly search: Search;
  readonly web: Web;
  readonly store: SessionStore;
  readonly audit: AuditLog;
  readonly spend: SpendLedger;
  readonly sandboxing = new Sandboxing();
  readonly #options: PartsOptions;
  #settings: EngineSettings;
  #model: Model;
  #commandEnvironment: Record<string, string>;
  /** Replies that stream, by the model they came from. */
  readonly #lends = new Map<Model, number>();

  constructor(
    readonly start: EngineStart,
    options: PartsOptions,
  ) {
    const { stateDir, version, paths } = start;
    this.#options = options;
    this.#settings = start.settings;
    this.#commandEnvironment = commandEnvironment(start.settings);
    this.#model = this.#createModel();
    this.files = createFiles({ host: options.host });
    this.processes = createProcesses({
      brokerPath: paths.broker,
      nodePath: paths.node,
      stateDir,
      workspaceRoots: options.roots,
      sandbox: this.sandboxing.find,
      loginShell: options.attended,
      ...(options.attended && {
        onBackgroundEnd: ({ id }, { exitCode }) => void options.host.endCommand(id, exitCode).catch(() => undefined),
      }),
      environment: () => this.#commandEnvironment,
    });
    this.search = createSearch({
      programs: this.processes.programs,
      avoid: options.roots,
      ...(paths.rg !== undefined && { rgPath: paths.rg }),
    });
    this.web = webOnDemand(() => connectionOptions(this.#settings, options.environment));
    this.store = createSessionStore({ stateDir, version });
    this.audit = new AuditLog({ stateDir, now: Date.now, onTrouble: (message) => console.error(message) });
    this.spend = new SpendLedger({ stateDir, now: Date.now });
  }

  get model(): Model {
    return this.#model;
  }

  get commandTimeoutMs(): number | undefined {
    return this.#settings.commandTimeoutMs;
  }

  get generateTitles(): boolean {
    return this.#settings.generateTitles ?? true;
  }

  get visibleTerminal(): boolean {
    return this.#settings.visibleTerminal ?? false;
  }

  /** Follows the settings: a conversation keeps this function, not the model of the moment. */
  readonly stream: ModelStream = (request, signal) => this.#lent(request, signal);

  /** A reply that streams keeps its model, also when the settings have a new one by now. */
  async *#lent(request: ModelRequest, signal: AbortSignal): AsyncIterable<StreamEvent> {
    const model = this.#model;
    this.#lends.set(model, (this.#lends.get(model) ?? 0) + 1);
    try {
      yield* model.stream(request, signal);
    } finally {
      const left = (this.#lends.get(model) ?? 1) - 1;
      if (left > 0) this.#lends.set(model, left);
      else this.#lends.delete(model);
      if (left === 0 && model !== this.#model) model.close();
    }
  }

  settingsChanged(settings: EngineSettings): void {
    const before = this.#model;
    this.#settings = settings;
    this.#commandEnvironment = commandEnvironment(settings);
    this.#model = this.#createModel();
    if (!this.#lends.has(before)) before.close();
  }

  /** What the user chose; without a key and a choice it is the practice model, in the editor. */
  async defaultModel(): Promise<string> {
    const chosen = this.#settings.model;
    if (chosen !== "" && chosen !== "default") return this.#model.resolve(chosen);
    const canPractise = this.#options.attended && this.#settings.baseUrl === undefined;
    return canPractise && (await this.#keyFor("anthropic")) === null ? practiceModelInfo.id : this.#model.resolve("default");
  }

  windowOf(model: string): number {
    return this.#model.sizes(model).contextTokens ?? DEFAULT_WINDOW;
  }

  costOf(model: string, usage: Usage): number | null {
    const price = this.#model.price(model, usage.inputTokens + usage.cacheReadTokens + usage.cacheWriteTokens);
    if (!price) return null;
    const { input, output, cacheRead = input, cacheWrite = input } = price;
    return (
      (usage.inputTokens * input +
        usage.outputTokens * output +
        usage.cacheReadTokens * cacheRead +
        usage.cacheWriteTokens * cacheWrite) /
      1e6
    );
  }

  caps(): Caps {
    const { turnSteps, turnUsd, turnTokens, turnMs, sessionUsd, dayUsd } = this.#settings.limits ?? {};
    return {
      turn: { ...defined({ steps: turnSteps, usd: turnUsd, tokens: turnTokens, wallMs: turnMs }), ...this.#options.caps },
      session: defined({ usd: sessionUsd }),
      day: defined({ usd: dayUsd }),
    };
  }

  /** Somebody is typing: the connection, and the process that commands are started by. */
  warm(): void {
    this.#model.warm();
    this.processes.warm();
  }

  async shutdown(): Promise<void> {
    await this.processes.shutdown();
    await this.sandboxing.dispose();
    await writesSettled();
    this.audit.close();
    this.spend.close();
    this.#model.close();
    this.store.close();
  }

  #createModel(): Model {
    const { host, environment } = this.#options;
    return createModel({
      settings: this.#settings,
      environment,
      version: this.start.version,
      key: (provider) => this.#keyFor(provider),
      extra: { practice: { stream: practiceModel(), models: async () => [practiceModelInfo] } },
      editor: host,
    });
  }

  /** The user's store first, then the environment; never a file of the workspace. */
  async #keyFor(provider: string): Promise<string | null> {
    const name = `${provider.toUpperCase().replace(/[^A-Z0-9]/g, "_")}_API_KEY`;
    const stored = await this.#options.host.secret(name);
    if (stored) return stored;
    const { environment } = this.#options;
    if (environment[name]) return environment[name];
    const token = provider === "anthropic" ? environment["ANTHROPIC_AUTH_TOKEN"] : undefined;
    return token ? `Bearer ${token}` : null;
  }
}

/** Pages are rarely fetched, and what fetches them takes a third of the start to load. */
function webOnDemand(options: () => ConnectionOptions): Web {
  let web: Promise<Web> | undefined;
  return {
    async fetchPage(url, signal) {
      web ??= Promise.all([import("../web/create-web"), import("../web/get-page")]).then(([{ createWeb }, { publicLookup }]) => {
        const lookup = publicLookup({ allowLoopback: false });
        return createWeb({ route: (to) => createConnection({ ...options(), lookup }).target(to) });
      });
      return (await web).fetchPage(url, signal);
    },
  };
}

/** Without the entries that are not set, as exact optional types want it. */
function defined<T extends object>(entries: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(entries).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}

/** The editor's proxy for programs too: they do not know its settings. */
const commandEnvironment = (settings: EngineSettings): Record<string, string> => ({
  ...proxyEnvironment(settings),
  ...settings.environment,
});

function proxyEnvironment({ proxy }: EngineSettings): Record<string, string> {
  if (!proxy?.url) return {};
  const none = proxy.noProxy?.join(",");
  const names = { HTTP_PROXY: proxy.url, HTTPS_PROXY: proxy.url, ...(none && { NO_PROXY: none }) };
  return Object.fromEntries(
    Object.entries(names).flatMap(([name, value]) => [
      [name, value],
      [name.toLowerCase(), value],
    ]),
  );
}
