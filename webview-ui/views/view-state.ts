import type { PanelView } from "../../src/shared/protocol/view";
import { post } from "../host-link";

/** A place of the conversation to go to; a new object for each wish, also for the same place. */
export interface Jump {
  seq: number;
}

type Listener = (view: PanelView) => void;
const listeners = new Set<Listener>();

/** From anywhere in the panel. What the view shows is asked for at once. */
export function showView(view: PanelView): void {
  if (view === "sessions") post({ type: "list_sessions" });
  if (view === "permissions") post({ type: "get_permissions" });
  if (view === "instructions") post({ type: "get_instructions" });
  for (const listener of listeners) listener(view);
}

export function onView(listener: Listener): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
