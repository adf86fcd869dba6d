import type { PanelView } from "../../src/shared/protocol/view";

/** A place of the conversation to go to; a new object for each wish, also for the same place. */
export interface Jump {
  seq: number;
}

type Listener = (view: PanelView) => void;
const listeners = new Set<Listener>();

/** From anywhere in the panel. Each view asks for what it shows, once it listens. */
export function showView(view: PanelView): void {
  for (const listener of listeners) listener(view);
}

export function onView(listener: Listener): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
