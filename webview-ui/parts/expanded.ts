import { useState } from "preact/hooks";

/** What a person opened stays open when its row scrolls out and back. */
const opened = new Map<string, boolean>();

export function useExpanded(id: string, initially: boolean): [boolean, () => void] {
  const [open, setOpen] = useState(opened.get(id) ?? initially);
  const toggle = (): void => {
    opened.set(id, !open);
    setOpen(!open);
  };
  return [open, toggle];
}
