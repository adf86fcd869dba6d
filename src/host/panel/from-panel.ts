import type { FromPanel } from "../../shared/protocol/view";
import { either, flag, id, list, nullable, object, oneOf, positive, record, text, whole, type Shape } from "./shape";

const longText = text(16_000_000);
const shortText = text(10_000);
const base64 = text(30_000_000);

/** A person types text and adds pictures and documents; everything else in a conversation is made by the engine. */
const content = list(
  either(
    object({ type: oneOf("text"), text: longText, "origin?": oneOf("user") }),
    object({ type: oneOf("image"), mediaType: text(100), data: base64 }),
    object({ type: oneOf("document"), mediaType: oneOf("application/pdf"), data: base64, "title?": shortText }),
  ),
  100,
);

const rules = list(shortText, 50);
const approvalAnswer = either(
  object({ verdict: oneOf("allow"), scope: oneOf("once") }),
  object({ verdict: oneOf("allow"), scope: oneOf("session", "local"), rules }),
  object({ verdict: oneOf("deny"), "comment?": shortText }),
);

const shapes: Record<FromPanel["type"], Record<string, Shape>> = {
  ready: { have: nullable(object({ session: text(200), seq: whole })), draft: longText },
  next_frame: {},
  send: { id, content, delivery: oneOf("queue", "steer") },
  edit_queued: { id, content: nullable(content) },
  stop: {},
  answer_approval: { id, answer: approvalAnswer },
  answer_question: { id, answers: nullable(record(shortText, 50)) },
  set_mode: { mode: oneOf("default", "acceptEdits", "plan", "auto", "dontAsk", "bypassPermissions") },
  pick_model: {},
  raise_limit: { limit: oneOf("steps", "tokens", "usd", "wallMs"), by: positive },
  new_session: {},
  open_session: { session: id },
  list_sessions: {},
  load_before: { seq: whole, "from?": whole },
  stop_command: { id },
  open_file: { path: text(4_096), "line?": whole },
  show_diff: { path: text(4_096), before: longText, after: longText },
  copy: { text: longText },
  open_link: { url: text(8_192) },
  run_command: {
    command: oneOf("setKey", "showLogs", "restartEngine", "manageTrust", "showAudit", "importSessions", "openSettings"),
  },
  show_command: { id },
  typing: {},
  draft: { text: longText },
  search_files: { id: whole, query: text(1_000) },
  compact: {},
  undo_compaction: {},
  keep: { target: text(400), kept: flag },
  rename_session: { session: id, title: text(400) },
  archive_session: { session: id, archived: flag },
  delete_session: { session: id },
  undo_delete: { session: id },
  export_session: { session: id },
  fork: { seq: whole, text: longText },
  search: { id: whole, query: text(1_000), scope: oneOf("session", "all") },
  open_hit: { session: id, seq: whole },
  get_permissions: {},
  explain_call: { id: whole, call: object({ kind: oneOf("command", "read", "write", "fetch"), text: text(100_000) }) },
  get_instructions: {},
};

const checks = new Map<string, Shape>(
  Object.entries(shapes).map(([type, fields]) => [type, object({ type: oneOf(type), ...fields })]),
);

/** The panel renders what models and tools wrote: whatever it posts is taken only when it fits to the letter. */
export function parseFromPanel(message: unknown): FromPanel | undefined {
  const type = (message as { type?: unknown } | null | undefined)?.type;
  const check = typeof type === "string" ? checks.get(type) : undefined;
  return check?.(message) ? (message as FromPanel) : undefined;
}
