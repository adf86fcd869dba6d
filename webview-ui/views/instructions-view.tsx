import type { VNode } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { InstructionsReport } from "../../src/shared/protocol/host";
import { onSide, post } from "../host-link";
import { visible } from "../markdown/visible-text";
import { useExpanded } from "../parts/expanded";
import { Icon } from "../parts/icon";
import { count } from "./figures";
import { showView } from "./view-state";

type File = InstructionsReport["files"][number];

/** Which instruction files the model has been given in this conversation, why, and at what price. */
export function InstructionsView(): VNode {
  const [report, setReport] = useState<InstructionsReport | null>(null);
  useEffect(() => {
    const stop = onSide((message) => message.type === "instructions" && setReport(message.report));
    post({ type: "get_instructions" });
    return stop;
  }, []);
  const total = (report?.files ?? []).reduce((sum, { tokens }) => sum + tokens, 0);
  return (
    <section class="view" aria-label="Instruction files" onKeyDown={(event) => event.key === "Escape" && showView("chat")}>
      {!report && <p class="faint">Loading…</p>}
      {report?.files.length === 0 && (
        <p class="faint">
          No instruction file has been loaded in this conversation. CLAUDE.md and AGENTS.md are read with the first message, those
          of deeper folders when a file there is read.
        </p>
      )}
      {report && report.files.length > 0 && (
        <p class="faint">
          {report.files.length === 1 ? "1 file" : `${report.files.length} files`}, about {count(total)} tokens
        </p>
      )}
      <ul class="lines">
        {report?.files.map((file) => (
          <FileLine key={file.path} file={file} />
        ))}
      </ul>
      {report && report.skipped.length > 0 && <h3>Not loaded</h3>}
      <ul class="lines">
        {report?.skipped.map(({ path, reason }) => (
          <li key={path} class="line">
            <Icon name="circle-slash" />
            <Path path={path} />
            <p class="line-why">{visible(reason)}</p>
          </li>
        ))}
      </ul>
    </section>
  );
}

function FileLine({ file }: { file: File }): VNode {
  const [open, toggle] = useExpanded(`instructions:${file.path}`, false);
  return (
    <li class="line">
      <button type="button" class="icon-button" aria-expanded={open} aria-label="Show its text" onClick={toggle}>
        <Icon name={open ? "chevron-down" : "chevron-right"} />
      </button>
      <Path path={file.path} />
      <span class="tag push">{count(file.tokens)} tokens</span>
      <p class="line-why">
        {file.scope}, loaded {visible(file.why)}
      </p>
      {open && (
        <pre class="stays" dir="auto" tabIndex={0}>
          {visible(file.text)}
        </pre>
      )}
    </li>
  );
}

const Path = ({ path }: { path: string }): VNode => (
  <button type="button" class="link-button line-path" dir="ltr" title={path} onClick={() => post({ type: "open_file", path })}>
    {visible(path)}
  </button>
);
