import type { PermissionMode } from "../shared/protocol/permission";
import { timeoutVariables } from "./timeouts";

export type OutputFormat = "text" | "json" | "stream-json";

export interface CliArgs {
  prompt: string | null;
  print: boolean;
  outputFormat: OutputFormat;
  inputFormat: "text" | "stream-json";
  includePartialMessages: boolean;
  model?: string;
  fallbackModels: string[];
  permissionMode?: PermissionMode;
  allowedTools: string[];
  disallowedTools: string[];
  maxTurns?: number;
  maxBudgetUsd?: number;
  resume?: string;
  continueLatest: boolean;
  forkSession: boolean;
  sessionId?: string;
  settings?: string;
  addDirs: string[];
  systemPrompt?: string;
  appendSystemPrompt?: string;
  skipPermissions: boolean;
  verbose: boolean;
}

export type ParsedArgs = { ok: true; args: CliArgs } | { ok: false; message: string } | { ok: true; show: "help" | "version" };

interface Option {
  names: string[];
  value: "none" | "one" | "many" | "optional";
  help: string;
  set(args: CliArgs, values: string[]): string | void;
}

const oneOf =
  <T extends string>(allowed: readonly T[], store: (args: CliArgs, value: T) => void) =>
  (args: CliArgs, [value = ""]: string[]): string | void => {
    const match = allowed.find((name) => name === value);
    if (match === undefined) return `expected one of ${allowed.join(", ")}, got "${value}"`;
    store(args, match);
  };

const positive =
  (store: (args: CliArgs, value: number) => void) =>
  (args: CliArgs, [value = ""]: string[]): string | void => {
    const number = Number(value);
    if (!(number > 0) || !Number.isFinite(number)) return `expected a positive number, got "${value}"`;
    store(args, number);
  };

const modes = ["default", "manual", "acceptEdits", "plan", "auto", "dontAsk", "bypassPermissions"] as const;

/** Commas and spaces separate rules, but not inside their parentheses. */
export function splitRules(values: readonly string[]): string[] {
  return values.flatMap((value) => value.match(/[^\s,(]+(?:\((?:[^()]|\([^()]*\))*\))?/g) ?? []);
}

const options: Option[] = [
  { names: ["-p", "--print"], value: "none", help: "answer once and exit", set: (args) => void (args.print = true) },
  {
    names: ["--output-format"],
    value: "one",
    help: "text, json or stream-json",
    set: oneOf(["text", "json", "stream-json"], (args, value) => (args.outputFormat = value)),
  },
  {
    names: ["--input-format"],
    value: "one",
    help: "text or stream-json",
    set: oneOf(["text", "stream-json"], (args, value) => (args.inputFormat = value)),
  },
  {
    names: ["--include-partial-messages"],
    value: "none",
    help: "stream-json: pieces of messages as they come",
    set: (args) => void (args.includePartialMessages = true),
  },
  {
    names: ["--model"],
    value: "one",
    help: "model or alias, e.g. sonnet or openai/gpt-5",
    set: (args, [value]) => void (args.model = value ?? ""),
  },
  {
    names: ["--fallback-model"],
    value: "one",
    help: "who answers when the model cannot",
    set: (args, [value = ""]) => void (args.fallbackModels = value.split(",").filter(Boolean)),
  },
  {
    names: ["--permission-mode"],
    value: "one",
    help: modes.join(", "),
    set: oneOf(modes, (args, value) => (args.permissionMode = value === "manual" ? "default" : value)),
  },
  {
    names: ["--allowedTools", "--allowed-tools"],
    value: "many",
    help: 'rules that need no question, e.g. "Bash(git log *)" Edit',
    set: (args, values) => void args.allowedTools.push(...splitRules(values)),
  },
  {
    names: ["--disallowedTools", "--disallowed-tools"],
    value: "many",
    help: "rules that are never allowed",
    set: (args, values) => void args.disallowedTools.push(...splitRules(values)),
  },
  { names: ["--max-turns"], value: "one", help: "most model calls", set: positive((args, value) => (args.maxTurns = value)) },
  {
    names: ["--max-budget-usd"],
    value: "one",
    help: "most dollars",
    set: positive((args, value) => (args.maxBudgetUsd = value)),
  },
  {
    names: ["-r", "--resume"],
    value: "one",
    help: "go on with this conversation",
    set: (args, [value]) => void (args.resume = value ?? ""),
  },
  {
    names: ["-c", "--continue"],
    value: "none",
    help: "go on with the latest conversation of this folder",
    set: (args) => void (args.continueLatest = true),
  },
  {
    names: ["--fork-session"],
    value: "none",
    help: "with --resume or --continue: into a copy",
    set: (args) => void (args.forkSession = true),
  },
  {
    names: ["--session-id"],
    value: "one",
    help: "id of the new conversation",
    set: (args, [value]) => void (args.sessionId = value ?? ""),
  },
  {
    names: ["--settings"],
    value: "one",
    help: "settings file or JSON",
    set: (args, [value]) => void (args.settings = value ?? ""),
  },
  {
    names: ["--add-dir"],
    value: "many",
    help: "further folders to work in",
    set: (args, values) => void args.addDirs.push(...values),
  },
  {
    names: ["--system-prompt"],
    value: "one",
    help: "instead of Stride's own",
    set: (args, [value]) => void (args.systemPrompt = value ?? ""),
  },
  {
    names: ["--append-system-prompt"],
    value: "one",
    help: "after Stride's own",
    set: (args, [value]) => void (args.appendSystemPrompt = value ?? ""),
  },
  {
    names: ["--dangerously-skip-permissions"],
    value: "none",
    help: "ask nothing (deny rules still bind)",
    set: (args) => void (args.skipPermissions = true),
  },
  { names: ["--verbose"], value: "none", help: "progress on standard error", set: (args) => void (args.verbose = true) },
];

const byName = new Map(options.flatMap((option) => option.names.map((name) => [name, option] as const)));

/** Names and meaning as users of command-line agents know them, so that their scripts run. */
export function parseCliArgs(argv: readonly string[]): ParsedArgs {
  const args = defaults();
  const rest: string[] = [];
  for (let i = 0; i < argv.length; i++) {
    const word = argv[i] ?? "";
    if (word === "-h" || word === "--help") return { ok: true, show: "help" };
    if (word === "-v" || word === "--version") return { ok: true, show: "version" };
    if (word === "--") {
      rest.push(...argv.slice(i + 1));
      break;
    }
    if (!word.startsWith("-") || word === "-") {
      rest.push(word);
      continue;
    }
    const equals = word.startsWith("--") ? word.indexOf("=") : -1;
    const name = equals < 0 ? word : word.slice(0, equals);
    const option = byName.get(name);
    if (!option) return { ok: false, message: `Unknown option ${name}. See --help.` };
    const values = equals < 0 ? valuesOf(option, argv, i + 1) : [word.slice(equals + 1)];
    if (equals < 0) i += values.length;
    if (option.value === "one" && values.length === 0) return { ok: false, message: `${name} needs a value. See --help.` };
    if (option.value === "none" && equals >= 0) return { ok: false, message: `${name} takes no value.` };
    const wrong = option.set(args, values);
    if (typeof wrong === "string") return { ok: false, message: `${name}: ${wrong}` };
  }
  if (rest.length > 1)
    return { ok: false, message: `Only one prompt is expected; put it in quotes. Not understood: ${rest.slice(1).join(" ")}` };
  args.prompt = rest[0] ?? null;
  return contradiction(args) ?? { ok: true, args };
}

function valuesOf(option: Option, argv: readonly string[], from: number): string[] {
  if (option.value === "none") return [];
  if (option.value === "one") return from < argv.length ? [argv[from] ?? ""] : [];
  const values: string[] = [];
  for (let i = from; i < argv.length && !(argv[i] ?? "").startsWith("-"); i++) values.push(argv[i] ?? "");
  return values;
}

function contradiction(args: CliArgs): ParsedArgs | null {
  if (args.resume !== undefined && args.continueLatest)
    return { ok: false, message: "--resume and --continue exclude each other." };
  if (args.forkSession && args.resume === undefined && !args.continueLatest)
    return { ok: false, message: "--fork-session needs --resume or --continue." };
  if (args.inputFormat === "stream-json" && args.outputFormat !== "stream-json")
    return { ok: false, message: "--input-format stream-json needs --output-format stream-json." };
  return null;
}

function defaults(): CliArgs {
  return {
    prompt: null,
    print: false,
    outputFormat: "text",
    inputFormat: "text",
    includePartialMessages: false,
    fallbackModels: [],
    allowedTools: [],
    disallowedTools: [],
    continueLatest: false,
    forkSession: false,
    addDirs: [],
    skipPermissions: false,
    verbose: false,
  };
}

export function helpText(): string {
  const rows = options.map((option) => `  ${option.names.join(", ").padEnd(38)} ${option.help}`);
  return [
    'Usage: stride -p "what to do" [options]',
    "       stride permissions explain|check|replay …",
    "       stride sessions list|search|export …",
    "",
    ...rows,
    "",
    "Exit codes: 0 done · 1 error · 2 wrong usage · 130 interrupted",
    "Environment:",
    "  ANTHROPIC_API_KEY, ANTHROPIC_BASE_URL, ANTHROPIC_MODEL, OPENAI_API_KEY, OPENAI_BASE_URL",
    "  STRIDE_HOME                            where conversations are kept (~/.stride)",
    ...timeoutVariables.map(([variable, , help]) => `  ${variable.padEnd(38)} ms ${help}`),
    "",
  ].join("\n");
}
