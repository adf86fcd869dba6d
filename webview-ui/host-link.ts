import type { FromPanel, ToPanel } from "../src/shared/protocol/view";
import { newLink, receive } from "./store/receive";
import { emptyState, type PanelState } from "./store/state";

interface VsCodeApi {
  postMessage(message: unknown): void;
  getState(): unknown;
  setState(state: unknown): void;
}
declare function acquireVsCodeApi(): VsCodeApi;

/** What survives a reload of the window before the host has answered. */
interface Saved {
  draft: string;
  session: string | null;
  seq: number;
}

/** All that is not the conversation itself: answers to questions of one view. */
export type SideMessage = Exclude<ToPanel, { type: "snapshot" | "frame" | "earlier" | "status" }>;

// Absent outside an editor (unit tests): then nothing is posted.
const api: VsCodeApi | null = typeof acquireVsCodeApi === "function" ? acquireVsCodeApi() : null;
const stateListeners = new Set<(state: PanelState) => void>();
const sideListeners = new Set<(message: SideMessage) => void>();
let link = newLink();
let draft = readSaved().draft;
let saving: number | undefined;
let credit: "asked" | "owed" | "none" = "none";

export const post = (message: FromPanel): void => api?.postMessage(message);
export const currentState = (): PanelState => (link.frame === null ? emptyState() : link.state);
export const savedDraft = (): string => draft;

export function onState(listener: (state: PanelState) => void): () => void {
  stateListeners.add(listener);
  return () => stateListeners.delete(listener);
}

export function onSide(listener: (message: SideMessage) => void): () => void {
  sideListeners.add(listener);
  return () => sideListeners.delete(listener);
}

/** Kept here at once, told to the host when the typing pauses. */
export function keepDraft(text: string): void {
  if (text === draft) return;
  draft = text;
  saveSoon();
}

export function connect(): void {
  window.addEventListener("message", (event: MessageEvent<ToPanel>) => {
    // VS Code's own frame is of this origin; the page embeds none, and none from elsewhere may speak here.
    if (event.origin !== location.origin) return;
    handle(event.data);
  });
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible" && credit === "owed") askAfterDrawing();
  });
  const { session, seq } = readSaved();
  post({ type: "ready", have: session === null ? null : { session, seq }, draft });
}

function handle(message: ToPanel): void {
  switch (message.type) {
    case "snapshot":
    case "frame":
    case "earlier":
    case "status": {
      const next = receive(link, message);
      const changed = next.link.state !== link.state;
      link = next.link;
      if (message.type === "snapshot" && draft === "" && message.state.draft !== "") draft = message.state.draft;
      if (next.reply) post({ ...next.reply, ...(next.reply.type === "ready" ? { draft } : {}) });
      if (changed) for (const listener of stateListeners) listener(link.state);
      if ((message.type === "snapshot" || message.type === "frame") && !next.reply) askAfterDrawing();
      saveSoon();
      return;
    }
    default:
      for (const listener of sideListeners) listener(message);
  }
}

/** Credit: one frame for each drawing. A hidden panel draws nothing, so it asks for nothing. */
function askAfterDrawing(): void {
  if (document.visibilityState !== "visible") {
    credit = "owed";
    return;
  }
  if (credit === "asked") return;
  credit = "asked";
  requestAnimationFrame(() => {
    credit = "none";
    post({ type: "next_frame" });
  });
}

function saveSoon(): void {
  saving ??= window.setTimeout(() => {
    saving = undefined;
    const before = readSaved().draft;
    api?.setState({ draft, session: link.state.session, seq: link.state.lastSeq } satisfies Saved);
    if (before !== draft) post({ type: "draft", text: draft });
  }, 400);
}

function readSaved(): Saved {
  const saved = (api?.getState() ?? {}) as Partial<Saved>;
  return { draft: typeof saved.draft === "string" ? saved.draft : "", session: saved.session ?? null, seq: saved.seq ?? 0 };
}
