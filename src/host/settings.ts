import type { EngineSettings } from "../shared/protocol/host";
import type { PermissionMode } from "../shared/protocol/permission";

/** `parse` gives undefined for what cannot be used: the default stands and the log says so. */
export interface Setting<T> {
  default: T;
  parse(value: unknown): T | undefined;
}

type Prices = NonNullable<EngineSettings["prices"]>;
type Providers = NonNullable<EngineSettings["providers"]>;
export type ShowTerminal = "never" | "background" | "always";

/** Every `stride.*` setting; package.json has exactly these keys. */
export const settings = {
  model: text("default"),
  baseUrl: { default: "", parse: (value) => (value === "" ? "" : webAddress(value)) },
  roles: table((value) => (typeof value === "string" && value !== "" ? value : undefined)),
  fallbackModels: strings(),
  providers: table(provider) as Setting<Providers>,
  prices: table(price) as Setting<Prices>,
  "limits.turnSteps": amount(),
  "limits.turnUsd": amount(),
  "limits.sessionUsd": amount(),
  "limits.dayUsd": amount(),
  "limits.turnTokens": amount(),
  "limits.turnMinutes": amount(),
  commandTimeout: { default: 120, parse: (value) => (isPositive(value) && value <= 3_600 ? value : undefined) },
  environment: table((value) => (typeof value === "string" ? value : undefined)),
  visibleTerminal: flag(false),
  showTerminal: choice<ShowTerminal>("background", ["never", "background", "always"]),
  initialPermissionMode: choice<PermissionMode>("default", ["default", "acceptEdits", "plan"]),
  generateTitles: flag(true),
  notifyWhenWaiting: flag(true),
} satisfies Record<string, Setting<unknown>>;

export type Settings = { [K in keyof typeof settings]: (typeof settings)[K] extends Setting<infer T> ? T : never };

/** `get` reads one key of the `stride` section; `complain` hears of each value that cannot be used. */
export function readSettings(get: (key: string) => unknown, complain: (message: string) => void): Settings {
  const read = Object.entries(settings as Record<string, Setting<unknown>>).map(([key, setting]) => {
    const value = get(key);
    if (value === undefined || value === null) return [key, setting.default];
    const parsed = setting.parse(value);
    if (parsed === undefined)
      complain(`The setting stride.${key} cannot be used as it stands; its default is used. Correct it in the settings.`);
    return [key, parsed ?? setting.default];
  });
  return Object.fromEntries(read) as Settings;
}

export interface ProxySettings {
  url?: string;
  strictSsl?: boolean;
  noProxy?: string[];
}

export function engineSettings(read: Settings, proxy: ProxySettings): EngineSettings {
  const minutes = read["limits.turnMinutes"];
  const limits = defined({
    turnSteps: read["limits.turnSteps"],
    turnUsd: read["limits.turnUsd"],
    sessionUsd: read["limits.sessionUsd"],
    dayUsd: read["limits.dayUsd"],
    turnTokens: read["limits.turnTokens"],
    turnMs: minutes === null ? null : minutes * 60_000,
  });
  return {
    model: read.model,
    ...(read.baseUrl === "" ? {} : { baseUrl: read.baseUrl }),
    models: read.roles,
    fallbackModels: read.fallbackModels,
    prices: read.prices,
    limits,
    providers: read.providers,
    proxy,
    commandTimeoutMs: read.commandTimeout * 1_000,
    environment: read.environment,
    visibleTerminal: read.visibleTerminal,
    generateTitles: read.generateTitles,
  };
}

function defined<T extends Record<string, number | null>>(values: T): { [K in keyof T]?: number } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== null)) as { [K in keyof T]?: number };
}

function text(initial: string): Setting<string> {
  return { default: initial, parse: (value) => (typeof value === "string" && value.trim() !== "" ? value.trim() : undefined) };
}

function flag(initial: boolean): Setting<boolean> {
  return { default: initial, parse: (value) => (typeof value === "boolean" ? value : undefined) };
}

function choice<T extends string>(initial: T, allowed: readonly T[]): Setting<T> {
  return { default: initial, parse: (value) => allowed.find((one) => one === value) };
}

function strings(): Setting<string[]> {
  return { default: [], parse: (value) => (isStrings(value) ? value : undefined) };
}

/** null is "no cap". */
function amount(): Setting<number | null> {
  return {
    default: null,
    parse: (value) => (value === undefined || value === null ? null : isPositive(value) ? value : undefined),
  };
}

/** One bad entry spoils only itself. */
function table<T>(entry: (value: unknown) => T | undefined): Setting<Record<string, T>> {
  return {
    default: {},
    parse: (value) => {
      if (!isObject(value)) return undefined;
      const entries = Object.entries(value).map(([key, one]) => [key, entry(one)] as const);
      return Object.fromEntries(entries.filter((pair): pair is readonly [string, Awaited<T>] => pair[1] !== undefined));
    },
  };
}

function provider(value: unknown): Providers[string] | undefined {
  if (!isObject(value)) return undefined;
  const kind = (["anthropic", "openai", "ollama"] as const).find((one) => one === value["kind"]);
  const baseUrl = webAddress(value["baseUrl"]);
  const models = value["models"];
  if (!kind || !baseUrl) return undefined;
  return { kind, baseUrl, ...(isStrings(models) ? { models } : {}) };
}

function price(value: unknown): Prices[string] | undefined {
  if (!isObject(value)) return undefined;
  const { input, output, cacheRead, cacheWrite } = value;
  if (!isAmount(input) || !isAmount(output)) return undefined;
  return { input, output, ...(isAmount(cacheRead) ? { cacheRead } : {}), ...(isAmount(cacheWrite) ? { cacheWrite } : {}) };
}

function webAddress(value: unknown): string | undefined {
  if (typeof value !== "string" || !URL.canParse(value)) return undefined;
  return /^https?:$/.test(new URL(value).protocol) ? value : undefined;
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const isStrings = (value: unknown): value is string[] => Array.isArray(value) && value.every((one) => typeof one === "string");
const isAmount = (value: unknown): value is number => typeof value === "number" && Number.isFinite(value) && value >= 0;
const isPositive = (value: unknown): value is number => isAmount(value) && value > 0;
