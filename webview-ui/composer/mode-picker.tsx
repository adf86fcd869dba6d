import type { VNode } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { PermissionMode } from "../../src/shared/protocol/permission";
import { post } from "../host-link";
import { Icon } from "../parts/icon";

interface ModeWords {
  mode: PermissionMode;
  name: string;
  icon: string;
  what: string;
}

const modes: readonly ModeWords[] = [
  { mode: "default", name: "Ask first", icon: "shield", what: "Reads freely; asks before it changes or runs anything." },
  {
    mode: "acceptEdits",
    name: "Accept edits",
    icon: "edit",
    what: "Changes files in the workspace without asking; still asks for commands.",
  },
  { mode: "plan", name: "Plan", icon: "list-tree", what: "Reads and plans; changes nothing until you agree." },
  { mode: "auto", name: "Auto", icon: "rocket", what: "A classifier lets low-risk actions pass; the rest is asked." },
  { mode: "bypassPermissions", name: "Bypass", icon: "warning", what: "Asks for nothing. Only in a machine you can throw away." },
];

export function ModePicker({ mode }: { mode: PermissionMode }): VNode {
  const [open, setOpen] = useState(false);
  const root = useRef<HTMLDivElement>(null);
  const now = modes.find((one) => one.mode === mode) ?? {
    mode,
    name: "Never ask",
    icon: "circle-slash",
    what: "What no rule allows is refused.",
  };
  useEffect(() => {
    if (!open) return;
    root.current?.querySelector<HTMLElement>('[aria-checked="true"], [role="menuitemradio"]')?.focus();
    const away = (event: Event): void => {
      if (event.target instanceof Node && !root.current?.contains(event.target)) setOpen(false);
    };
    document.addEventListener("pointerdown", away);
    return () => document.removeEventListener("pointerdown", away);
  }, [open]);
  const pick = (next: PermissionMode): void => {
    setOpen(false);
    if (next !== mode) post({ type: "set_mode", mode: next });
    root.current?.querySelector<HTMLElement>(".picker")?.focus();
  };
  return (
    <div class="picker-root" ref={root} onKeyDown={(event) => moveIn(event, () => setOpen(false))}>
      {open && (
        <div class="menu" role="menu" aria-label="Permission mode">
          {modes.map((one) => (
            <button
              key={one.mode}
              type="button"
              role="menuitemradio"
              aria-checked={one.mode === mode}
              class="menu-item"
              onClick={() => pick(one.mode)}
            >
              <Icon name={one.icon} />
              <span>
                <span class="menu-name">{one.name}</span>
                <span class="menu-what">{one.what}</span>
              </span>
              {one.mode === mode && <Icon name="check" />}
            </button>
          ))}
        </div>
      )}
      <button
        type="button"
        class={`picker${mode === "bypassPermissions" ? " picker-warn" : ""}`}
        title={`Permission mode: ${now.name}. ${now.what}`}
        aria-haspopup="menu"
        aria-expanded={open}
        onClick={() => setOpen(!open)}
      >
        <Icon name={now.icon} /> <span class="picker-name">{now.name}</span>
      </button>
    </div>
  );
}

/** Arrow keys between the entries, Escape closes. */
function moveIn(event: KeyboardEvent & { currentTarget: HTMLElement }, close: () => void): void {
  const items = [...event.currentTarget.querySelectorAll<HTMLElement>('[role="menuitemradio"]')];
  if (items.length === 0) return;
  const at = items.indexOf(document.activeElement as HTMLElement);
  const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
  if (step !== 0) items[(at + step + items.length) % items.length]?.focus();
  else if (event.key === "Escape") {
    close();
    event.currentTarget.querySelector<HTMLElement>(".picker")?.focus();
  } else return;
  event.preventDefault();
}
