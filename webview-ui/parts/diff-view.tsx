import type { VNode } from "preact";
import { useContext, useMemo } from "preact/hooks";
import { post } from "../host-link";
import { visible } from "../markdown/visible-text";
import { lineDiff, type DiffRow } from "./diff-lines";
import { useExpanded } from "./expanded";
import { Icon } from "./icon";
import { OpenFolders } from "./open-folders";
import { pathName } from "./path-name";

interface Props {
  id: string;
  path: string;
  before: string;
  after: string;
  truncated?: boolean | undefined;
}

const shownRows = 40;

export function DiffView({ id, path, before, after, truncated }: Props): VNode {
  const name = pathName(path, useContext(OpenFolders));
  const diff = useMemo(() => lineDiff(before, after), [before, after]);
  const [open, toggle] = useExpanded(`diff:${id}`, false);
  const rows = open ? diff.rows : diff.rows.slice(0, shownRows);
  return (
    <div class="diff">
      <div class="diff-head">
        <button type="button" class="path-button" title={path} onClick={() => post({ type: "open_file", path })}>
          <bdi dir="ltr">{visible(name)}</bdi>
        </button>
        <span class="diff-added" aria-label={`${diff.added} lines added`}>
          +{diff.added}
        </span>
        <span class="diff-removed" aria-label={`${diff.removed} lines removed`}>
          −{diff.removed}
        </span>
        <button type="button" class="link-button push" onClick={() => post({ type: "show_diff", path, before, after })}>
          <Icon name="diff" /> Open diff
        </button>
      </div>
      <div class="diff-body" role="group" aria-label={`Changes in ${name}`} tabIndex={0} dir="ltr">
        <div class="diff-rows">
          {rows.map((row, i) => (
            <Row key={i} row={row} />
          ))}
        </div>
      </div>
      {diff.rows.length > shownRows && (
        <button type="button" class="link-button" aria-expanded={open} onClick={toggle}>
          {open ? "Show less" : `Show all (${diff.rows.length - shownRows} more lines)`}
        </button>
      )}
      {truncated && <p class="faint">The texts were shortened; open the file to see it whole.</p>}
    </div>
  );
}

function Row({ row }: { row: DiffRow }): VNode {
  if (row.kind === "gap") return <div class="diff-gap">{row.count === 1 ? "1 line" : `${row.count} lines`} unchanged</div>;
  const sign = row.kind === "added" ? "+" : row.kind === "removed" ? "−" : " ";
  return (
    <div class={`diff-row diff-${row.kind}`}>
      <span class="diff-number" aria-hidden="true">
        {row.new ?? row.old}
      </span>
      <span class="diff-sign">{sign}</span>
      <span class="diff-text">{visible(row.text)}</span>
    </div>
  );
}
