import { useEffect, useRef, useState } from "preact/hooks";
import type { SessionHit } from "../../src/shared/protocol/session-search";
import { onSide, post } from "../host-link";

export interface Found {
  query: string;
  hits: readonly SessionHit[];
  /** False: older conversations are still being read. */
  complete: boolean;
}

const pauseMs = 150;
const againMs = 1_000;

/** Answers for the words as they stand; asked again while older conversations are still being read. */
export function useSearch(query: string, scope: "session" | "all"): Found | null {
  const [found, setFound] = useState<Found | null>(null);
  const asked = useRef({ id: 0, query: "" });
  const again = useRef<number | undefined>(undefined);
  const ask = (words: string): void => {
    asked.current = { id: asked.current.id + 1, query: words };
    post({ type: "search", id: asked.current.id, query: words, scope });
  };
  useEffect(
    () =>
      onSide((message) => {
        if (message.type !== "search_results" || message.id !== asked.current.id) return;
        setFound({ query: asked.current.query, hits: message.hits, complete: message.complete });
        if (!message.complete) again.current = window.setTimeout(() => ask(asked.current.query), againMs);
      }),
    [scope],
  );
  useEffect(() => {
    const words = query.trim();
    clearTimeout(again.current);
    if (words === "") {
      asked.current.id++;
      return setFound(null);
    }
    const timer = setTimeout(() => ask(words), pauseMs);
    return () => {
      clearTimeout(timer);
      clearTimeout(again.current);
    };
  }, [query, scope]);
  return found;
}
