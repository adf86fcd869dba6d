import type { VNode } from "preact";
import type { PanelState } from "../store/state";
import { count, dollars } from "../views/figures";

/** How full the model's window is, and what the conversation has cost as far as it is known. */
export function Meter({ state }: { state: PanelState }): VNode | null {
  const { context, spent, oldestSeq, firstSeq } = state;
  if (!context && spent.tokens === 0) return null;
  const part = context ? Math.min(1, context.tokens / Math.max(1, context.window)) : 0;
  const atLeast = oldestSeq > firstSeq || spent.unknown;
  const cost = spent.usd === 0 && spent.unknown ? "price unknown" : `${atLeast ? "≥ " : ""}${dollars(spent.usd)}`;
  const sources = Object.entries(context?.sources ?? {})
    .sort((a, b) => b[1] - a[1])
    .map(([name, tokens]) => `${name}: ${count(tokens)}`);
  const lines = context ? [`Context: ${count(context.tokens)} of ${count(context.window)} tokens`, ...sources] : [];
  const level = part > 0.9 ? "full" : part > 0.7 ? "high" : "low";
  return (
    <div class="meter" title={[...lines, spent.tokens > 0 ? `Cost: ${cost}` : ""].filter(Boolean).join("\n")}>
      {context && (
        <svg class={`ring ring-${level}`} viewBox="0 0 20 20" role="img" aria-label={`Context ${Math.round(part * 100)} % full`}>
          <circle cx="10" cy="10" r="7.5" pathLength={100} />
          <circle class="ring-used" cx="10" cy="10" r="7.5" pathLength={100} stroke-dasharray={`${part * 100} 100`} />
        </svg>
      )}
      {context && <span>{Math.round(part * 100)} %</span>}
      {spent.tokens > 0 && <span class="meter-cost">{cost}</span>}
    </div>
  );
}
