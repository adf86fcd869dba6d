import type { VNode } from "preact";
import type { QueuedMessage } from "../../src/shared/protocol/agent";
import { textOf } from "../../src/shared/protocol/messages";
import { post } from "../host-link";
import { visible } from "../markdown/visible-text";
import { Icon } from "../parts/icon";

/** Messages that wait for their turn. Editing takes one back into the composer. */
export function QueueList({
  queued,
  onEdit,
}: {
  queued: readonly QueuedMessage[];
  onEdit(message: QueuedMessage): void;
}): VNode | null {
  if (queued.length === 0) return null;
  return (
    <ul class="queue" aria-label="Queued messages">
      {queued.map((message) => (
        <li key={message.id}>
          <Icon name={message.delivery === "steer" ? "arrow-right" : "clock"} />
          <span
            class="queue-text"
            dir="auto"
            title={message.delivery === "steer" ? "Sent after the current tool" : "Sent after this turn"}
          >
            {visible(textOf(message.content).slice(0, 300) || "Attachment")}
          </span>
          <button type="button" class="icon-button" title="Edit" aria-label="Edit queued message" onClick={() => onEdit(message)}>
            <Icon name="edit" />
          </button>
          <button
            type="button"
            class="icon-button"
            title="Remove"
            aria-label="Remove queued message"
            onClick={() => post({ type: "edit_queued", id: message.id, content: null })}
          >
            <Icon name="close" />
          </button>
        </li>
      ))}
    </ul>
  );
}
