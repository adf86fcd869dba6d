import type { VNode } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { SessionSummary } from "../../src/shared/protocol/host";
import { onSide, post } from "../host-link";
import { visible } from "../markdown/visible-text";
import { Icon } from "../parts/icon";
import { HitList } from "./hit-list";
import { SessionRow } from "./session-row";
import { useSearch } from "./use-search";
import { showView } from "./view-state";

const mostShown = 200;

/** The conversations of this folder: found by title or by any word in them, renamed, archived, exported, deleted. */
export function SessionList({ current }: { current: string | null }): VNode {
  const [sessions, setSessions] = useState<readonly SessionSummary[] | null>(null);
  const [filter, setFilter] = useState("");
  const [archived, setArchived] = useState(false);
  const [deleted, setDeleted] = useState<SessionSummary | null>(null);
  const input = useRef<HTMLInputElement>(null);
  const found = useSearch(filter.trim().length > 1 ? filter : "", "all");
  useEffect(() => {
    const stop = onSide((message) => message.type === "sessions" && setSessions(message.sessions));
    post({ type: "list_sessions" });
    return stop;
  }, []);
  useEffect(() => input.current?.focus(), []);
  const wanted = filter.trim().toLowerCase();
  const shown = (sessions ?? [])
    .filter((one) => (one.archived ?? false) === archived && one.title.toLowerCase().includes(wanted))
    .slice(0, mostShown);
  const anyArchived = (sessions ?? []).some((one) => one.archived);
  return (
    <section class="view" aria-label="Conversations" onKeyDown={(event) => event.key === "Escape" && showView("chat")}>
      <input
        class="field"
        type="search"
        placeholder="Search conversations"
        aria-label="Search conversations"
        value={filter}
        ref={input}
        onInput={(event) => setFilter(event.currentTarget.value)}
      />
      {deleted && <Deleted session={deleted} onUndone={() => setDeleted(null)} />}
      {sessions === null && <p class="faint">Loading…</p>}
      {sessions !== null && shown.length === 0 && (
        <p class="faint">
          {wanted ? "No title matches." : archived ? "Nothing is archived." : "No conversations in this workspace yet."}
        </p>
      )}
      <ul>
        {shown.map((one) => (
          <SessionRow key={one.id} session={one} current={one.id === current} onDeleted={() => setDeleted(one)} />
        ))}
      </ul>
      {found && <h3>Said in conversations</h3>}
      <HitList found={found} titles />
      <div class="view-links">
        {(anyArchived || archived) && (
          <button type="button" class="link-button" onClick={() => setArchived(!archived)}>
            {archived ? "Back to the current ones" : "Show archived"}
          </button>
        )}
        <button type="button" class="link-button" onClick={() => post({ type: "run_command", command: "importSessions" })}>
          Import from other agents…
        </button>
      </div>
    </section>
  );
}

const Deleted = ({ session, onUndone }: { session: SessionSummary; onUndone(): void }): VNode => (
  <p class="deleted" role="status">
    <Icon name="trash" />
    <span dir="auto">“{visible(session.title)}” is deleted.</span>
    <button
      type="button"
      class="button small push"
      onClick={() => {
        post({ type: "undo_delete", session: session.id });
        onUndone();
      }}
    >
      Undo
    </button>
  </p>
);
