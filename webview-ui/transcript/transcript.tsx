import { Component, createRef, type ComponentChild } from "preact";
import { post } from "../host-link";
import { Icon } from "../parts/icon";
import type { Item } from "../store/items";
import type { Jump } from "../views/view-state";
import { Heights, windowOf } from "./heights";
import { Row } from "./row";

interface Props {
  items: readonly Item[];
  /** Seq of the first event held; more lies before it when it is over `firstSeq`. */
  oldestSeq: number;
  firstSeq: number;
  session: string | null;
  /** A place to go to; what lies between is loaded first. */
  jump?: Jump | null;
  tail: ComponentChild;
}

interface State {
  scrollTop: number;
  viewport: number;
  following: boolean;
  /** The first drawing is what is seen and no more: a page opens as fast as its screen. */
  opened: boolean;
  /** The row a jump has led to. */
  found: string | null;
}

const margin = 400;
const estimate = 72;
const endSlack = 40;

const keyOf = (item: Item): string => `${item.kind}:${item.id}`;

/**
 * A window of rows over measured heights. It follows the output while the reader is at the end, and
 * otherwise holds the row they look at in place, whatever grows above or is loaded before it.
 */
export class Transcript extends Component<Props, State> {
  override state: State = { scrollTop: 0, viewport: 800, following: true, opened: false, found: null };
  #scroller = createRef<HTMLDivElement>();
  #heights = new Heights(0, estimate);
  #measured = new Map<string, number>();
  #rowIndex = new WeakMap<Element, number>();
  #rows = new ResizeObserver((entries) => this.#measure(entries));
  #frame = new ResizeObserver(() => this.#resized());
  #items: readonly Item[] = [];
  #anchor: { key: string; offset: number } | null = null;
  /** Where the last jump or drawing has put the list: a scroll to there is not the reader's. */
  #placed = -1;
  #asked = 0;
  #jump: Jump | null = null;

  override componentDidMount(): void {
    if (this.#scroller.current) this.#frame.observe(this.#scroller.current);
    this.#jump = this.props.jump ?? null;
    if (!this.#goTo()) this.#settle();
    requestAnimationFrame(() => this.setState({ opened: true }));
  }
  override componentDidUpdate(before: Props): void {
    if (before.session !== this.props.session) {
      this.#asked = 0;
      this.setState({ following: true, found: null });
    }
    if (before.jump !== this.props.jump) this.#jump = this.props.jump ?? null;
    if (!this.#goTo()) this.#settle();
  }
  override componentWillUnmount(): void {
    this.#rows.disconnect();
    this.#frame.disconnect();
  }

  #observe = (element: HTMLElement, index: number): (() => void) => {
    this.#rowIndex.set(element, index);
    this.#rows.observe(element);
    return () => this.#rows.unobserve(element);
  };

  #measure(entries: readonly ResizeObserverEntry[]): void {
    let changed = false;
    for (const entry of entries) {
      const index = this.#rowIndex.get(entry.target);
      const item = index === undefined ? undefined : this.#items[index];
      const height = entry.borderBoxSize[0]?.blockSize ?? entry.contentRect.height;
      if (index === undefined || !item || height === 0) continue;
      this.#measured.set(keyOf(item), height);
      if (this.#heights.set(index, height)) changed = true;
    }
    if (changed) this.forceUpdate();
  }

  #resized(): void {
    const scroller = this.#scroller.current;
    if (scroller && scroller.clientHeight !== this.state.viewport) this.setState({ viewport: scroller.clientHeight });
  }

  /** Rows that were there keep their heights; only a changed list costs a new tree. */
  #fit(items: readonly Item[]): void {
    const old = this.#items;
    this.#items = items;
    const same = old.length === items.length && old[0]?.id === items[0]?.id && old.at(-1)?.id === items.at(-1)?.id;
    if (!same) this.#heights = new Heights(items.length, estimate, (i) => this.#measured.get(keyOf(items[i]!)));
  }

  /** After drawing: back to the end, or back to the row the reader was at. */
  #settle(): void {
    const scroller = this.#scroller.current;
    if (!scroller) return;
    if (this.state.following) {
      scroller.scrollTop = scroller.scrollHeight;
      this.#placed = scroller.scrollTop;
    } else if (this.#anchor) {
      const { key, offset } = this.#anchor;
      const index = this.#items.findIndex((item) => keyOf(item) === key);
      const wanted = this.#heights.top(index) + offset;
      if (index >= 0 && Math.abs(wanted - scroller.scrollTop) > 1) scroller.scrollTop = wanted;
      this.#placed = scroller.scrollTop;
    }
    if (scroller.scrollTop !== this.state.scrollTop || scroller.clientHeight !== this.state.viewport)
      this.setState({ scrollTop: scroller.scrollTop, viewport: scroller.clientHeight });
  }

  #onScroll = (): void => {
    const scroller = this.#scroller.current;
    if (!scroller) return;
    const { scrollTop, clientHeight, scrollHeight } = scroller;
    const atEnd = scrollHeight - scrollTop - clientHeight <= endSlack;
    // The state may be a drawing behind the place the list was put to.
    const movedUp = scrollTop < Math.max(this.state.scrollTop, this.#placed) - 1;
    const following = atEnd || (this.state.following && !movedUp);
    const index = this.#heights.at(scrollTop);
    const item = this.#items[index];
    if (following || Math.abs(scrollTop - this.#placed) > 1)
      this.#anchor = item ? { key: keyOf(item), offset: scrollTop - this.#heights.top(index) } : null;
    this.setState({ scrollTop, following });
    this.#loadBefore(scrollTop);
  };

  #loadBefore(scrollTop: number): void {
    const { oldestSeq, firstSeq } = this.props;
    if (scrollTop > 1200 || oldestSeq <= firstSeq || this.#asked === oldestSeq) return;
    this.#asked = oldestSeq;
    post({ type: "load_before", seq: oldestSeq });
  }

  /** To the row of a record: the last one that began at or before it. True: the next drawing is there. */
  #goTo(): boolean {
    const { items, oldestSeq, firstSeq, session } = this.props;
    const wanted = this.#jump;
    if (!wanted || session === null || items.length === 0) return false;
    if (wanted.seq < oldestSeq && oldestSeq > firstSeq) {
      if (this.#asked === oldestSeq) return false;
      this.#asked = oldestSeq;
      post({ type: "load_before", seq: oldestSeq, from: Math.max(firstSeq, wanted.seq - 20) });
      return false;
    }
    this.#jump = null;
    const index = Math.max(
      0,
      items.findLastIndex((item) => item.seq > 0 && item.seq <= wanted.seq),
    );
    const item = items[index];
    if (!item) return false;
    this.#anchor = { key: keyOf(item), offset: -12 };
    this.setState({ following: false, found: keyOf(item), scrollTop: Math.max(0, this.#heights.top(index) - 12) });
    return true;
  }

  #toEnd = (): void => {
    this.setState({ following: true, found: null });
    const scroller = this.#scroller.current;
    if (scroller) scroller.scrollTop = scroller.scrollHeight;
  };

  override render(
    { items, tail, oldestSeq, firstSeq }: Props,
    { scrollTop, viewport, following, opened, found }: State,
  ): ComponentChild {
    if (items !== this.#items) this.#fit(items);
    const from = following ? Math.max(0, this.#heights.total - viewport) : scrollTop;
    const { first, last, above, below } = windowOf(this.#heights, from, viewport, opened ? margin : 0);
    return (
      <div class="transcript-frame">
        <div class="transcript" ref={this.#scroller} onScroll={this.#onScroll} role="feed" aria-label="Conversation" tabIndex={0}>
          {oldestSeq > firstSeq && above < 1 && (
            <div class="earlier">
              <button type="button" class="link-button" onClick={() => post({ type: "load_before", seq: oldestSeq })}>
                Show earlier messages
              </button>
            </div>
          )}
          <div style={{ height: `${above}px` }} />
          {items.slice(first, last).map((item, i) => (
            <Row key={keyOf(item)} item={item} index={first + i} found={keyOf(item) === found} observe={this.#observe} />
          ))}
          <div style={{ height: `${below}px` }} />
          {tail}
        </div>
        {!following && (
          <button type="button" class="to-end" onClick={this.#toEnd}>
            <Icon name="arrow-down" /> Jump to latest
          </button>
        )}
      </div>
    );
  }
}
