export type ToolInput =
  { input: Record<string, unknown> } | { input: Record<string, unknown>; invalid: { raw: string; problem: string } };

const maxDepth = 64;
const maxChars = 16 * 2 ** 20;
/** What is kept of arguments that could not be read, for the transcript. */
const keptRawChars = 4_000;

/**
 * The arguments of a tool call, strictly: what the person is shown and what runs must be the same object,
 * so anything two parsers could read differently is refused. No characters at all mean no arguments.
 */
export function parseToolInput(raw: string): ToolInput {
  if (raw.trim() === "") return { input: {} };
  const flaw = raw.length > maxChars ? "the arguments are longer than 16 MB" : scan(raw);
  if (flaw === null) {
    try {
      const value: unknown = JSON.parse(raw);
      if (typeof value === "object" && value !== null && !Array.isArray(value))
        return { input: value as Record<string, unknown> };
      return invalidInput(raw, `the arguments must be a JSON object, this is ${describe(value)}`);
    } catch (error) {
      return invalidInput(raw, `the arguments are not valid JSON: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  return invalidInput(raw, flaw);
}

export function invalidInput(raw: string, problem: string): ToolInput {
  const kept = raw.length > keptRawChars ? `${raw.slice(0, keptRawChars)}…` : raw;
  return { input: {}, invalid: { raw: wellFormed(kept), problem } };
}

/** Unpaired surrogates cannot be stored or sent again: they become U+FFFD. */
export function wellFormed(text: string): string {
  return (text as WellFormed).isWellFormed() ? text : (text as WellFormed).toWellFormed();
}

/** In every Node since 20; the compiler's library does not name them yet. */
type WellFormed = string & { isWellFormed(): boolean; toWellFormed(): string };

const describe = (value: unknown): string => (value === null ? "null" : Array.isArray(value) ? "an array" : `a ${typeof value}`);

/** One pass: depth, duplicate keys, keys that reach for a prototype, characters that cannot be kept. */
function scan(raw: string): string | null {
  // One entry per open bracket: the keys of an object, null for an array.
  const open: (Set<string> | null)[] = [];
  let key = false;
  for (let at = 0; at < raw.length; at++) {
    const code = raw.charCodeAt(at);
    if (code === 0x7b || code === 0x5b) {
      open.push(code === 0x7b ? new Set() : null);
      key = code === 0x7b;
      if (open.length > maxDepth) return `the arguments are nested deeper than ${maxDepth} (position ${at})`;
    } else if (code === 0x7d || code === 0x5d) {
      open.pop();
      key = false;
    } else if (code === 0x2c) key = open.at(-1) instanceof Set;
    else if (code === 0x3a) key = false;
    else if (code === 0x22) {
      const end = endOfString(raw, at + 1);
      if (end < 0) return null;
      const flaw = stringFlaw(raw.slice(at, end + 1), key ? (open.at(-1) ?? null) : null, at);
      if (flaw !== null) return flaw;
      at = end;
    }
  }
  return null;
}

function endOfString(raw: string, from: number): number {
  for (let at = raw.indexOf('"', from); at >= 0; at = raw.indexOf('"', at + 1)) {
    let backslashes = 0;
    while (at - 1 - backslashes >= from && raw.charCodeAt(at - 1 - backslashes) === 0x5c) backslashes++;
    if (backslashes % 2 === 0) return at;
  }
  return -1;
}

function stringFlaw(literal: string, keys: Set<string> | null, position: number): string | null {
  if (keys === null && !literal.includes("\\u")) return (literal as WellFormed).isWellFormed() ? null : lone(position);
  let text: string;
  try {
    text = JSON.parse(literal) as string;
  } catch {
    return null; // JSON.parse of the whole says where.
  }
  if (!(text as WellFormed).isWellFormed()) return lone(position);
  if (text.includes("\0")) return `a NUL character is in the arguments (position ${position})`;
  if (keys === null) return null;
  if (text === "__proto__") return `the key "__proto__" is not allowed (position ${position})`;
  if (keys.has(text)) return `the key ${JSON.stringify(text)} occurs twice (position ${position})`;
  keys.add(text);
  return null;
}

const lone = (position: number): string => `half of a surrogate pair is in the arguments (position ${position})`;
