import type { VNode } from "preact";
import { useState } from "preact/hooks";
import type { SessionSummary } from "../../src/shared/protocol/host";
import { post } from "../host-link";
import { visible } from "../markdown/visible-text";
import { Icon } from "../parts/icon";
import { ago } from "./figures";

export function SessionList({
  sessions,
  current,
  onClose,
}: {
  sessions: readonly SessionSummary[] | null;
  current: string | null;
  onClose(): void;
}): VNode {
  const [filter, setFilter] = useState("");
  const wanted = filter.trim().toLowerCase();
  const found = (sessions ?? []).filter(({ title, archived }) => !archived && title.toLowerCase().includes(wanted)).slice(0, 200);
  return (
    <section class="sessions" aria-label="Conversations" onKeyDown={(event) => event.key === "Escape" && onClose()}>
      <input
        class="field"
        type="search"
        placeholder="Search conversations"
        aria-label="Search conversations"
        value={filter}
        ref={(input) => input?.focus()}
        onInput={(event) => setFilter(event.currentTarget.value)}
      />
      {sessions === null && <p class="faint">Loading…</p>}
      {sessions !== null && found.length === 0 && (
        <p class="faint">{wanted ? "Nothing matches." : "No conversations in this workspace yet."}</p>
      )}
      <ul>
        {found.map((one) => (
          <li key={one.id}>
            <button
              type="button"
              class="session"
              aria-current={one.id === current}
              onClick={() => {
                post({ type: "open_session", session: one.id });
                onClose();
              }}
            >
              <Icon name={one.problem ? "warning" : "comment-discussion"} />
              <span class="session-title" dir="auto">
                {visible(one.title || "Untitled")}
              </span>
              <span class="session-more">
                {one.problem ? visible(one.problem) : `${ago(one.updatedAt, Date.now())} · ${one.messages} messages`}
              </span>
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}
