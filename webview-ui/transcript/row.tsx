import { Component, type ComponentChild } from "preact";
import { unreachable } from "../../src/shared/errors";
import { Compaction } from "../parts/compaction";
import { AssistantText, Thinking, UserMessage } from "../parts/messages";
import { Footer, Limit, Mark, Notice } from "../parts/notes";
import { QuestionCard } from "../parts/question-card";
import { ToolCard } from "../parts/tool-card";
import type { Item } from "../store/items";

interface Props {
  item: Item;
  index: number;
  /** A jump has led here. */
  found: boolean;
  /** Tells the list how tall the row is, whenever that changes. */
  observe(element: HTMLElement, index: number): () => void;
}

/** Drawn again only when its item was replaced: a frame touches the rows it is about. */
export class Row extends Component<Props> {
  #element: HTMLElement | null = null;
  #unobserve: (() => void) | null = null;

  override shouldComponentUpdate(next: Props): boolean {
    return next.item !== this.props.item || next.index !== this.props.index || next.found !== this.props.found;
  }
  override componentDidMount(): void {
    if (this.#element) this.#unobserve = this.props.observe(this.#element, this.props.index);
  }
  override componentDidUpdate(before: Props): void {
    if (before.index === this.props.index || !this.#element) return;
    this.#unobserve?.();
    this.#unobserve = this.props.observe(this.#element, this.props.index);
  }
  override componentWillUnmount(): void {
    this.#unobserve?.();
  }
  override render({ item, index, found }: Props): ComponentChild {
    const ref = (element: HTMLElement | null): void => {
      this.#element = element;
    };
    return (
      <div
        ref={ref}
        class={`row row-${item.kind}${found ? " row-found" : ""}`}
        role="article"
        aria-posinset={index + 1}
        aria-setsize={-1}
      >
        {part(item)}
      </div>
    );
  }
}

function part(item: Item): ComponentChild {
  switch (item.kind) {
    case "user":
      return <UserMessage item={item} />;
    case "text":
      return <AssistantText item={item} />;
    case "thinking":
      return <Thinking item={item} />;
    case "tool":
      return <ToolCard item={item} />;
    case "compaction":
      return <Compaction item={item} />;
    case "question":
      return <QuestionCard item={item} />;
    case "notice":
      return <Notice item={item} />;
    case "mark":
      return <Mark item={item} />;
    case "limit":
      return <Limit item={item} />;
    case "footer":
      return <Footer item={item} />;
    default:
      return unreachable(item);
  }
}
