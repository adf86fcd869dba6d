import type { VNode } from "preact";
import { post } from "../host-link";
import { visible } from "../markdown/visible-text";
import type { CompactionItem } from "../store/items";
import { count } from "../views/figures";
import { useExpanded } from "./expanded";
import { Icon } from "./icon";
import { KeepButton, KeptList } from "./kept";

const words = {
  summarised: {
    title: "The older part was summarised for the model",
    how: "The model wrote a summary; it takes the place of what it covers.",
  },
  collapsed: {
    title: "Older messages were folded for the model",
    how: "No model was asked: long messages were shortened to their first lines.",
  },
} as const;

/** What went out of the model's sight and what stands there instead, as a diff. The transcript keeps everything. */
export function Compaction({ item }: { item: CompactionItem }): VNode {
  const [open, toggle] = useExpanded(`compaction:${item.id}`, false);
  const { title, how } = words[item.how];
  const undone = item.state === "undone";
  return (
    <section class={`compaction${undone ? " undone" : ""}`} aria-label="Compaction">
      <div class="compaction-head">
        <button type="button" class="mark-head" aria-expanded={open} onClick={toggle}>
          <Icon name={open ? "chevron-down" : "chevron-right"} />
          <Icon name="fold" />
          <span>{undone ? `${title} (taken back)` : title}</span>
        </button>
        <span class="tag push">{count(item.freed)} tokens freed</span>
        {item.state === "newest" && (
          <button type="button" class="button small" onClick={() => post({ type: "undo_compaction" })}>
            <Icon name="discard" /> Undo
          </button>
        )}
      </div>
      {open && <Difference item={item} how={how} />}
    </section>
  );
}

function Difference({ item, how }: { item: CompactionItem; how: string }): VNode {
  const { rows, prompts, morePrompts, stays, files } = item;
  return (
    <div class="compaction-body">
      <p class="faint">{how} Nothing is lost: you can still read and search all of it, and Stride can look it up with Recall.</p>
      <h3>Went: {rows === 1 ? "1 entry" : `${rows} entries`}, your messages among them</h3>
      <ul class="went">
        {prompts.map(({ id, text }) => (
          <li key={id} dir="auto">
            <span>{visible(text || "(a picture)")}</span>
            <KeepButton target={id} />
          </li>
        ))}
        {morePrompts > 0 && <li>… and {morePrompts} more</li>}
        {prompts.length === 0 && <li>what came before the part that is loaded here</li>}
      </ul>
      <KeptList />
      <h3>Stays in their place{files > 0 && `, with ${files} files read again`}</h3>
      <pre class="stays" dir="auto" tabIndex={0}>
        {visible(stays.slice(0, 40_000))}
      </pre>
    </div>
  );
}
