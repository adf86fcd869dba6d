import type { ComponentChild, VNode } from "preact";
import { textOf, type Block } from "../../src/shared/protocol/messages";
import { post } from "../host-link";
import { Markdown } from "../markdown/markdown";
import { visible } from "../markdown/visible-text";
import type { Item } from "../store/items";
import { keepTarget } from "../store/kept";
import { duration, count } from "../views/figures";
import { useExpanded } from "./expanded";
import { Icon } from "./icon";
import { KeepButton } from "./kept";

type Of<K extends Item["kind"]> = Extract<Item, { kind: K }>;

const via = { prompt: null, queue: "was queued", steer: "sent while it worked", engine: null } as const;
const longText = 6000;

export function UserMessage({ item }: { item: Of<"user"> }): VNode {
  const note = via[item.via];
  return (
    <section class="user" aria-label="You">
      {item.content.map((block, i) => (
        <Part key={i} id={`${item.id}:${i}`} block={block} />
      ))}
      {note && <span class="user-note">{note}</span>}
      {item.via !== "engine" && <KeepButton target={keepTarget(item)} />}
      {item.seq > 0 && item.via !== "engine" && (
        <button
          type="button"
          class="icon-button user-fork"
          title="Fork from here: a new conversation with all that came before, and this message to change"
          aria-label="Fork from here"
          onClick={() => post({ type: "fork", seq: item.seq - 1, text: textOf(item.content) })}
        >
          <Icon name="repo-forked" />
        </button>
      )}
    </section>
  );
}

function Part({ id, block }: { id: string; block: Block }): ComponentChild {
  const [open, toggle] = useExpanded(`user:${id}`, false);
  if (block.type === "image" && isImage(block.mediaType)) {
    return <img class="user-image" alt="Attached picture" src={`data:${block.mediaType};base64,${block.data}`} />;
  }
  if (block.type !== "text") return null;
  const long = block.text.length > longText;
  return (
    <>
      <div class="user-text" dir="auto">
        {visible(long && !open ? block.text.slice(0, 1000) : block.text.slice(0, 200_000))}
      </div>
      {long && (
        <button type="button" class="link-button" aria-expanded={open} onClick={toggle}>
          {open ? "Show less" : `Show all (${count(block.text.length)} characters)`}
        </button>
      )}
      {open && block.text.length > 200_000 && (
        <p class="faint">The first 200,000 characters are shown; the model has all of them.</p>
      )}
    </>
  );
}

/** The person's own pictures, as data; nothing the model wrote ever becomes an image. */
const isImage = (type: string): boolean => /^image\/(?:png|jpeg|gif|webp)$/.test(type);

export const AssistantText = ({ item }: { item: Of<"text"> }): VNode => (
  <section class={item.open ? "assistant streaming" : "assistant"} aria-label="Stride">
    <Markdown text={item.text} />
    {!item.open && <KeepButton target={keepTarget(item)} />}
  </section>
);

export function Thinking({ item }: { item: Of<"thinking"> }): VNode {
  const [open, toggle] = useExpanded(item.id, false);
  const summary = item.open ? "Thinking…" : item.ms !== null && item.ms >= 1000 ? `Thought for ${duration(item.ms)}` : "Thought";
  const line =
    item.text
      .trim()
      .split("\n")
      .at(item.open ? -1 : 0) ?? "";
  return (
    <section class="thinking" aria-label="Thinking">
      <button type="button" class="thinking-head" aria-expanded={open} onClick={toggle}>
        <Icon name={open ? "chevron-down" : "chevron-right"} />
        <span class={item.open ? "shimmer" : undefined}>{summary}</span>
        {!open && (
          <span class="thinking-line" dir="auto">
            {visible(line.slice(0, 160))}
          </span>
        )}
      </button>
      {open && (
        <div class="thinking-text" dir="auto">
          {visible(item.text)}
        </div>
      )}
    </section>
  );
}
