import type { ComponentChild, VNode } from "preact";
import type { LimitName, Problem } from "../../src/shared/protocol/agent";
import { post } from "../host-link";
import { visible } from "../markdown/visible-text";
import type { Item } from "../store/items";
import { limitText } from "../store/marks";
import { count, dollars, duration } from "../views/figures";
import { useExpanded } from "./expanded";
import { Icon } from "./icon";

type Of<K extends Item["kind"]> = Extract<Item, { kind: K }>;

const levelIcons = { info: "info", warning: "warning", error: "error" } as const;

/** A next step in words becomes a button where the panel has one for it. */
export function NextStep({ text }: { text: string }): ComponentChild {
  const buttons: VNode[] = [];
  const add = (command: "setKey" | "showLogs" | "restartEngine", label: string): void => {
    buttons.push(
      <button key={command} type="button" class="button small" onClick={() => post({ type: "run_command", command })}>
        {label}
      </button>,
    );
  };
  if (/\bkey\b/i.test(text)) add("setKey", "Set key");
  if (/\blogs?\b/i.test(text)) add("showLogs", "Show logs");
  if (/\brestart/i.test(text)) add("restartEngine", "Restart the engine");
  return (
    <div class="next-step">
      <span dir="auto">{visible(text)}</span>
      {buttons.length > 0 && <span class="buttons">{buttons}</span>}
    </div>
  );
}

export const Notice = ({ item }: { item: Of<"notice"> }): VNode => (
  <section class={`notice notice-${item.level}`} role={item.level === "error" ? "alert" : "note"}>
    <Icon name={levelIcons[item.level]} />
    <div>
      <div dir="auto">{visible(item.message)}</div>
      {item.next && <NextStep text={item.next} />}
    </div>
  </section>
);

export function Mark({ item }: { item: Of<"mark"> }): VNode {
  const [open, toggle] = useExpanded(item.id, false);
  return (
    <section class="mark">
      <button type="button" class="mark-head" disabled={!item.detail} aria-expanded={open} onClick={toggle}>
        <Icon name={item.icon} />
        <span dir="auto">{visible(item.text)}</span>
        {item.detail && <Icon name={open ? "chevron-down" : "chevron-right"} />}
      </button>
      {open && item.detail && (
        <div class="mark-detail" dir="auto">
          {visible(item.detail.slice(0, 20_000))}
        </div>
      )}
    </section>
  );
}

const raise: Record<LimitName, (cap: number) => number> = {
  steps: (cap) => cap,
  tokens: (cap) => cap,
  usd: (cap) => Math.max(0.5, cap),
  wallMs: (cap) => cap,
};

export function Limit({ item }: { item: Of<"limit"> }): VNode {
  const by = raise[item.limit](item.cap);
  return (
    <section class="card limit" aria-label="Limit reached">
      <p>
        <Icon name="debug-pause" /> Paused: {limitText(item.limit, item.used)} of {limitText(item.limit, item.cap)} used. Nothing
        is lost.
      </p>
      {item.open && (
        <div class="buttons">
          <button type="button" class="button primary" onClick={() => post({ type: "raise_limit", limit: item.limit, by })}>
            Continue with {limitText(item.limit, by)} more
          </button>
        </div>
      )}
    </section>
  );
}

const ends = { completed: "", interrupted: "Stopped", limit: "Paused at a limit", failed: "Failed" } as const;

export function Footer({ item }: { item: Of<"footer"> }): VNode {
  const { usage } = item;
  const read = usage.inputTokens + usage.cacheReadTokens + usage.cacheWriteTokens;
  const tokens = read + usage.outputTokens;
  const title = `${count(read)} tokens read (${count(usage.cacheReadTokens)} from cache), ${count(usage.outputTokens)} written, ${item.steps} steps`;
  const price = item.usd === null ? "price unknown" : dollars(item.usd);
  return (
    <section class={`footer footer-${item.reason}`} aria-label="End of turn">
      {item.problem && <Failure problem={item.problem} />}
      <div class="footer-line" title={title}>
        {ends[item.reason] && <span class="footer-end">{ends[item.reason]}</span>}
        <span>{duration(item.ms)}</span>
        {tokens > 0 && <span>{count(tokens)} tokens</span>}
        {tokens > 0 && <span>{price}</span>}
      </div>
    </section>
  );
}

const Failure = ({ problem }: { problem: Problem }): VNode => (
  <div class="notice notice-error" role="alert">
    <Icon name="error" />
    <div>
      <div dir="auto">{visible(problem.message)}</div>
      {problem.next && <NextStep text={problem.next} />}
    </div>
  </div>
);
