import { indentOf } from "./line-index";

/** Turns indentation as the model wrote it into that of the file; null when no single rule explains all lines. */
export type Reindent = (line: string) => string | null;

/** `pairs`: indentation in the old text and in the file, of each line that was matched. */
export function reindentation(pairs: readonly { asked: string; found: string }[]): Reindent | null {
  const different = pairs.filter(({ asked, found }) => asked !== found);
  if (!different.length) return (line) => line;
  const known = new Map<string, string>();
  for (const { asked, found } of pairs) {
    if ((known.get(asked) ?? found) !== found) return null;
    known.set(asked, found);
  }
  const rule = linearRule([...known]);
  return (line) => {
    const indent = indentOf(line);
    if (indent.length === line.length) return "";
    const next = known.get(indent) ?? rule?.(indent) ?? null;
    return next === null ? null : next + line.slice(indent.length);
  };
}

/** found = a × asked + b, counted in characters of one kind on each side. */
function linearRule(known: [string, string][]): ((indent: string) => string | null) | null {
  const from = kindOf(known.map(([asked]) => asked).join(""));
  const to = kindOf(known.map(([, found]) => found).join(""));
  if (from === "mixed" || to === "mixed") return prefixRule(known);
  const [first, ...rest] = known.sort((one, two) => one[0].length - two[0].length) as [[string, string], ...[string, string][]];
  const last = rest.at(-1);
  const a = last
    ? (last[1].length - first[1].length) / (last[0].length - first[0].length)
    : from === to || !from || !to
      ? 1
      : first[1].length / first[0].length;
  const b = first[1].length - a * first[0].length;
  if (!(a > 0) || known.some(([asked, found]) => a * asked.length + b !== found.length)) return null;
  return (indent) => {
    const length = a * indent.length + b;
    const sameKind = !indent || kindOf(indent) === (from || to);
    return sameKind && Number.isInteger(length) && length >= 0 ? (to || from || " ").repeat(length) : null;
  };
}

function prefixRule(known: [string, string][]): ((indent: string) => string | null) | null {
  const [asked, found] = known[0]!;
  const added = found.endsWith(asked) ? found.slice(0, found.length - asked.length) : null;
  if (added === null || known.some(([one, other]) => other !== added + one)) return null;
  return (indent) => added + indent;
}

function kindOf(indent: string): " " | "\t" | "" | "mixed" {
  if (!indent) return "";
  if (!indent.includes("\t")) return " ";
  return indent.includes(" ") ? "mixed" : "\t";
}
