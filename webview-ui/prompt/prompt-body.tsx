import type { ComponentChild, VNode } from "preact";
import { useContext } from "preact/hooks";
import type { ApprovalRequest, CommandPart, Gate, ResolvedTarget } from "../../src/shared/protocol/permission";
import { visible, visibleString } from "../markdown/visible-text";
import { DiffView } from "../parts/diff-view";
import { useExpanded } from "../parts/expanded";
import { Icon } from "../parts/icon";
import { OpenFolders } from "../parts/open-folders";
import { isPlain, pathName, withPathNames, type Roots } from "../parts/path-name";

const gates: Record<Gate, string> = {
  input: "Asked by the input check.",
  floor: "Asked by a fixed limit.",
  rules: "Asked by your rules.",
  mode: "Asked by the permission mode.",
  classifier: "Asked by the classifier.",
  coordinator: "Asked by the coordinator.",
  subagent: "Asked by the subagent limits.",
  shell: "Asked by the shell analysis.",
  path: "Asked by the path guard.",
  person: "No rule covers it.",
};

const risks = { low: "Low risk", medium: "Medium risk", high: "High risk" } as const;

/** Everything a person needs to decide: what, why, how risky, where it really leads. */
export function PromptBody({ request }: { request: ApprovalRequest }): VNode {
  const { decision, preview } = request;
  const roots = useContext(OpenFolders);
  return (
    <div class="prompt-body">
      <p class="prompt-why" id={`why-${request.id}`} dir="auto">
        <span class={`risk risk-${decision.risk}`}>
          <Icon name={decision.risk === "high" ? "warning" : "shield"} /> {risks[decision.risk]}
        </span>{" "}
        {visible(withPathNames(decision.reason, decision.targets ?? [], roots))} <span class="faint">{gates[decision.gate]}</span>
        {decision.rule && (
          <span class="faint">
            {" "}
            Rule <code>{visible(decision.rule.text)}</code> in <Place path={decision.rule.source} roots={roots} />.
          </span>
        )}
      </p>
      {command(request, roots)}
      {preview?.kind === "diff" && <DiffView id={request.id} {...preview} />}
      {preview?.kind === "text" && <FullText id={request.id} text={preview.text} />}
      {!preview && !isCommand(request) && <FullText id={request.id} text={JSON.stringify(request.input, null, 2)} />}
      {(decision.targets ?? []).length > 0 && <Targets targets={decision.targets ?? []} roots={roots} />}
    </div>
  );
}

const isCommand = ({ input, preview }: ApprovalRequest): boolean =>
  preview?.kind === "command" || typeof input["command"] === "string";

function command(request: ApprovalRequest, roots: Roots): ComponentChild {
  if (!isCommand(request)) return null;
  const { preview, input, decision } = request;
  const text = preview?.kind === "command" ? preview.command : String(input["command"]);
  // What the first line says already is not said twice.
  const asked = (decision.parts ?? []).filter((part) => part.asked && part.why && part.why !== decision.reason);
  return (
    <>
      {preview?.kind === "command" && preview.description && <p dir="auto">{visible(preview.description)}</p>}
      <FullText id={request.id} text={text} parts={decision.parts} />
      {asked.length > 0 && (
        <ul class="part-reasons">
          {asked.map((part, i) => (
            <li key={i} dir="auto">
              <code dir="ltr">{visible(part.text)}</code> {visible(withPathNames(part.why ?? "", decision.targets ?? [], roots))}
            </li>
          ))}
        </ul>
      )}
      {preview?.kind === "command" && (
        <p class="faint">
          in <Place path={preview.cwd} roots={roots} />
        </p>
      )}
    </>
  );
}

const shown = 1500;

/** Never cut without saying so: the rest is one press away. */
function FullText({ id, text, parts }: { id: string; text: string; parts?: readonly CommandPart[] | undefined }): VNode {
  const [open, toggle] = useExpanded(`prompt:${id}`, false);
  const long = text.length > shown || text.split("\n").length > 20;
  const part = open || !long ? text : text.split("\n").slice(0, 20).join("\n").slice(0, shown);
  return (
    <div class="prompt-text">
      <pre tabIndex={0} dir="ltr">
        {marked(part, parts ?? [])}
      </pre>
      {long && (
        <button type="button" class="link-button strong" aria-expanded={open} onClick={toggle}>
          {open ? "Show less" : `Show all (${text.length - part.length} more characters)`}
        </button>
      )}
    </div>
  );
}

/** The command itself, with the parts that caused the question highlighted where they stand. */
export function marked(text: string, parts: readonly CommandPart[]): ComponentChild {
  const views: ComponentChild[] = [];
  let at = 0;
  for (const part of parts) {
    const found = part.text === "" ? -1 : text.indexOf(part.text, at);
    if (found < 0) continue;
    if (found > at) views.push(visible(text.slice(at, found)));
    views.push(part.asked ? <mark title={part.why}>{visible(part.text)}</mark> : <span class="part">{visible(part.text)}</span>);
    at = found + part.text.length;
  }
  views.push(visible(text.slice(at)));
  return views;
}

function Targets({ targets, roots }: { targets: readonly ResolvedTarget[]; roots: Roots }): VNode {
  return (
    <ul class="targets" aria-label="What it touches">
      {targets.map((target, i) => (
        <li key={i}>
          <span class="faint">{target.op === "write" ? "writes" : "reads"}</span>{" "}
          <Place path={target.resolved} roots={isPlain(target) ? roots : []} />
          {target.resolved !== target.path && <span class="faint"> (named {visible(target.path)})</span>}
          {target.outside && <span class="tag tag-warn">outside workspace</span>}
          {target.symlink && <span class="tag tag-warn">symlink</span>}
          {target.protected && <span class="tag tag-warn">protected</span>}
          {target.sensitive && <span class="tag tag-warn">sensitive</span>}
        </li>
      ))}
    </ul>
  );
}

const Place = ({ path, roots }: { path: string; roots: Roots }): VNode => (
  <bdi dir="ltr" title={visibleString(path)}>
    {visible(pathName(path, roots))}
  </bdi>
);
