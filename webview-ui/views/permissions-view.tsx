import type { VNode } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { PermissionsReport, RuleLine } from "../../src/shared/protocol/explain";
import { onSide, post } from "../host-link";
import { visible } from "../markdown/visible-text";
import { Icon } from "../parts/icon";
import { TryCall } from "./try-call";
import { showView } from "./view-state";

const lists = [
  { list: "deny", title: "Never", what: "binds in every mode" },
  { list: "ask", title: "Always asks", what: "also where another rule allows" },
  { list: "allow", title: "Allowed", what: "runs without a question" },
] as const;

/** Every rule in force with its place and what it has done, and the way any call takes through the gates. */
export function PermissionsView(): VNode {
  const [report, setReport] = useState<PermissionsReport | null>(null);
  useEffect(() => {
    const stop = onSide((message) => message.type === "permissions" && setReport(message.report));
    post({ type: "get_permissions" });
    return stop;
  }, []);
  return (
    <section class="view" aria-label="Permissions" onKeyDown={(event) => event.key === "Escape" && showView("chat")}>
      <TryCall />
      {report ? <Report report={report} /> : <p class="faint">Loading…</p>}
    </section>
  );
}

function Report({ report }: { report: PermissionsReport }): VNode {
  const { rules, warnings, counted, sources, mode, trusted } = report;
  return (
    <>
      <p class="faint">
        Mode {mode}, {trusted ? "trusted" : "not trusted"} folder. Hits count the last {counted} decisions of the{" "}
        <button type="button" class="link-button" onClick={() => post({ type: "run_command", command: "showAudit" })}>
          audit log
        </button>
        .
      </p>
      {lists.map(({ list, title, what }) => {
        const mine = rules.filter((rule) => rule.list === list);
        return (
          <div key={list}>
            <h3>
              {title} <span class="faint">{what}</span>
            </h3>
            {mine.length === 0 && <p class="faint">No rule.</p>}
            <ul class="lines">
              {mine.map((rule, i) => (
                <Rule key={i} rule={rule} />
              ))}
            </ul>
          </div>
        );
      })}
      {warnings.length > 0 && <h3>Skipped entries</h3>}
      <ul class="lines">
        {warnings.map(({ file, line, message }, i) => (
          <li key={i} class="line">
            <Icon name="warning" />
            <Place source={file} line={line} />
            <p class="line-why">{visible(message)}</p>
          </li>
        ))}
      </ul>
      <h3>Where rules come from</h3>
      <ul class="lines">
        {sources.map(({ scope, file, exists }) => (
          <li key={file} class={`line${exists ? "" : " absent"}`}>
            <Icon name={exists ? "file" : "circle-slash"} />
            {exists ? <Place source={file} line={undefined} /> : <span class="line-path">{visible(file)}</span>}
            <span class="tag push">{exists ? scope : `${scope}, none`}</span>
          </li>
        ))}
      </ul>
    </>
  );
}

const Rule = ({ rule }: { rule: RuleLine }): VNode => (
  <li class={`line${rule.dead ? " dead" : ""}`}>
    <code dir="ltr">{visible(rule.text)}</code>
    <span class="tag push">{rule.hits === 1 ? "1 hit" : `${rule.hits} hits`}</span>
    <p class="line-why">
      <Place source={rule.source} line={rule.line} /> <span class="faint">({rule.scope})</span>
    </p>
    {rule.dead && (
      <p class="line-why line-dead">
        <Icon name="warning" /> Never decides: {visible(rule.dead)}
      </p>
    )}
  </li>
);

/** Only what is a file can be opened; "command line" and "this session" cannot. */
function Place({ source, line }: { source: string; line: number | undefined }): VNode {
  const text = line === undefined ? source : `${source}:${line}`;
  if (!/^(?:\/|[A-Za-z]:[\\/])/.test(source)) return <span>{visible(text)}</span>;
  const open = (): void => post({ type: "open_file", path: source, ...(line !== undefined && { line }) });
  return (
    <button type="button" class="link-button line-path" dir="ltr" title={text} onClick={open}>
      {visible(text)}
    </button>
  );
}
