import type { VNode } from "preact";
import { visible } from "../markdown/visible-text";
import { Icon } from "../parts/icon";

export function MentionList({
  paths,
  active,
  onPick,
}: {
  paths: readonly string[];
  active: number;
  onPick(path: string): void;
}): VNode {
  return (
    <ul class="mentions" role="listbox" id="mentions" aria-label="Files">
      {paths.map((path, i) => {
        const cut = Math.max(path.lastIndexOf("/"), path.lastIndexOf("\\")) + 1;
        return (
          <li
            key={path}
            id={`mention-${i}`}
            role="option"
            aria-selected={i === active}
            class={i === active ? "active" : undefined}
            onMouseDown={(event) => {
              event.preventDefault();
              onPick(path);
            }}
          >
            <Icon name="file" />
            <span class="mention-name">{visible(path.slice(cut))}</span>
            <span class="mention-folder" dir="ltr">
              {visible(path.slice(0, cut))}
            </span>
          </li>
        );
      })}
    </ul>
  );
}
