import * as z from "zod";
import type { AgentEvent, Question, Todo, ToolDisplay } from "../../shared/protocol/agent";
import type { HostApi } from "../../shared/protocol/host";
import type { ResultContent } from "../../shared/protocol/messages";
import type { Access, PermissionMode, Preview, Shell } from "../../shared/protocol/permission";
import type { Commands } from "../../shared/ports/commands";
import type { Files, SeenFiles } from "../../shared/ports/files";
import type { Search } from "../../shared/ports/search";
import type { Web } from "../../shared/ports/web";

/** How calls may overlap: reads run together, writes in order per path, opaque ones alone. */
export type Effect =
  /** `everywhere`: what it reads is not known, so it keeps its order with every write. */
  { kind: "read"; everywhere?: boolean } | { kind: "write"; paths: string[] } | { kind: "opaque" };

/** Says that a command line as a whole changes nothing; it does not say that it is allowed. */
export type CommandReadsOnly = (command: string) => boolean;

/** What a tool may use. No tool asks for permission, catches aborts or truncates: the runner does. */
export interface ToolPorts {
  cwd: string;
  shell: Shell;
  files: Files;
  seen: SeenFiles;
  commands: Commands;
  /** The person's own limit before a command goes to the background. */
  commandTimeoutMs?(): number | undefined;
  /** Without it every command is taken to change things. */
  readsOnly?: CommandReadsOnly;
  search: Search;
  web: Web;
  host: HostApi;
  todos: { get(): Todo[]; set(todos: Todo[]): void };
  ask(questions: Question[], signal: AbortSignal): Promise<Record<string, string> | null>;
  mode: { get(): PermissionMode; set(mode: PermissionMode): void };
  /** The whole conversation, compacted or not. */
  recall: { search(query: string, limit: number): Promise<{ who: string; place: number; text: string }[]> };
  /** Tools whose schema is sent only when asked for. */
  deferred: { search(query: string, limit: number): { name: string; description: string }[]; load(names: string[]): string[] };
}

/** Progress and the id of this very call. */
export interface CallContext {
  call: string;
  signal: AbortSignal;
  progress(text: string): void;
}

export interface ToolResult {
  /** What the model reads. A string is one text block. */
  content: string | ResultContent[];
  isError?: boolean;
  display?: ToolDisplay;
  /** Default "tool"; text from the network says so. */
  origin?: "tool" | "web" | "mcp";
  /** Extra events the call caused, beside what the runner emits. */
  events?: AgentEvent[];
}

export interface Tool<S extends z.ZodObject = z.ZodObject> {
  name: string;
  /** For the model; short. */
  description: string;
  input: S;
  /** For people: what this call does, in a few words. */
  title(input: z.infer<S>): string;
  /** Paths as given by the model; the guard resolves them against `cwd`. */
  access(input: z.infer<S>, at: { cwd: string; shell: Shell }): Access[];
  effect(input: z.infer<S>, at: { cwd: string; readsOnly?: CommandReadsOnly }): Effect;
  /** Shown in the permission prompt. Must not change anything. */
  preview?(input: z.infer<S>, ports: ToolPorts): Promise<Preview | undefined>;
  /** False keeps it out of the request, e.g. when no provider of the editor answers. */
  available?(ports: ToolPorts): boolean;
  /** Only its name goes into the request until ToolSearch loads it. */
  deferred?: boolean;
  run(input: z.infer<S>, ports: ToolPorts, context: CallContext): Promise<ToolResult>;
}

/** Unknown keys are refused here once for all tools: a model cannot smuggle `approved: true`. */
export function defineTool<S extends z.ZodRawShape>(tool: Omit<Tool<z.ZodObject<S>>, "input"> & { input: z.ZodObject<S> }): Tool {
  return { ...tool, input: tool.input.strict() } as unknown as Tool;
}

export const failed = (message: string): ToolResult => ({ content: message, isError: true });
