import { useEffect, useRef, useState } from "preact/hooks";
import { onSide, post } from "../host-link";
import { mentionAt, type Mention } from "./mention";

export interface Mentions {
  at: Mention | null;
  paths: readonly string[];
  active: number;
  look(text: string, caret: number): void;
  move(step: number): void;
  close(): void;
}

const shown = 12;

/** Files for the `@…` under the caret; an answer to an older question is dropped. */
export function useMentions(): Mentions {
  const [at, setAt] = useState<Mention | null>(null);
  const [paths, setPaths] = useState<readonly string[]>([]);
  const [active, setActive] = useState(0);
  const asked = useRef(0);
  useEffect(
    () =>
      onSide((message) => {
        if (message.type !== "files" || message.id !== asked.current) return;
        setPaths(message.paths.slice(0, shown));
        setActive(0);
      }),
    [],
  );
  const close = (): void => {
    asked.current++;
    setAt(null);
    setPaths([]);
  };
  const look = (text: string, caret: number): void => {
    const mention = mentionAt(text, caret);
    if (!mention) {
      if (at) close();
      return;
    }
    setAt(mention);
    post({ type: "search_files", id: ++asked.current, query: mention.query });
  };
  const move = (step: number): void => setActive((active + step + paths.length) % paths.length);
  return { at, paths, active, look, move, close };
}
