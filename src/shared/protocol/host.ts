import type { Problem, QueuedMessage, Recorded } from "./agent";
import type { ModelInfo, ModelRequest, StreamEvent } from "./model";
import type { AuditLine, CallExplanation, PermissionPlace, PermissionsReport, TriedCall } from "./explain";
import type { PermissionMode } from "./permission";
import type { SearchAnswer, SessionSearch } from "./session-search";

/** Lines and characters count from 0, as in VS Code. */
export interface Position {
  line: number;
  character: number;
}
export interface Range {
  start: Position;
  end: Position;
}

/** A document the editor has open. `text` is what the user sees, saved or not. */
export interface OpenDocument {
  path: string;
  text: string;
  dirty: boolean;
  version: number;
  eol: "\n" | "\r\n";
  languageId: string;
  readOnly?: boolean;
}

export interface TextChange {
  /** Offsets into the text of `version`, not overlapping, in any order. */
  start: number;
  end: number;
  text: string;
}

export type ApplyOutcome =
  /** `text` is the buffer after the save: formatters and organise-imports may have changed more. */
  | { ok: true; saved: boolean; text: string; version: number }
  | { ok: false; why: "stale" | "read_only" | "closed" | "refused"; text?: string };

export interface Diagnostic {
  path: string;
  range: Range;
  severity: "error" | "warning" | "info" | "hint";
  message: string;
  source?: string;
  code?: string;
}

/** Questions the editor answers with the extensions the user has. */
export type LanguageQuery =
  | { kind: "definition" | "references" | "hover" | "incoming_calls" | "outgoing_calls"; path: string; position: Position }
  | { kind: "document_symbols"; path: string }
  | { kind: "workspace_symbols"; query: string }
  | { kind: "code_actions"; path: string; range: Range; only?: string }
  | { kind: "rename"; path: string; position: Position; newName: string }
  | { kind: "apply_code_action"; path: string; range: Range; title: string }
  | { kind: "organize_imports" | "format"; path: string };

export interface CodeLocation {
  path: string;
  range: Range;
  /** The line it is on, or the symbol's name. */
  text?: string;
  kind?: string;
}

export type LanguageAnswer =
  | {
      ok: true;
      text?: string;
      locations?: CodeLocation[];
      titles?: string[];
      changed?: { path: string; before: string; after: string }[];
    }
  | { ok: false; why: "no_provider" | "timeout" | "failed"; message: string };

export interface NotebookCellEdit {
  path: string;
  cell: number | string;
  mode: "replace" | "insert" | "delete";
  source: string;
  cellType?: "code" | "markdown";
}

/** A command as the user sees it run: a read-only terminal they can look at and stop. */
export interface TerminalView {
  id: string;
  title: string;
  /** Whose command it is; stopping it from the terminal is an op of this session. */
  session?: string;
  /** It goes on after its turn; said again for a command that went there later. */
  background?: boolean;
}

export interface TestsRun {
  passed: number;
  failed: number;
  skipped: number;
  failures: { name: string; path?: string; line?: number }[];
  /** What the failed tests said. */
  details?: string;
  problem?: Problem;
}

/**
 * What the engine asks of the editor. Only calls that need an answer; what a person sees is an event.
 * Headless there is no editor: documents are never open, no provider answers.
 */
export interface HostApi {
  openDocument(path: string): Promise<OpenDocument | null>;
  dirtyDocuments(): Promise<string[]>;
  /** One undoable step in the open document, then saved unless the user had unsaved text of their own. */
  applyChanges(path: string, version: number, changes: TextChange[]): Promise<ApplyOutcome>;
  /** New folders, renames and deletes through the workspace, so that language servers follow. */
  moveFile(from: string, to: string): Promise<Problem | null>;
  deleteFile(path: string): Promise<Problem | null>;
  createFile(path: string): Promise<Problem | null>;
  notebookCells(path: string): Promise<{ id: string; type: "code" | "markdown"; source: string; outputs: string[] }[] | null>;
  editNotebook(edit: NotebookCellEdit): Promise<Problem | null>;
  diagnostics(paths?: string[]): Promise<Diagnostic[]>;
  language(query: LanguageQuery): Promise<LanguageAnswer>;
  tasks(): Promise<{ name: string; group?: string }[]>;
  runTask(name: string): Promise<{ exitCode: number | null; problem?: Problem }>;
  /** What the editor's test explorer knows below these paths, or all of it; null when it knows no test there. */
  runTests?(paths: string[]): Promise<TestsRun | null>;
  debugState(): Promise<string | null>;
  /** `write` chunks go to the terminal view; the engine owns the process. */
  showCommand(view: TerminalView): Promise<void>;
  writeCommand(id: string, text: string): Promise<void>;
  endCommand(id: string, exitCode: number | null): Promise<void>;
  /** Runs in the visible integrated terminal through shell integration; null = not available, use the child. */
  runInTerminal(command: string, cwd: string, timeoutMs: number): Promise<{ exitCode: number | null; output: string } | null>;
  /** Ctrl+C for what runs there. */
  interruptTerminal?(): Promise<void>;
  secret(name: string): Promise<string | null>;
  /** Models of the user's other extensions. */
  editorModels(): Promise<ModelInfo[]>;
  startEditorModel(id: string, request: ModelRequest): Promise<string>;
  /** The next events of a running editor model call; null when it has ended. */
  nextFromEditorModel(call: string): Promise<StreamEvent[] | null>;
  cancelEditorModel(call: string): Promise<void>;
}

/** What the host may call on the engine, beside submitting ops. */
export interface EngineApi extends EngineCore, SessionCalls, ExplainCalls {}

export interface EngineCore {
  start(options: EngineStart): Promise<void>;
  submit(op: unknown): Promise<Problem | null>;
  openSession(request: { session?: string; cwd: string; roots: string[] }): Promise<SessionView>;
  listSessions(cwd: string): Promise<SessionSummary[]>;
  /** Logged events `from` (inclusive) to `to`; the panel pages through history by this. */
  readEvents(session: string, from: number, to: number): Promise<Recorded[]>;
  listModels(): Promise<ModelInfo[]>;
  settingsChanged(settings: EngineSettings): Promise<void>;
  /** First keystroke: open the connection to the model before it is needed. */
  warm(): Promise<void>;
  shutdown(): Promise<void>;
}

/** The library of conversations; what is refused comes back as a problem with a next step. */
export interface SessionCalls {
  renameSession(session: string, title: string): Promise<Problem | null>;
  archiveSession(session: string, archived: boolean): Promise<Problem | null>;
  /** Into the trash, until `undoDelete`. */
  deleteSession(session: string): Promise<Problem | null>;
  undoDelete(session: string): Promise<Problem | null>;
  /** A new session with all events up to `seq`; without it all of them. Returns its id. */
  forkSession(session: string, seq?: number): Promise<string>;
  /** Writes the document to `file`, piece by piece. */
  exportSession(session: string, format: ExportFormat, file: string): Promise<Problem | null>;
  searchSessions(search: SessionSearch): Promise<SearchAnswer>;
  /** Conversations of other agents on this machine; nothing is read but where they are. */
  foreignSessions(): Promise<ForeignConversation[]>;
  importSessions(found: ForeignConversation[], cwd: string): Promise<ImportOutcome[]>;
}

/** Why something is allowed, was done, or is known. Nothing here changes or runs anything. */
export interface ExplainCalls {
  /** Rules in force for a folder (and the standing approvals of a session), with what the audit log says of them. */
  explainPermissions(where: PermissionPlace): Promise<PermissionsReport>;
  explainCall(where: PermissionPlace, call: TriedCall): Promise<CallExplanation>;
  auditLog(limit: number): Promise<AuditLine[]>;
  instructionFiles(session: string): Promise<InstructionsReport>;
}

export type ExportFormat = "markdown" | "html" | "json";

/** An entry of a settings file that was skipped; sent by the engine as the event "warnings". */
export interface SettingsWarning {
  file: string;
  line?: number;
  message: string;
}

export interface EngineStart {
  stateDir: string;
  version: string;
  trusted: boolean;
  /** Folders of the workspace: no command's search path may lead into them. */
  roots?: string[];
  settings: EngineSettings;
  /** Files of the bundle the engine starts or reads. */
  paths: { broker: string; node: string; rg?: string };
}

/** `stride.*` settings the engine reads, after scopes were merged. */
export interface EngineSettings {
  model: string;
  baseUrl?: string;
  models?: Record<string, string>;
  fallbackModels?: string[];
  prices?: Record<string, { input: number; output: number; cacheRead?: number; cacheWrite?: number }>;
  limits?: { turnSteps?: number; turnUsd?: number; sessionUsd?: number; dayUsd?: number; turnTokens?: number; turnMs?: number };
  providers?: Record<string, { kind: "anthropic" | "openai" | "ollama"; baseUrl: string; models?: string[] }>;
  proxy?: { url?: string; strictSsl?: boolean; noProxy?: string[]; ca?: string[] };
  commandTimeoutMs?: number;
  timeouts?: Timeouts;
  environment?: Record<string, string>;
  visibleTerminal?: boolean;
  /** Ask the fast model for titles; absent: yes. */
  generateTitles?: boolean;
}

/** Silence that is acted on, in milliseconds; absent = the defaults of the model stack. */
export interface Timeouts {
  connectMs?: number;
  /** From sending a request to the first byte of its reply. */
  firstByteMs?: number;
  /** Between two bytes of a reply. */
  idleMs?: number;
  /** With nothing but keep-alives. */
  noProgressMs?: number;
  /** Until the user is told of a wait. */
  slowMs?: number;
  /** For trying again, from the first failure on. */
  retryMs?: number;
}

export interface SessionSummary {
  id: string;
  title: string;
  cwd: string;
  updatedAt: number;
  messages: number;
  archived?: boolean;
  problem?: string;
}

export interface SessionView {
  /** Why it can only be read: damaged, open in another window. */
  problem?: Problem;
  session: string;
  /** Highest logged seq. */
  lastSeq: number;
  /** The newest events, enough for a screen; earlier ones by readEvents. */
  tail: Recorded[];
  running: boolean;
  /** As they stand now; without them the host reads what `tail` says. */
  model?: string;
  mode?: PermissionMode;
  queued?: QueuedMessage[];
  /** What the person keeps from compaction, by message or call. */
  kept?: string[];
}

/** A conversation of another agent. */
export interface ForeignConversation {
  source: string;
  path: string;
}

export interface ImportOutcome extends ForeignConversation {
  session?: string;
  why?: string;
  messages: number;
  skipped: Record<string, number>;
}

export interface InstructionsReport {
  files: {
    path: string;
    scope: "managed" | "user" | "project" | "local";
    /** "at the start", "imported by …", "because … was read" */
    why: string;
    tokens: number;
    text: string;
  }[];
  skipped: { path: string; reason: string }[];
}
