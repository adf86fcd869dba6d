import { diffLines } from "diff";

export type DiffRow =
  { kind: "same" | "added" | "removed"; text: string; old: number | null; new: number | null } | { kind: "gap"; count: number };

export interface LineDiff {
  rows: DiffRow[];
  added: number;
  removed: number;
}

const contextLines = 3;
const budgetMs = 150;

/** Changed lines with a little of what stands around them. Too slow a comparison is shown as a whole replacement. */
export function lineDiff(before: string, after: string): LineDiff {
  const parts = diffLines(before, after, { timeout: budgetMs }) ?? [
    { value: before, removed: true, added: false },
    { value: after, removed: false, added: true },
  ];
  const rows: Exclude<DiffRow, { kind: "gap" }>[] = [];
  let oldLine = 1;
  let newLine = 1;
  for (const part of parts) {
    const kind = part.added ? "added" : part.removed ? "removed" : "same";
    for (const text of linesOf(part.value)) {
      rows.push({ kind, text, old: kind === "added" ? null : oldLine++, new: kind === "removed" ? null : newLine++ });
    }
  }
  const count = (kind: string): number => rows.filter((row) => row.kind === kind).length;
  return { rows: fold(rows), added: count("added"), removed: count("removed") };
}

const linesOf = (text: string): string[] => {
  if (text === "") return [];
  const lines = text.split("\n");
  if (lines.at(-1) === "") lines.pop();
  return lines;
};

function fold(rows: readonly Exclude<DiffRow, { kind: "gap" }>[]): DiffRow[] {
  const near = new Uint8Array(rows.length);
  rows.forEach((row, i) => {
    if (row.kind !== "same") near.fill(1, Math.max(0, i - contextLines), i + contextLines + 1);
  });
  const folded: DiffRow[] = [];
  let hidden = 0;
  const flush = (): void => {
    if (hidden > 0) folded.push({ kind: "gap", count: hidden });
    hidden = 0;
  };
  rows.forEach((row, i) => {
    if (near[i] === 0) hidden++;
    else {
      flush();
      folded.push(row);
    }
  });
  flush();
  return folded;
}
