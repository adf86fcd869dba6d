import { homedir } from "node:os";
import { join, resolve } from "node:path";
import type { PermissionRules, SourcedRule } from "../config/types";
import { messageOf, problem, StrideError } from "../shared/errors";
import type { Problem } from "../shared/protocol/agent";
import type { EngineSettings, EngineStart } from "../shared/protocol/host";
import type { PermissionMode } from "../shared/protocol/permission";
import { helpText, parseCliArgs, type CliArgs } from "./args";
import { runHeadless, type HeadlessEngine } from "./run";
import { timeoutsOf } from "./timeouts";

/** What the command line chose, in the terms of the engine. */
export interface HeadlessChoice {
  start: EngineStart;
  cwd: string;
  roots: string[];
  rules: PermissionRules;
  mode: PermissionMode | undefined;
  caps: { steps?: number; usd?: number };
  args: CliArgs;
}

export type StartEngine = (choice: HeadlessChoice) => Promise<HeadlessEngine>;

export interface Installation {
  version: string;
  /** Where the other programs of the bundle lie. */
  dist: string;
}

/** Runs the command line and says how it went. */
export async function main(argv: readonly string[], installed: Installation, startEngine: StartEngine): Promise<number> {
  const parsed = parseCliArgs(argv);
  if (!parsed.ok) return usage(parsed.message);
  if ("show" in parsed) {
    process.stdout.write(parsed.show === "help" ? helpText() : `${installed.version} (Stride)\n`);
    return 0;
  }
  const { args } = parsed;
  let engine: HeadlessEngine | undefined;
  try {
    engine = await startEngine(choiceOf(args, installed));
    return await runHeadless(args, engine, {
      stdin: process.stdin,
      write: (text) => void process.stdout.write(text),
      writeError: (text) => void process.stderr.write(text),
      onInterrupt: (listener) => void process.on("SIGINT", listener).on("SIGTERM", listener),
      cwd: currentFolder(),
      keySource: process.env["ANTHROPIC_API_KEY"] ? "ANTHROPIC_API_KEY" : "none",
    });
  } catch (error) {
    const { kind, message, next } = problemOf(error);
    process.stderr.write(`${[message, next].filter(Boolean).join(" ")}\n`);
    return kind === "usage" ? 2 : 1;
  } finally {
    await engine?.shutdown();
  }
}

function problemOf(error: unknown): Problem {
  if (error instanceof StrideError) return error.problem;
  const { path } = error as { path?: unknown };
  const home = stateDir();
  if (typeof path === "string" && path.startsWith(home))
    return problem(
      "state_folder",
      `The folder for conversations, ${home}, cannot be used: ${messageOf(error)}.`,
      "Make it writable, or set STRIDE_HOME to another one.",
    );
  return problem("failed", messageOf(error));
}

const stateDir = (): string => process.env["STRIDE_HOME"] || join(homedir(), ".stride");

function currentFolder(): string {
  try {
    return process.cwd();
  } catch {
    throw new StrideError(
      problem("no_folder", "The folder this was started in no longer exists.", "Change to one that does and start again."),
    );
  }
}

function usage(message: string): number {
  process.stderr.write(`${message}\n`);
  return 2;
}

function choiceOf(args: CliArgs, { version, dist }: Installation): HeadlessChoice {
  const cwd = currentFolder();
  return {
    args,
    cwd,
    roots: [cwd, ...args.addDirs.map((dir) => resolve(dir))],
    rules: rulesOf(args, cwd),
    mode: args.skipPermissions ? "bypassPermissions" : args.permissionMode,
    caps: {
      ...(args.maxTurns !== undefined && { steps: args.maxTurns }),
      ...(args.maxBudgetUsd !== undefined && { usd: args.maxBudgetUsd }),
    },
    start: {
      stateDir: stateDir(),
      version,
      // Nobody said that this folder's own configuration may grant anything.
      trusted: false,
      settings: settingsOf(args),
      paths: { broker: join(dist, "broker.js"), node: process.execPath },
    },
  };
}

function settingsOf(args: CliArgs): EngineSettings {
  return {
    model: args.model ?? process.env["ANTHROPIC_MODEL"] ?? "default",
    ...(args.fallbackModels.length > 0 && { fallbackModels: args.fallbackModels }),
    timeouts: timeoutsOf(process.env),
  };
}

function rulesOf(args: CliArgs, cwd: string): PermissionRules {
  const sourced = (texts: readonly string[]): SourcedRule[] =>
    texts.map((text) => ({ text, scope: "cli", source: "command line", base: cwd }));
  return { allow: sourced(args.allowedTools), ask: [], deny: sourced(args.disallowedTools) };
}
