import type { VNode } from "preact";
import { useRef, useState } from "preact/hooks";
import type { SessionSummary } from "../../src/shared/protocol/host";
import type { FromPanel } from "../../src/shared/protocol/view";
import { post } from "../host-link";
import { visible } from "../markdown/visible-text";
import { Icon } from "../parts/icon";
import { ago } from "./figures";
import { showView } from "./view-state";

interface Props {
  session: SessionSummary;
  current: boolean;
  onDeleted(): void;
}

export function SessionRow({ session, current, onDeleted }: Props): VNode {
  const [naming, setNaming] = useState(false);
  if (naming) return <Naming session={session} onDone={() => setNaming(false)} />;
  const open = (): void => {
    post({ type: "open_session", session: session.id });
    showView("chat");
  };
  const archived = session.archived ?? false;
  return (
    <li class="session-row">
      <button type="button" class="session" aria-current={current} onClick={open}>
        <Icon name={session.problem ? "warning" : "comment-discussion"} />
        <span class="session-title" dir="auto">
          {visible(session.title || "Untitled")}
        </span>
        <span class="session-more">
          {session.problem ? visible(session.problem) : `${ago(session.updatedAt, Date.now())} · ${session.messages} messages`}
        </span>
      </button>
      <span class="session-actions">
        <Action icon="edit" title="Rename" onClick={() => setNaming(true)} />
        <Action icon="export" title="Export" message={{ type: "export_session", session: session.id }} />
        <Action
          icon={archived ? "inbox" : "archive"}
          title={archived ? "Take out of the archive" : "Archive"}
          message={{ type: "archive_session", session: session.id, archived: !archived }}
        />
        <Action
          icon="trash"
          title="Delete"
          onClick={() => {
            post({ type: "delete_session", session: session.id });
            onDeleted();
          }}
        />
      </span>
    </li>
  );
}

function Naming({ session, onDone }: { session: SessionSummary; onDone(): void }): VNode {
  const over = useRef(false);
  // Once: taking the field away also takes its focus.
  const keep = (title: string): void => {
    if (over.current) return;
    over.current = true;
    if (title.trim() !== session.title) post({ type: "rename_session", session: session.id, title: title.trim() });
    onDone();
  };
  const onKeyDown = (event: KeyboardEvent & { currentTarget: HTMLInputElement }): void => {
    if (event.isComposing || event.keyCode === 229) return;
    if (event.key === "Enter") keep(event.currentTarget.value);
    if (event.key !== "Escape") return;
    // The list itself stays open.
    event.stopPropagation();
    over.current = true;
    onDone();
  };
  return (
    <li class="session-row">
      <input
        class="field"
        type="text"
        dir="auto"
        aria-label="New title"
        placeholder="Empty: the automatic title"
        maxLength={200}
        defaultValue={session.title}
        ref={(input) => input?.focus()}
        onKeyDown={onKeyDown}
        onBlur={(event) => keep(event.currentTarget.value)}
      />
    </li>
  );
}

interface ActionProps {
  icon: string;
  title: string;
  message?: FromPanel;
  onClick?(): void;
}

const Action = ({ icon, title, message, onClick }: ActionProps): VNode => (
  <button
    type="button"
    class="icon-button"
    title={title}
    aria-label={title}
    onClick={() => (message ? post(message) : onClick?.())}
  >
    <Icon name={icon} />
  </button>
);
