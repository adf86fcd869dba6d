import type { ComponentChild, VNode } from "preact";
import { useContext, useEffect, useRef, useState } from "preact/hooks";
import type { ApprovalRequest } from "../../src/shared/protocol/permission";
import { post } from "../host-link";
import { visible, visibleString } from "../markdown/visible-text";
import { Icon } from "../parts/icon";
import { OpenFolders } from "../parts/open-folders";
import { titleOf } from "../parts/path-name";
import { PromptBody } from "./prompt-body";
import { Replay } from "./replay";
import { answerFor, choiceForKey, choicesOf, isMeant, type Choice } from "./prompt-guard";

const labels: Record<Choice, { text: string; key: string }> = {
  deny: { text: "Deny", key: "Alt+D" },
  once: { text: "Allow", key: "Alt+A" },
  session: { text: "Allow for this session", key: "Alt+S" },
  local: { text: "Always allow in this project", key: "Alt+P" },
};

/** The first of the open questions; the others wait behind it. Keyed by id, so each one starts its own guard. */
export function PermissionPrompt({ approvals }: { approvals: readonly ApprovalRequest[] }): VNode | null {
  const request = approvals[0];
  return request ? <Prompt key={request.id} request={request} count={approvals.length} /> : null;
}

function Prompt({ request, count }: { request: ApprovalRequest; count: number }): VNode {
  const shownAt = useRef(performance.now());
  const denyButton = useRef<HTMLButtonElement>(null);
  const [comment, setComment] = useState("");
  const [sent, setSent] = useState(false);
  useFirstFocus(denyButton);
  const choices = choicesOf(request);
  const title = titleOf(request.title, request.input, useContext(OpenFolders));

  const choose = (choice: Choice, by: "key" | "pointer"): void => {
    if (sent || !isMeant({ at: performance.now(), by }, shownAt.current)) return;
    setSent(true);
    post({ type: "answer_approval", id: request.id, answer: answerFor(choice, request, comment) });
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.isComposing || event.keyCode === 229) return;
    const choice = choiceForKey(event, choices);
    if (choice) {
      event.preventDefault();
      choose(choice, "key");
    } else if (event.key === "Enter" && event.target instanceof HTMLInputElement) {
      event.preventDefault();
      if (comment.trim() !== "") choose("deny", "key");
    }
  };
  // `detail` is 0 when a key pressed the button: the guard counts for Enter and Space alike.
  const button = (choice: Choice): ComponentChild => (
    <button
      key={choice}
      type="button"
      ref={choice === "deny" ? denyButton : null}
      class={choice === "once" ? "button primary" : "button"}
      disabled={sent}
      title={`${labels[choice].text} (${labels[choice].key})`}
      onClick={(event) => choose(choice, event.detail === 0 ? "key" : "pointer")}
    >
      {labels[choice].text} <kbd>{labels[choice].key}</kbd>
    </button>
  );

  return (
    <section
      class="prompt"
      role="alertdialog"
      aria-labelledby={`title-${request.id}`}
      aria-describedby={`why-${request.id}`}
      onKeyDown={onKeyDown}
    >
      <h2 class="prompt-title" id={`title-${request.id}`}>
        <Icon name="shield" />
        <span dir="auto" title={visibleString(titleOf(request.title, request.input, []))}>
          {visible(title)}
        </span>
        {count > 1 && <span class="tag push">1 of {count}</span>}
      </h2>
      <div class="prompt-scroll">
        <PromptBody request={request} />
        {request.decision.suggestions.length > 0 && (
          <p class="prompt-rules">
            A lasting answer allows{" "}
            {request.decision.suggestions.map((rule) => (
              <code key={rule}>{visible(rule)}</code>
            ))}
          </p>
        )}
        {request.replay && request.decision.suggestions.length > 0 && <Replay id={request.id} replay={request.replay} />}
      </div>
      <input
        class="field"
        type="text"
        dir="auto"
        placeholder="If not, what should it do instead?"
        aria-label="Comment when denying"
        value={comment}
        onInput={(event) => setComment(event.currentTarget.value)}
      />
      <div class="buttons">{choices.map(button)}</div>
    </section>
  );
}

/** Deny has the focus, unless a person is in the middle of a sentence elsewhere. */
function useFirstFocus(target: { current: HTMLButtonElement | null }): void {
  useEffect(() => {
    const active = document.activeElement;
    const typing = active instanceof HTMLTextAreaElement && active.value !== "";
    if (!typing) target.current?.focus();
  }, []);
}
