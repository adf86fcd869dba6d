import type { ComponentChild, VNode } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { Delivery, QueuedMessage } from "../../src/shared/protocol/agent";
import { keepDraft, onSide, post, savedDraft } from "../host-link";
import { visible } from "../markdown/visible-text";
import { Icon } from "../parts/icon";
import type { PanelState } from "../store/state";
import { contentOf, largePaste, readImage, takeApart, textAttachment, tokenTarget, type Attachment } from "./attachments";
import { keyAction } from "./key-action";
import { insertMention } from "./mention";
import { MentionList } from "./mention-list";
import { Meter } from "./meter";
import { ModePicker } from "./mode-picker";
import { QueueList } from "./queue-list";
import { useMentions } from "./use-mentions";

export function Composer({ state }: { state: PanelState }): VNode {
  const area = useRef<HTMLTextAreaElement>(null);
  const composing = useRef(false);
  const [text, setText] = useState(savedDraft());
  const [attachments, setAttachments] = useState<readonly Attachment[]>([]);
  const [problem, setProblem] = useState("");
  const mentions = useMentions();
  const typing = useTyping();

  const change = (next: string, caret?: number): void => {
    setText(next);
    keepDraft(next);
    requestAnimationFrame(() => {
      if (!area.current) return;
      grow(area.current);
      if (caret !== undefined) area.current.setSelectionRange(caret, caret);
    });
  };
  useInserted(area, (inserted) => {
    const before = area.current?.value ?? "";
    change(before === "" || inserted === "" ? before + inserted : `${before.trimEnd()}\n${inserted}`);
  });
  // The draft may come with the first snapshot, after this was drawn.
  useEffect(() => {
    if (text === "" && savedDraft() !== "") change(savedDraft());
  }, [state.session]);

  const send = (delivery: Delivery): void => {
    const content = contentOf(text, attachments);
    if (content.length === 0) return;
    post({ type: "send", id: crypto.randomUUID(), content, delivery });
    change("");
    setAttachments([]);
    setProblem("");
    mentions.close();
  };
  const pick = (path: string): void => {
    if (!mentions.at) return;
    const next = insertMention(text, mentions.at, path);
    mentions.close();
    change(next.text, next.caret);
  };
  const attach = (files: readonly File[]): void => {
    for (const file of files) {
      void readImage(file).then(
        (read) => ("problem" in read ? setProblem(read.problem) : setAttachments((all) => [...all, read])),
        () => setProblem(`${file.name} could not be read. Try to copy it again.`),
      );
    }
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const action = keyAction(event, { running: state.running, popup: mentions.paths.length > 0, composing: composing.current });
    if (action.do === "nothing" || action.do === "newline") return;
    event.preventDefault();
    if (action.do === "send") send(action.delivery);
    else if (action.do === "stop") post({ type: "stop" });
    else if (action.do === "popup_next") mentions.move(1);
    else if (action.do === "popup_previous") mentions.move(-1);
    else if (action.do === "popup_close") mentions.close();
    else if (mentions.paths[mentions.active] !== undefined) pick(mentions.paths[mentions.active]!);
  };
  const onPaste = (event: ClipboardEvent): void => {
    const files = [...(event.clipboardData?.files ?? [])];
    const pasted = event.clipboardData?.getData("text/plain") ?? "";
    if (pasted === "" && files.length > 0) attach(files);
    else if (pasted.length > largePaste) setAttachments([...attachments, textAttachment(pasted)]);
    else return;
    event.preventDefault();
  };
  const editQueued = (message: QueuedMessage): void => {
    post({ type: "edit_queued", id: message.id, content: null });
    const taken = takeApart(message.content);
    setAttachments([...attachments, ...taken.attachments]);
    change([text, taken.text].filter(Boolean).join("\n"));
    area.current?.focus();
  };
  const empty = text.trim() === "" && attachments.length === 0;
  const target = tokenTarget(text);

  return (
    <form
      class="composer"
      aria-label="Message"
      onSubmit={(event) => event.preventDefault()}
      onDragOver={(event) => event.preventDefault()}
      onDrop={(event) => {
        event.preventDefault();
        attach([...(event.dataTransfer?.files ?? [])]);
      }}
    >
      <QueueList queued={state.queued} onEdit={editQueued} />
      {mentions.paths.length > 0 && <MentionList paths={mentions.paths} active={mentions.active} onPick={pick} />}
      {problem && (
        <p class="composer-problem" role="alert">
          <Icon name="warning" /> {visible(problem)}
        </p>
      )}
      {target && (
        <p class="composer-hint" role="status">
          <Icon name="target" /> Works on until about {target} tokens are used; a limit of yours still pauses it.
        </p>
      )}
      <div class="composer-box">
        <Chips attachments={attachments} onRemove={(id) => setAttachments(attachments.filter((one) => one.id !== id))} />
        <textarea
          ref={area}
          rows={1}
          dir="auto"
          value={text}
          placeholder={state.running ? "Queue a message; Alt+Enter steers" : "Ask Stride, @ to mention a file"}
          aria-label="Message to Stride"
          aria-autocomplete="list"
          aria-controls="mentions"
          aria-activedescendant={mentions.paths.length > 0 ? `mention-${mentions.active}` : undefined}
          onInput={(event) => {
            const { value, selectionStart } = event.currentTarget;
            change(value);
            typing();
            mentions.look(value, selectionStart);
          }}
          onKeyDown={onKeyDown}
          onPaste={onPaste}
          onCompositionStart={() => {
            composing.current = true;
          }}
          onCompositionEnd={() => {
            composing.current = false;
          }}
        />
        <div class="composer-bar">
          <ModePicker mode={state.mode} />
          <ModelButton state={state} />
          <Meter state={state} />
          {sendButtons(state.running, empty, send)}
        </div>
      </div>
    </form>
  );
}

function sendButtons(running: boolean, empty: boolean, send: (delivery: Delivery) => void): ComponentChild {
  const words = running ? "Queue (Enter); steer now (Alt+Enter)" : "Send (Enter)";
  return (
    <span class="push composer-send">
      {running && (
        <button type="button" class="round stop" title="Stop (Ctrl+.)" aria-label="Stop" onClick={() => post({ type: "stop" })}>
          <Icon name="debug-stop" />
        </button>
      )}
      {(!running || !empty) && (
        <button
          type="button"
          class="round send"
          disabled={empty}
          title={words}
          aria-label={running ? "Queue message" : "Send"}
          onClick={() => send("queue")}
        >
          <Icon name="arrow-up" />
        </button>
      )}
    </span>
  );
}

function ModelButton({ state }: { state: PanelState }): VNode {
  const name = state.models.find((one) => one.id === state.model)?.name ?? state.model.split("/").at(-1) ?? "";
  return (
    <button
      type="button"
      class="picker"
      title={`Model: ${state.model || "none"}. Press to choose another.`}
      onClick={() => post({ type: "pick_model" })}
    >
      <span class="picker-name">{visible(name || "Choose a model")}</span>
    </button>
  );
}

function Chips({ attachments, onRemove }: { attachments: readonly Attachment[]; onRemove(id: number): void }): VNode | null {
  if (attachments.length === 0) return null;
  return (
    <ul class="chips" aria-label="Attachments">
      {attachments.map((one) => (
        <li key={one.id} class="chip">
          {one.kind === "image" ? <img alt="" src={`data:${one.mediaType};base64,${one.data}`} /> : <Icon name="file-text" />}
          <span>{visible(one.name)}</span>
          <button
            type="button"
            class="icon-button"
            title="Remove"
            aria-label={`Remove ${one.name}`}
            onClick={() => onRemove(one.id)}
          >
            <Icon name="close" />
          </button>
        </li>
      ))}
    </ul>
  );
}

function grow(area: HTMLTextAreaElement): void {
  area.style.height = "auto";
  area.style.height = `${Math.min(area.scrollHeight, Math.max(120, window.innerHeight * 0.4))}px`;
}

function useInserted(area: { current: HTMLTextAreaElement | null }, insert: (text: string) => void): void {
  const latest = useRef(insert);
  latest.current = insert;
  useEffect(
    () =>
      onSide((message) => {
        if (message.type !== "insert") return;
        latest.current(message.text);
        if (message.focus) area.current?.focus();
      }),
    [],
  );
}

/** Tells the host once in a while that someone is typing, so that it can open the connection to the model. */
function useTyping(): () => void {
  const last = useRef(0);
  return () => {
    if (Date.now() - last.current < 30_000) return;
    last.current = Date.now();
    post({ type: "typing" });
  };
}
