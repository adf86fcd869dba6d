import type { VNode } from "preact";
import { useEffect, useState } from "preact/hooks";
import { post } from "../host-link";

export function CopyButton({ text, label }: { text: string; label: string }): VNode {
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), 1500);
    return () => clearTimeout(timer);
  }, [copied]);
  const copy = (): void => {
    post({ type: "copy", text });
    setCopied(true);
  };
  return (
    <button
      type="button"
      class="icon-button"
      title={copied ? "Copied" : label}
      aria-label={copied ? "Copied" : label}
      onClick={copy}
    >
      <span class={`codicon codicon-${copied ? "check" : "copy"}`} aria-hidden="true" />
    </button>
  );
}
