import type { VNode } from "preact";
import { post } from "../host-link";
import { Icon } from "../parts/icon";

const suggestions = [
  { icon: "compass", title: "Take the tour", what: "See a read, an edit you approve, and a command", prompt: "Give me the tour" },
  {
    icon: "book",
    title: "Summarise this workspace",
    what: "What is here and how it fits together",
    prompt: "Summarise this workspace",
  },
  { icon: "beaker", title: "Run the tests", what: "And explain what fails", prompt: "Run the tests" },
] as const;

export function EmptyState(): VNode {
  const send = (prompt: string): void =>
    post({ type: "send", id: crypto.randomUUID(), content: [{ type: "text", text: prompt, origin: "user" }], delivery: "queue" });
  return (
    <div class="empty">
      <svg class="empty-mark" viewBox="0 0 48 48" aria-hidden="true">
        <path d="M12 34 L22 14 M22 34 L32 14 M32 34 L38 22" />
      </svg>
      <h1>What shall we work on?</h1>
      <p>Stride reads, edits and runs things here. It asks before anything that matters.</p>
      <div class="suggestions">
        {suggestions.map(({ icon, title, what, prompt }) => (
          <button key={title} type="button" class="suggestion" onClick={() => send(prompt)}>
            <Icon name={icon} />
            <span>
              <span class="menu-name">{title}</span>
              <span class="menu-what">{what}</span>
            </span>
          </button>
        ))}
      </div>
    </div>
  );
}
