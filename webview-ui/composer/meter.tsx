import type { VNode } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { post } from "../host-link";
import type { PanelState } from "../store/state";
import { count, dollars } from "../views/figures";
import { showView } from "../views/view-state";

const names: Record<string, string> = {
  system: "Instructions of Stride and its tools",
  tools: "Tools",
  instructions: "Your instruction files",
  memory: "Memory",
  messages: "Messages",
  results: "Results of tools",
};

/** How full the model's window is, and what the conversation has cost as far as it is known. */
export function Meter({ state }: { state: PanelState }): VNode | null {
  const { context, spent, oldestSeq, firstSeq } = state;
  const [open, setOpen] = useState(false);
  const root = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (!open) return;
    const away = (event: Event): void => {
      if (event.target instanceof Node && !root.current?.contains(event.target)) setOpen(false);
    };
    document.addEventListener("pointerdown", away);
    return () => document.removeEventListener("pointerdown", away);
  }, [open]);
  if (!context && spent.tokens === 0) return null;
  const part = context ? Math.min(1, context.tokens / Math.max(1, context.window)) : 0;
  const atLeast = oldestSeq > firstSeq || spent.unknown;
  const cost = spent.usd === 0 && spent.unknown ? "price unknown" : `${atLeast ? "≥ " : ""}${dollars(spent.usd)}`;
  const level = part > 0.9 ? "full" : part > 0.7 ? "high" : "low";
  const close = (event: KeyboardEvent): void => {
    if (event.key !== "Escape" || !open) return;
    setOpen(false);
    root.current?.querySelector<HTMLElement>(".meter")?.focus();
  };
  return (
    <div class="meter-root" ref={root} onKeyDown={close}>
      {open && <Breakdown state={state} cost={cost} onDone={() => setOpen(false)} />}
      <button
        type="button"
        class="meter"
        aria-haspopup="dialog"
        aria-expanded={open}
        title={
          context ? `Context: ${count(context.tokens)} of ${count(context.window)} tokens. Press for more.` : `Cost: ${cost}`
        }
        onClick={() => setOpen(!open)}
      >
        {context && (
          <svg
            class={`ring ring-${level}`}
            viewBox="0 0 20 20"
            role="img"
            aria-label={`Context ${Math.round(part * 100)} % full`}
          >
            <circle cx="10" cy="10" r="7.5" pathLength={100} />
            <circle class="ring-used" cx="10" cy="10" r="7.5" pathLength={100} stroke-dasharray={`${part * 100} 100`} />
          </svg>
        )}
        {context && <span>{Math.round(part * 100)} %</span>}
        {spent.tokens > 0 && <span class="meter-cost">{cost}</span>}
      </button>
    </div>
  );
}

/** What fills the window, largest first, and what can be done about it. */
function Breakdown({ state, cost, onDone }: { state: PanelState; cost: string; onDone(): void }): VNode {
  const { context, spent } = state;
  const sources = Object.entries(context?.sources ?? {})
    .filter(([, tokens]) => tokens > 0)
    .sort((a, b) => b[1] - a[1]);
  const most = Math.max(1, ...sources.map(([, tokens]) => tokens));
  const leave = (action: () => void): void => {
    onDone();
    action();
  };
  return (
    <div class="menu breakdown" role="dialog" aria-label="What fills the context">
      {context && (
        <p>
          <strong>{count(context.tokens)}</strong> of {count(context.window)} tokens
        </p>
      )}
      <ul>
        {sources.map(([name, tokens]) => (
          <li key={name}>
            <span>{names[name] ?? name}</span>
            <span class="breakdown-figure">{count(tokens)}</span>
            <progress value={tokens} max={most} aria-label={`${names[name] ?? name}: ${count(tokens)} tokens`} />
          </li>
        ))}
      </ul>
      {spent.tokens > 0 && (
        <p class="faint">
          {count(spent.tokens)} tokens used so far, {cost}
        </p>
      )}
      <div class="buttons">
        <button type="button" class="button small" onClick={() => leave(() => post({ type: "compact" }))}>
          Compact now
        </button>
        <button type="button" class="button small" onClick={() => leave(() => showView("instructions"))}>
          Instruction files
        </button>
      </div>
    </div>
  );
}
