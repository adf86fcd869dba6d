import { indentOf } from "./line-index";

/** Turns indentation as the model wrote it into that of the file; null when no single rule explains all lines. */
export type Reindent = (line: string) => string | null;

export interface IndentPair {
  /** Indentation in the old text and in the file, of a line that was matched. */
  asked: string;
  found: string;
  /** The line says something: a brace may be another one than the one that was quoted. */
  solid: boolean;
}

export function reindentation(pairs: readonly IndentPair[]): Reindent | null {
  const different = pairs.filter(({ asked, found }) => asked !== found);
  if (!different.length) return (line) => line;
  const known = new Map<string, string>();
  for (const { asked, found } of pairs) {
    if ((known.get(asked) ?? found) !== found) return null;
    known.set(asked, found);
  }
  // Without one rule for all lines some line is not the one that was meant.
  const solid = [...known].filter(([asked]) => pairs.some((pair) => pair.solid && pair.asked === asked));
  const rule = solid.length ? (linearRule(solid) ?? columnRule(solid)) : null;
  if (!rule || [...known].some(([asked, found]) => rule(asked) !== found)) return null;
  return (line) => {
    const indent = indentOf(line);
    if (indent.length === line.length) return "";
    const next = known.get(indent) ?? rule(indent);
    return next === null ? null : next + line.slice(indent.length);
  };
}

/** found = a × asked + b, counted in characters of one kind on each side. */
function linearRule(known: [string, string][]): ((indent: string) => string | null) | null {
  const from = kindOf(known.map(([asked]) => asked).join(""));
  const to = kindOf(known.map(([, found]) => found).join(""));
  if (from === "mixed" || to === "mixed") return null;
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

/** Tabs and spaces side by side: the same shift in columns, for some width of a tab. */
function columnRule(known: [string, string][]): ((indent: string) => string | null) | null {
  for (const width of [4, 2, 8, 3]) {
    const columns = (indent: string): number => indent.replaceAll("\t", " ".repeat(width)).length;
    const shift = columns(known[0]![1]) - columns(known[0]![0]);
    if (known.some(([asked, found]) => columns(found) - columns(asked) !== shift)) continue;
    const tabs = known.some(([, found]) => found.includes("\t"));
    return (indent) => {
      const length = columns(indent) + shift;
      if (length < 0) return null;
      return tabs ? "\t".repeat(Math.floor(length / width)) + " ".repeat(length % width) : " ".repeat(length);
    };
  }
  return null;
}

function kindOf(indent: string): " " | "\t" | "" | "mixed" {
  if (!indent) return "";
  if (!indent.includes("\t")) return " ";
  return indent.includes(" ") ? "mixed" : "\t";
}
