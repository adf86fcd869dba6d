import type { VNode } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { SessionSummary } from "../../src/shared/protocol/host";
import { Composer } from "../composer/composer";
import { currentState, onSide, onState, post } from "../host-link";
import { visible } from "../markdown/visible-text";
import { Icon } from "../parts/icon";
import { TodoStrip } from "../parts/todo-list";
import { PermissionPrompt } from "../prompt/permission-prompt";
import type { PanelState } from "../store/state";
import { StatusLine } from "../transcript/status-line";
import { Transcript } from "../transcript/transcript";
import { Banners } from "./banners";
import { EmptyState } from "./empty-state";
import { SessionList } from "./session-list";

export function App(): VNode {
  const [state, setState] = useState(currentState());
  const [sessions, setSessions] = useState<readonly SessionSummary[] | null>(null);
  const [listing, setListing] = useState(false);
  useEffect(() => onState(setState), []);
  useEffect(() => onSide((message) => message.type === "sessions" && setSessions(message.sessions)), []);
  const list = (): void => {
    if (!listing) post({ type: "list_sessions" });
    setListing(!listing);
  };
  const { items, oldestSeq, firstSeq, session } = state;
  const fresh = session !== null && items.length === 0 && !state.running;
  return (
    <main class="panel">
      <Header title={state.title} listing={listing} onList={list} />
      <Banners state={state} />
      {listing && <SessionList sessions={sessions} current={session} onClose={() => setListing(false)} />}
      {!listing && fresh && <EmptyState />}
      {!listing && !fresh && (
        <Transcript
          items={items}
          oldestSeq={oldestSeq}
          firstSeq={firstSeq}
          session={session}
          tail={<StatusLine state={state} />}
        />
      )}
      <div class="dock">
        <TodoStrip todos={state.todos} />
        <PermissionPrompt approvals={state.approvals} />
        <Composer state={state} />
      </div>
      <Announcer state={state} />
    </main>
  );
}

const Header = ({ title, listing, onList }: { title: string; listing: boolean; onList(): void }): VNode => (
  <header class="header">
    <button type="button" class="header-title" aria-expanded={listing} title="Conversations" onClick={onList}>
      <Icon name={listing ? "chevron-left" : "history"} />
      <span dir="auto">{listing ? "Conversations" : visible(title || "New conversation")}</span>
    </button>
    <button
      type="button"
      class="icon-button push"
      title="New conversation"
      aria-label="New conversation"
      onClick={() => post({ type: "new_session" })}
    >
      <Icon name="add" />
    </button>
  </header>
);

/** For screen readers: what changed in a few words, never the stream itself. */
function Announcer({ state }: { state: PanelState }): VNode {
  const last = state.items.at(-1);
  const words = state.approvals[0]
    ? `Stride asks: ${state.approvals[0].title}`
    : state.running
      ? "Stride is working"
      : last?.kind === "footer"
        ? "Stride has finished"
        : "";
  return (
    <div class="sr-only" role="status" aria-live="polite">
      {words}
    </div>
  );
}
