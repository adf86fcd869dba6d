import type { ComponentChild, VNode } from "preact";
import { useContext } from "preact/hooks";
import type { ToolDisplay } from "../../src/shared/protocol/agent";
import { unreachable } from "../../src/shared/errors";
import { post } from "../host-link";
import { outputText, visible, visibleString } from "../markdown/visible-text";
import type { ToolItem, ToolState } from "../store/items";
import { keepTarget } from "../store/kept";
import { duration } from "../views/figures";
import { CopyButton } from "./copy-button";
import { DiffView } from "./diff-view";
import { useExpanded } from "./expanded";
import { Icon } from "./icon";
import { KeepButton } from "./kept";
import { OpenFolders } from "./open-folders";
import { partialInput } from "./partial-input";
import { pathName, shortName, titleOf } from "./path-name";
import { ShowMore } from "./show-more";
import { TodoList } from "./todo-list";

const states: Record<ToolState, { icon: string; words: string }> = {
  writing: { icon: "loading", words: "being written" },
  waiting: { icon: "clock", words: "waiting" },
  asking: { icon: "question", words: "needs your answer" },
  running: { icon: "loading", words: "running" },
  ok: { icon: "check", words: "done" },
  error: { icon: "error", words: "failed" },
  denied: { icon: "circle-slash", words: "not allowed" },
  interrupted: { icon: "debug-pause", words: "interrupted, effect unknown" },
};

export function ToolCard({ item }: { item: ToolItem }): VNode {
  const { icon, words } = states[item.state];
  const moving = item.state === "writing" || item.state === "running";
  const shown = item.state === "asking" ? null : body(item);
  const [open, toggle] = useExpanded(item.id, opensByItself(item));
  const expanded = shown !== null && (open || moving);
  const title = titleOf(item.title, item.input, useContext(OpenFolders), shortName);
  const wholeTitle = titleOf(item.title, item.input, []);
  return (
    <section class={`tool tool-${item.state}`} aria-label={`${title}: ${words}`}>
      <div class="tool-head">
        <button type="button" class="tool-title" aria-expanded={expanded} disabled={shown === null} onClick={toggle}>
          <span class="tool-state" title={words}>
            <Icon name={icon} spin={moving} />
          </span>
          <span class="tool-name" dir="auto" title={visibleString(wholeTitle)}>
            {visible(title)}
          </span>
          <span class="tool-figures">{figures(item)}</span>
          {shown !== null && <Icon name={expanded ? "chevron-down" : "chevron-right"} />}
        </button>
        <KeepButton target={keepTarget(item)} />
        {item.state === "running" && item.name === "Bash" && (
          <button
            type="button"
            class="icon-button"
            title="Stop this command"
            aria-label="Stop this command"
            onClick={() => post({ type: "stop_command", id: item.id })}
          >
            <Icon name="debug-stop" />
          </button>
        )}
      </div>
      {item.state === "interrupted" && <p class="tool-note">Interrupted; its effect is unknown.</p>}
      {expanded && <div class="tool-body">{shown}</div>}
    </section>
  );
}

/** Changes and failures are what people look for; the rest waits behind its title. */
const opensByItself = (item: ToolItem): boolean =>
  item.display?.kind === "diff" || item.state === "error" || (item.display?.kind === "command" && item.display.exitCode !== 0);

function figures(item: ToolItem): ComponentChild {
  const { display } = item;
  if (item.state === "asking") return "needs your answer";
  if (item.state === "denied") return "not allowed";
  const parts: ComponentChild[] = [];
  if (display?.kind === "diff") {
    parts.push(<span class="diff-added">+{display.added}</span>, " ", <span class="diff-removed">−{display.removed}</span>, " ");
  }
  if (display?.kind === "command" && (display.exitCode ?? 0) !== 0) parts.push(`exit ${display.exitCode} · `);
  if (display?.kind === "command" && display.signal) parts.push(`${display.signal} · `);
  if (display?.kind === "files") parts.push(`${display.paths.length} files · `);
  if (item.ms !== null && item.ms >= 100) parts.push(duration(item.ms));
  return parts;
}

function body(item: ToolItem): ComponentChild | null {
  if (item.state === "writing") return preview(item);
  if (item.display) return displayed(item, item.display);
  if (item.output !== "") return <ShowMore id={item.id} text={outputText(item.output)} from="end" />;
  const text = item.result.map((block) => (block.type === "text" ? block.text : `[${block.type}]`)).join("\n");
  if (text.trim() !== "") return <ShowMore id={item.id} text={outputText(text)} />;
  return null;
}

function preview(item: ToolItem): ComponentChild | null {
  const field = partialInput(item.inputText);
  if (!field) return null;
  return (
    <pre class="tool-preview" dir="ltr">
      {visible(field.text.split("\n").slice(-10).join("\n"))}
    </pre>
  );
}

function displayed(item: ToolItem, display: ToolDisplay): ComponentChild {
  switch (display.kind) {
    case "diff":
      return (
        <DiffView id={item.id} path={display.path} before={display.before} after={display.after} truncated={display.truncated} />
      );
    case "command":
      return (
        <>
          <div class="command-line">
            <code dir="ltr">{visible(display.command)}</code>
            <CopyButton text={display.command} label="Copy command" />
          </div>
          {display.output.trim() !== "" && <ShowMore id={item.id} text={outputText(display.output)} from="end" />}
          {display.background && <p class="faint">Goes on in the background ({visible(display.background)}).</p>}
        </>
      );
    case "todos":
      return <TodoList todos={display.todos} />;
    case "files":
      return <FileList paths={display.paths} />;
    case "text":
      return <ShowMore id={item.id} text={outputText(display.text)} />;
    default:
      return unreachable(display);
  }
}

function FileList({ paths }: { paths: readonly string[] }): VNode {
  const roots = useContext(OpenFolders);
  return (
    <ul class="file-list">
      {paths.slice(0, 50).map((path) => (
        <li key={path}>
          <button type="button" class="path-button" title={path} onClick={() => post({ type: "open_file", path })}>
            <bdi dir="ltr">{visible(pathName(path, roots))}</bdi>
          </button>
        </li>
      ))}
      {paths.length > 50 && <li class="faint">and {paths.length - 50} more</li>}
    </ul>
  );
}
