import { findEdit } from "../../../src/agent/tools/edit-matching/find-edit";
import { changed } from "../../../src/agent/tools/edit-matching/apply-edits";

/** A file, an edit as a model might quote it, and what must come of it: this text, or a refusal (null). */
export interface EditCase {
  kind: string;
  text: string;
  old: string;
  next: string;
  expected: string | null;
}

export type Outcome = "applied" | "refused" | "misplaced";

/** With a clock that stands still: what is found must not depend on how busy the machine is. */
export function outcomeOf(edit: EditCase): Outcome {
  const match = findEdit(edit.text, { old: edit.old, next: edit.next, all: false }, () => 0);
  if (!match.ok) return "refused";
  return changed(edit.text, match.changes) === edit.expected ? "applied" : "misplaced";
}

/** Small and the same everywhere. */
export function seededRandom(seed: number): (below: number) => number {
  let state = seed >>> 0 || 1;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

type Random = (below: number) => number;
type Block = { before: string[]; lines: string[]; after: string[] };
type Mutation = (block: Block, random: Random, edited: string[]) => Omit<EditCase, "kind"> | null;

/** `count` cases of every kind, from real sources. */
export function editCases(sources: readonly string[], count: number, seed: number): EditCase[] {
  const random = seededRandom(seed);
  return Object.entries(mutations).flatMap(([kind, mutate]) => {
    const cases: EditCase[] = [];
    for (let attempt = 0; cases.length < count && attempt < count * 200; attempt++) {
      const block = pickBlock(sources[random(sources.length)]!.replaceAll("\r\n", "\n").split("\n"), random);
      const edit = block && mutate(block, random, edited(block.lines, random));
      if (edit && (exactKinds.has(kind) || !edit.text.includes(edit.old))) cases.push({ kind, ...edit });
    }
    return cases;
  });
}

/** Their quotation is found as it stands, once or several times. */
const exactKinds = new Set(["exact", "copy with other text"]);

const text = ({ before, after }: Block, lines: string[]): string => [...before, ...lines, ...after].join("\n");
const plain = (block: Block, old: string[], next: string[], result: string[]): Omit<EditCase, "kind"> => ({
  text: text(block, block.lines),
  old: old.join("\n"),
  next: next.join("\n"),
  expected: text(block, result),
});

const mutations: Record<string, Mutation> = {
  exact: (block, _, next) => (isUnique(block) ? plain(block, block.lines, next, next) : null),
  "indent dropped": (block, _, next) => {
    const indent = commonIndent([...block.lines, ...next]);
    return indent ? unlessTwin(block, plain(block, cutIndent(block.lines, indent), cutIndent(next, indent), next)) : null;
  },
  "indent added": (block, random, next) => {
    const by = ["  ", "    ", "      "][random(3)]!;
    return unlessTwin(block, plain(block, addIndent(block.lines, by), addIndent(next, by), next));
  },
  "tabs for spaces": (block, _, next) => {
    if (!block.lines.some((line) => line.startsWith("  "))) return null;
    return unlessTwin(block, plain(block, block.lines.map(tabbed), next.map(tabbed), next));
  },
  "CRLF file": (block, _, next) => {
    if (!isUnique(block)) return null;
    const edit = plain(block, block.lines, next, next);
    return { ...edit, text: edit.text.replaceAll("\n", "\r\n"), expected: edit.expected!.replaceAll("\n", "\r\n") };
  },
  "space at line ends": (block, random, next) =>
    isUnique(block)
      ? plain(
          block,
          block.lines.map((line) => (random(2) ? `${line}  ` : line)),
          next,
          next,
        )
      : null,
  "look-alike quotes": (block, _, next) => {
    const curly = (lines: string[]): string[] => lines.map((line) => line.replaceAll('"', "”").replaceAll("'", "’"));
    const changes = next.filter((line, at) => line !== block.lines[at]);
    return isUnique(block) && !changes.some((line) => /["']/.test(line))
      ? plain(block, curly(block.lines), curly(next), next)
      : null;
  },
  "look-alike spaces and dashes": (block, _, next) => {
    const odd = (lines: string[]): string[] =>
      lines.map((line) => line.replace(/(\S) (?=\S)/g, "$1\u00A0").replaceAll("-", "\u2013"));
    const marked = block.lines.some((line) => /\S \S|-/.test(line));
    return marked && isUnique(block) ? plain(block, odd(block.lines), odd(next), next) : null;
  },
  "CRLF and tabs in the file": (block, _, next) => {
    const all = [...block.before, ...block.lines, ...block.after];
    if (all.some((line) => /^ *\t/.test(line)) || block.lines.some((line) => indentWidth(line) % 2)) return null;
    if (!block.lines.some((line) => line.startsWith("  "))) return null;
    const edit = unlessTwin(block, plain(block, block.lines, next, next));
    const inFile = (lines: string): string => lines.split("\n").map(tabbed).join("\r\n");
    return { ...edit, text: inFile(edit.text), expected: edit.expected && inFile(edit.expected) };
  },
  "end of the file, without a line end": (block, _, next) => {
    const last = { ...block, after: [] };
    return isUnique(last) ? plain(last, [...block.lines, ""], [...next, ""], next) : null;
  },
  "start of the file, indent added": (block, _, next) => {
    const first = { ...block, before: [] };
    return unlessTwin(first, plain(first, addIndent(block.lines, "  "), addIndent(next, "  "), next));
  },
  "function twice, one line differs": (block, random, next) => {
    const at = random(block.lines.length - 1);
    if (!block.lines[at]!.trim()) return null;
    const copy = block.lines.map((line, n) => (n === at ? `${line} + other(${random(1000)})` : line));
    const twice = { ...block, before: [...block.before, ...copy] };
    return unlessTwin(twice, plain(twice, addIndent(block.lines, "  "), addIndent(next, "  "), next));
  },
  "blocks in another order": (block, random, next) => {
    const at = 1 + random(block.lines.length - 1);
    const swapped = [...block.lines.slice(at), ...block.lines.slice(0, at)];
    // Nor where empty lines and comments stand between: those a model may leave out.
    const said = (lines: string[]): string => bare(lines.filter((line) => !/^\s*(\/\/|\/?\*|$)/.test(line)));
    return said([...block.before, ...block.lines, ...block.after]).includes(said(swapped))
      ? null
      : { ...plain(block, swapped, next, next), expected: null };
  },
  "dropped comment": (block, random, next) => {
    const at = 1 + random(block.lines.length - 1);
    if (block.lines[at - 1] !== next[at - 1] && block.lines[at] !== next[at]) return null;
    const comment = `${/^\s*/.exec(block.lines[at]!)![0]}// kept ${random(1000)}`;
    const put = (lines: string[]): string[] => [...lines.slice(0, at), comment, ...lines.slice(at)];
    if (!isUnique(block)) return null;
    return { ...plain(block, block.lines, next, next), text: text(block, put(block.lines)), expected: text(block, put(next)) };
  },
  "stale line": (block, random, next) => {
    const at = random(block.lines.length);
    const was = block.lines.map((line, n) => (n === at ? `${line} wasOnce(${random(1000)})` : line));
    return { ...plain(block, was, next, next), expected: null };
  },
  "lines in another order": (block, random, next) => {
    const at = random(block.lines.length - 1);
    const swapped = [...block.lines];
    [swapped[at], swapped[at + 1]] = [swapped[at + 1]!, swapped[at]!];
    const [one, other] = [block.lines[at]!.trim(), block.lines[at + 1]!.trim()];
    return one === other || !one || !other ? null : { ...plain(block, swapped, next, next), expected: null };
  },
  "empty line left out": (block, _, next) => {
    const at = block.lines.findIndex(
      (line, n) => !line.trim() && next[n - 1] === block.lines[n - 1] && next[n + 1] === block.lines[n + 1],
    );
    const without = (lines: string[]): string[] => lines.filter((__, n) => n !== at);
    return at > 0 && isUnique(block) ? unlessTwin(block, plain(block, without(block.lines), without(next), next)) : null;
  },
  "line left out": (block, random, next) => {
    const at = 1 + random(block.lines.length - 2);
    if (/^\s*(\/\/|\/?\*|$)/.test(block.lines[at]!)) return null;
    return {
      ...plain(
        block,
        block.lines.filter((_, n) => n !== at),
        next,
        next,
      ),
      expected: null,
    };
  },
  "copy with other text": (block, _, next) => {
    const twice: Block = { ...block, after: [...block.after, ...block.lines, "// end of the copy"] };
    return { ...plain(twice, block.lines, next, next), expected: null };
  },
  "copy at another depth": (block, _, next) => {
    const twice: Block = { ...block, after: [...block.after, ...addIndent(block.lines, "    "), "// end of the copy"] };
    return { ...plain(twice, addIndent(block.lines, "  "), addIndent(next, "  "), next), expected: null };
  },
};

function pickBlock(lines: string[], random: Random): Block | null {
  const length = 3 + random(10);
  if (lines.length < length + 2) return null;
  const start = random(lines.length - length);
  const picked = lines.slice(start, start + length);
  const words = picked.join(" ").match(/\w{4,}/g)?.length ?? 0;
  if (words < 6 || !picked[0]!.trim() || !picked.at(-1)!.trim() || picked.some((line) => /\s$|\t/.test(line))) return null;
  return { before: lines.slice(0, start), lines: picked, after: lines.slice(start + length) };
}

/** One line replaced, with the same indentation. */
function edited(lines: string[], random: Random): string[] {
  const full = lines.flatMap((line, at) => (line.trim() ? [at] : []));
  const at = full[random(full.length)]!;
  const indent = /^\s*/.exec(lines[at]!)![0];
  return lines.map((line, n) => (n === at ? `${indent}changed(${random(1_000_000)});` : line));
}

function isUnique(block: Block): boolean {
  const whole = block.lines.join("\n");
  const all = text(block, block.lines);
  return all.indexOf(whole) === all.lastIndexOf(whole);
}

const bare = (lines: readonly string[]): string => lines.map((line) => line.trim()).join("\n");

/** Two places that differ in indentation only must be refused. */
function unlessTwin(block: Block, edit: Omit<EditCase, "kind">): Omit<EditCase, "kind"> {
  const all = bare([...block.before, ...block.lines, ...block.after]);
  const whole = bare(block.lines);
  return all.indexOf(whole) === all.lastIndexOf(whole) ? edit : { ...edit, expected: null };
}

const commonIndent = (lines: string[]): number =>
  Math.min(...lines.filter((line) => line.trim()).map((line) => /^ */.exec(line)![0].length));
const cutIndent = (lines: string[], by: number): string[] =>
  lines.map((line) => line.slice(Math.min(by, /^ */.exec(line)![0].length)));
const addIndent = (lines: string[], by: string): string[] => lines.map((line) => (line.trim() ? by + line : line));
const indentWidth = (line: string): number => /^ */.exec(line)![0].length;
const tabbed = (line: string): string => {
  const indent = /^ */.exec(line)![0].length;
  return "\t".repeat(indent / 2) + " ".repeat(indent % 2) + line.slice(indent);
};
