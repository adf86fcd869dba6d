import type { VNode } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { PanelState, Phase } from "../store/state";
import { visible } from "../markdown/visible-text";
import { Icon } from "../parts/icon";
import { duration } from "../views/figures";

const words: Record<Phase, string> = {
  idle: "",
  waiting: "Working",
  thinking: "Thinking",
  answering: "Answering",
  tools: "Working",
};
const quietMs = 10_000;

/** What is happening now; after ten quiet seconds also for how long, and why. */
export function StatusLine({ state }: { state: PanelState }): VNode | null {
  const { running, phase, waiting, quietSince, approvals } = state;
  const now = useClock(running && approvals.length === 0);
  if (!running || approvals.length > 0) return null;
  const quiet = now - quietSince;
  const slow = phase !== "tools" && quiet >= quietMs;
  const retry = waiting?.why === "retry";
  return (
    <div class={`status${slow || retry ? " status-slow" : ""}`}>
      <Icon name={retry ? "sync" : "loading"} spin />
      <span class="shimmer">
        {retry ? retryWords(waiting, now) : slow ? `Waiting for the model, ${duration(quiet)}` : words[phase]}
      </span>
      {waiting?.error && <span class="status-why">{visible(waiting.error.message)}</span>}
    </div>
  );
}

function retryWords(waiting: NonNullable<PanelState["waiting"]>, now: number): string {
  const left = Math.ceil((waiting.until - now) / 1000);
  return left > 0 ? `Trying again in ${left} s (attempt ${waiting.attempt})` : `Trying again (attempt ${waiting.attempt})`;
}

/** One wake a second, and only while something runs. */
function useClock(on: boolean): number {
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    if (!on) return;
    setNow(Date.now());
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, [on]);
  return now;
}
