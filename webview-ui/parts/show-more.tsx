import type { ComponentChild, VNode } from "preact";
import { visible } from "../markdown/visible-text";
import { useExpanded } from "./expanded";

const shownChars = 2000;
const shownLines = 12;

/** Long text begins small; nothing is ever cut without a way to see it all. */
export function ShowMore({ id, text, from = "start" }: { id: string; text: string; from?: "start" | "end" }): VNode {
  const [open, toggle] = useExpanded(`more:${id}`, false);
  const part = open ? text : shorten(text, from);
  const hiddenLines = open ? 0 : text.split("\n").length - part.split("\n").length;
  const more: ComponentChild = (open || part !== text) && (
    <button type="button" class="link-button" aria-expanded={open} onClick={toggle}>
      {open ? "Show less" : hiddenLines > 0 ? `Show all (${hiddenLines} more lines)` : "Show all"}
    </button>
  );
  return (
    <div class="output">
      <pre tabIndex={0} dir="ltr">
        {visible(part)}
      </pre>
      {more}
    </div>
  );
}

function shorten(text: string, from: "start" | "end"): string {
  const chars = from === "start" ? text.slice(0, shownChars) : text.slice(-shownChars);
  const lines = chars.split("\n");
  return (from === "start" ? lines.slice(0, shownLines) : lines.slice(-shownLines)).join("\n");
}
