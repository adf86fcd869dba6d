export interface Key {
  key: string;
  keyCode: number;
  isComposing: boolean;
  shiftKey: boolean;
  altKey: boolean;
  ctrlKey: boolean;
  metaKey: boolean;
}

export interface ComposerState {
  running: boolean;
  popup: boolean;
  /** Between compositionstart and compositionend, as some browsers end the composition before the key. */
  composing: boolean;
}

export type KeyAction =
  | { do: "send"; delivery: "queue" | "steer" }
  | { do: "newline" | "stop" | "popup_next" | "popup_previous" | "popup_accept" | "popup_close" | "nothing" };

const nothing: KeyAction = { do: "nothing" };

/**
 * Enter sends, Alt+Enter steers, Shift+Enter is a new line, Ctrl/Cmd+. stops. Escape only closes the
 * mention list: it never stops a turn, because it is pressed too easily. While an input method composes,
 * every key is the input method's.
 */
export function keyAction(key: Key, state: ComposerState): KeyAction {
  if (key.isComposing || key.keyCode === 229 || state.composing) return nothing;
  const plain = !key.ctrlKey && !key.metaKey && !key.altKey;
  if (state.popup) {
    if (key.key === "ArrowDown" && plain) return { do: "popup_next" };
    if (key.key === "ArrowUp" && plain) return { do: "popup_previous" };
    if ((key.key === "Enter" || key.key === "Tab") && plain && !key.shiftKey) return { do: "popup_accept" };
    if (key.key === "Escape") return { do: "popup_close" };
  }
  if (key.key === "." && (key.ctrlKey || key.metaKey) && state.running) return { do: "stop" };
  if (key.key !== "Enter") return nothing;
  if (key.shiftKey) return { do: "newline" };
  return { do: "send", delivery: key.altKey && state.running ? "steer" : "queue" };
}
