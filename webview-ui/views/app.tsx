import type { VNode } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { PanelView } from "../../src/shared/protocol/view";
import { Composer } from "../composer/composer";
import { currentState, onSide, onState, post } from "../host-link";
import { visible } from "../markdown/visible-text";
import { Icon } from "../parts/icon";
import { Kept } from "../parts/kept";
import { OpenFolders } from "../parts/open-folders";
import { TodoStrip } from "../parts/todo-list";
import { PermissionPrompt } from "../prompt/permission-prompt";
import type { PanelState } from "../store/state";
import { StatusLine } from "../transcript/status-line";
import { Transcript } from "../transcript/transcript";
import { Banners } from "./banners";
import { EmptyState } from "./empty-state";
import { InstructionsView } from "./instructions-view";
import { PermissionsView } from "./permissions-view";
import { SearchView } from "./search-view";
import { SessionList } from "./session-list";
import { onView, showView, type Jump } from "./view-state";

export function App(): VNode {
  const [state, setState] = useState(currentState());
  const [view, setView] = useState<PanelView>("chat");
  const [jump, setJump] = useState<Jump | null>(null);
  useEffect(() => onState(setState), []);
  useEffect(() => onView(setView), []);
  useEffect(
    () =>
      onSide((message) => {
        if (message.type === "view") showView(message.view);
        // Text for the composer belongs to the conversation.
        if (message.type === "insert" && message.focus) setView("chat");
        if (message.type !== "jump") return;
        setView("chat");
        setJump({ seq: message.seq });
      }),
    [],
  );
  const { items, oldestSeq, firstSeq, session } = state;
  const fresh = session !== null && items.length === 0 && !state.running;
  return (
    <OpenFolders.Provider value={state.roots}>
      <main class="panel">
        <Header title={state.title} view={view} />
        <Banners state={state} />
        {view === "sessions" && <SessionList current={session} />}
        {view === "search" && <SearchView />}
        {view === "permissions" && <PermissionsView />}
        {view === "instructions" && <InstructionsView />}
        {view === "chat" && fresh && <EmptyState />}
        {view === "chat" && !fresh && (
          <Kept.Provider value={state.kept}>
            <Transcript
              items={items}
              oldestSeq={oldestSeq}
              firstSeq={firstSeq}
              session={session}
              jump={jump}
              tail={<StatusLine state={state} />}
            />
          </Kept.Provider>
        )}
        <div class="dock">
          <TodoStrip todos={state.todos} />
          <PermissionPrompt approvals={state.approvals} />
          <Composer state={state} />
        </div>
        <Announcer state={state} />
      </main>
    </OpenFolders.Provider>
  );
}

const titles: Record<Exclude<PanelView, "chat">, string> = {
  sessions: "Conversations",
  search: "Search",
  permissions: "Permissions",
  instructions: "Instruction files",
};

const Header = ({ title, view }: { title: string; view: PanelView }): VNode => (
  <header class="header" onKeyDown={(event) => event.key === "Escape" && view !== "chat" && showView("chat")}>
    <button
      type="button"
      class="header-title"
      aria-expanded={view !== "chat"}
      title={view === "chat" ? "Conversations" : "Back to the conversation"}
      onClick={() => showView(view === "chat" ? "sessions" : "chat")}
    >
      <Icon name={view === "chat" ? "history" : "chevron-left"} />
      <span dir="auto">{view === "chat" ? visible(title || "New conversation") : titles[view]}</span>
    </button>
    <HeaderButton
      icon="search"
      title="Search this conversation"
      push
      onClick={() => showView(view === "search" ? "chat" : "search")}
    />
    <HeaderButton icon="add" title="New conversation" onClick={newConversation} />
  </header>
);

function newConversation(): void {
  showView("chat");
  post({ type: "new_session" });
}

const HeaderButton = ({
  icon,
  title,
  push,
  onClick,
}: {
  icon: string;
  title: string;
  push?: boolean;
  onClick(): void;
}): VNode => (
  <button type="button" class={`icon-button${push ? " push" : ""}`} title={title} aria-label={title} onClick={onClick}>
    <Icon name={icon} />
  </button>
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
