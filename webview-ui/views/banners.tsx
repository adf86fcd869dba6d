import type { ComponentChild, VNode } from "preact";
import { post } from "../host-link";
import { visible } from "../markdown/visible-text";
import { Icon } from "../parts/icon";
import { NextStep } from "../parts/notes";
import type { PanelState } from "../store/state";

/** What a person should know before they type: each with its next step, none in the way. */
export function Banners({ state }: { state: PanelState }): VNode {
  return (
    <div class="banners" aria-live="polite">
      {engineBanner(state)}
      {state.session !== null && !state.trusted && (
        <Banner icon="workspace-untrusted" level="warning">
          This workspace is not trusted: Stride reads it, but its settings, hooks and rules have no effect.
        </Banner>
      )}
      {state.session !== null && !state.hasFolder && (
        <Banner icon="folder" level="info">
          No folder is open. Stride answers and works in your home folder, where it asks before each access. Open a folder to work
          on a project.
        </Banner>
      )}
      {state.session !== null && (!state.hasKey || state.model.startsWith("practice/")) && (
        <Banner icon="beaker" level="info">
          <strong>Practice model.</strong> {state.hasKey ? "It is chosen for this conversation" : "No key is set"}, so a small
          program built into Stride answers. It follows simple requests and uses real tools; it is not an AI.{" "}
          <button
            type="button"
            class="link-button"
            onClick={() => post(state.hasKey ? { type: "pick_model" } : { type: "run_command", command: "setKey" })}
          >
            {state.hasKey ? "Choose a model" : "Set key"}
          </button>
        </Banner>
      )}
    </div>
  );
}

function engineBanner({ engine }: PanelState): ComponentChild {
  switch (engine.state) {
    case "idle":
    case "ready":
      return null;
    case "starting":
      return (
        <Banner icon="loading" level="info">
          The engine is starting…
        </Banner>
      );
    case "restarting":
      return (
        <Banner icon="sync" level="warning">
          The engine stopped ({visible(engine.why)}) and is being restarted, attempt {engine.attempt}. Nothing is lost.
        </Banner>
      );
    case "down":
      return (
        <Banner icon="error" level="error">
          The engine is down: {visible(engine.why)}. Your conversation is safe.
          <NextStep text={engine.next} />
          <span class="buttons">
            <button type="button" class="button small" onClick={() => post({ type: "run_command", command: "restartEngine" })}>
              Restart
            </button>
            <button type="button" class="button small" onClick={() => post({ type: "run_command", command: "showLogs" })}>
              Show logs
            </button>
          </span>
        </Banner>
      );
  }
}

const Banner = ({
  icon,
  level,
  children,
}: {
  icon: string;
  level: "info" | "warning" | "error";
  children: ComponentChild;
}): VNode => (
  <div class={`banner banner-${level}`} role={level === "error" ? "alert" : "status"}>
    <Icon name={icon} spin={icon === "loading" || icon === "sync"} />
    <div>{children}</div>
  </div>
);
