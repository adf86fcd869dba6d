import { diffArrays } from "diff";

/** A few lines that show how two texts differ; equal stretches are cut short. */
export function shortDiff(before: readonly string[], after: readonly string[], maxLines = 40): string {
  const parts = diffArrays([...before], [...after], { maxEditLength: 1000, timeout: 25 });
  if (!parts) return "(they differ in most lines)";
  const shown: string[] = [];
  for (const [at, { added, removed, value }] of parts.entries()) {
    if (added || removed) shown.push(...value.map((line) => `${added ? "+" : "-"} ${cut(line)}`));
    else if (value.length <= 3) shown.push(...value.map((line) => `  ${cut(line)}`));
    else {
      if (at > 0) shown.push(`  ${cut(value[0]!)}`);
      shown.push("  …");
      if (at < parts.length - 1) shown.push(`  ${cut(value.at(-1)!)}`);
    }
  }
  return shown.length > maxLines
    ? [...shown.slice(0, maxLines), `(${shown.length - maxLines} more lines)`].join("\n")
    : shown.join("\n");
}

export function countChanges(before: readonly string[], after: readonly string[]): { added: number; removed: number } {
  if (before.length === 0 || after.length === 0) return { added: after.length, removed: before.length };
  const parts = diffArrays([...before], [...after], { maxEditLength: 4000, timeout: 50 });
  if (!parts) return { added: after.length, removed: before.length };
  const count = { added: 0, removed: 0 };
  for (const part of parts) {
    if (part.added) count.added += part.value.length;
    if (part.removed) count.removed += part.value.length;
  }
  return count;
}

const cut = (line: string): string => (line.length > 300 ? `${line.slice(0, 300)}…` : line);
