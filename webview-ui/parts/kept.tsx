import { createContext, type VNode } from "preact";
import { useContext } from "preact/hooks";
import { post } from "../host-link";
import { visible } from "../markdown/visible-text";
import type { KeptPlace } from "../store/kept";
import { Icon } from "./icon";

/** For every row that can be pinned; rows are drawn again when it changes, though their items did not. */
export const Kept = createContext<readonly KeptPlace[]>([]);

/** Pinned for the model: no compaction takes it out, and what one had taken out comes back. */
export function KeepButton({ target }: { target: string | undefined }): VNode | null {
  const kept = useContext(Kept).some((place) => place.kept && place.target === target);
  if (target === undefined) return null;
  return (
    <button
      type="button"
      class={`icon-button keep${kept ? " kept" : ""}`}
      aria-pressed={kept}
      title={
        kept
          ? "Kept word for word when the conversation is compacted; click to let it go"
          : "Keep word for word when the conversation is compacted"
      }
      aria-label="Keep word for word"
      onClick={() => post({ type: "keep", target, kept: !kept })}
    >
      <Icon name={kept ? "pinned" : "pin"} />
    </button>
  );
}

/** In a compaction's card: what it left as it was. */
export function KeptList(): VNode | null {
  const places = useContext(Kept).filter(({ kept }) => kept);
  if (places.length === 0) return null;
  return (
    <>
      <h3>Kept word for word</h3>
      <ul class="kept-list">
        {places.map(({ target, label }) => (
          <li key={target}>
            <KeepButton target={target} />
            <span dir="auto">{visible(label ?? "an entry from before the part that is loaded here")}</span>
          </li>
        ))}
      </ul>
    </>
  );
}
