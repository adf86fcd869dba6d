import type { VNode } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { CallExplanation, TriedCall } from "../../src/shared/protocol/explain";
import { onSide, post } from "../host-link";
import { visible } from "../markdown/visible-text";
import { Icon } from "../parts/icon";
import { marked } from "../prompt/prompt-body";

const kinds: Record<TriedCall["kind"], { name: string; example: string }> = {
  command: { name: "Command", example: "git push origin main" },
  write: { name: "Write", example: "src/app.ts" },
  read: { name: "Read", example: "~/.ssh/id_rsa" },
  fetch: { name: "Fetch", example: "https://example.org" },
};
const verdicts = { allow: "Runs without a question", ask: "Asks you first", deny: "Is refused" } as const;
const icons = { allow: "pass", ask: "question", deny: "error", "no opinion": "dash" } as const;

/** What would happen if; nothing is run. */
export function TryCall(): VNode {
  const [kind, setKind] = useState<TriedCall["kind"]>("command");
  const [text, setText] = useState("");
  const [answer, setAnswer] = useState<{ text: string; explanation: CallExplanation } | null>(null);
  const asked = useRef({ id: 0, text: "" });
  useEffect(
    () =>
      onSide((message) => {
        if (message.type !== "explained" || message.id !== asked.current.id) return;
        setAnswer({ text: asked.current.text, explanation: message.explanation });
      }),
    [],
  );
  const ask = (event: Event): void => {
    event.preventDefault();
    if (text.trim() === "") return;
    asked.current = { id: asked.current.id + 1, text };
    post({ type: "explain_call", id: asked.current.id, call: { kind, text } });
  };
  return (
    <form class="try" aria-label="Try a call" onSubmit={ask}>
      <div class="segments" role="radiogroup" aria-label="What to try">
        {(Object.keys(kinds) as TriedCall["kind"][]).map((one) => (
          <button key={one} type="button" role="radio" aria-checked={kind === one} class="segment" onClick={() => setKind(one)}>
            {kinds[one].name}
          </button>
        ))}
      </div>
      <div class="try-line">
        <input
          class="field"
          type="text"
          dir="ltr"
          spellcheck={false}
          placeholder={`Would it be allowed? For example ${kinds[kind].example}`}
          aria-label="What to try; it is not run"
          value={text}
          onInput={(event) => setText(event.currentTarget.value)}
        />
        <button type="submit" class="button primary">
          Explain
        </button>
      </div>
      {answer && <Path {...answer} />}
    </form>
  );
}

function Path({ text, explanation: { decision, steps, parts } }: { text: string; explanation: CallExplanation }): VNode {
  return (
    <div class={`path path-${decision.verdict}`} role="status">
      <p class="path-verdict">
        <Icon name={icons[decision.verdict]} /> <strong>{verdicts[decision.verdict]}</strong>: {visible(decision.reason)}
      </p>
      <pre dir="ltr">{marked(text, parts)}</pre>
      {decision.rule && (
        <p class="faint">
          Rule <code>{visible(decision.rule.text)}</code> in {visible(decision.rule.source)}
        </p>
      )}
      {decision.verdict !== "allow" && decision.suggestions.length > 0 && (
        <p class="faint">
          Would be let through by{" "}
          {decision.suggestions.map((rule) => (
            <code key={rule}>{visible(rule)} </code>
          ))}
        </p>
      )}
      {(decision.targets ?? []).map((target, i) => (
        <p key={i} class="faint" dir="ltr">
          {target.op === "write" ? "writes" : "reads"} {visible(target.resolved)}
        </p>
      ))}
      <ol class="gates">
        {steps.map(({ gate, answer, because }) => (
          <li key={gate} class={answer === "no opinion" ? "faint" : ""}>
            <Icon name={icons[answer]} /> <strong>{gate}</strong> {answer === "no opinion" ? "" : `${answer}: `}
            {visible(because)}
          </li>
        ))}
      </ol>
    </div>
  );
}
