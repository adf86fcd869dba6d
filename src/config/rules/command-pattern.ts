import { wildcardMatches } from "./wildcard";

/** Stands between words, so that a blank inside a quoted word is not a word boundary. */
export const wordSeparator = "\u001f";
const anyRun = "\u001e";

export interface CommandPattern {
  /** Words joined by the separator, wildcards as a private character. */
  body: string;
  /** ` *` or `:*` at the end: also nothing, else a word boundary. */
  open: boolean;
  /** No wildcard at all: the whole command, nothing else. */
  exact: boolean;
  /** Literal words before the first wildcard: how much the rule really names. */
  named: string[];
  /** Matches every command. */
  everything: boolean;
  foldCase: boolean;
}

export function compileCommandPattern(specifier: string, options: { foldCase?: boolean } = {}): CommandPattern {
  const foldCase = options.foldCase ?? false;
  const text = specifier.trim().replace(/:\*$/, " *");
  if (text === "*") return { body: "", open: true, exact: false, named: [], everything: true, foldCase };
  const open = text.endsWith(" *");
  const words = splitRuleWords(open ? text.slice(0, -2) : text);
  const body = words.join(wordSeparator);
  const first = words.findIndex((word) => word.includes(anyRun));
  const named = first < 0 ? words : words.slice(0, first);
  return { body: fold(body, foldCase), open, exact: !open && first < 0, named, everything: false, foldCase };
}

export function commandMatches(pattern: CommandPattern, words: readonly string[]): boolean {
  if (pattern.everything) return words.length > 0;
  const program = pattern.named[0];
  // Most rules fall out here, before any text is put together.
  if (
    program !== undefined &&
    (pattern.named.length > 1 || pattern.exact || pattern.open) &&
    fold(program, pattern.foldCase) !== fold(words[0] ?? "", pattern.foldCase)
  )
    return false;
  const text = fold(words.join(wordSeparator), pattern.foldCase);
  if (wildcardMatches(pattern.body, text, anyRun)) return true;
  return pattern.open && wildcardMatches(pattern.body + wordSeparator + anyRun, text, anyRun);
}

const fold = (text: string, yes: boolean): string => (yes ? text.toLowerCase() : text);

/** Words of a rule as a person writes it: quotes group, `\*` is a star, a bare `*` is a wildcard. */
function splitRuleWords(text: string): string[] {
  const words: string[] = [];
  let word = "";
  let open = false;
  let quote = "";
  for (let i = 0; i < text.length; i++) {
    const c = text[i] as string;
    if (quote) {
      if (c === quote) quote = "";
      else word += c === "*" ? anyRun : c;
    } else if ((c === '"' || c === "'") && text.indexOf(c, i + 1) > 0) {
      quote = c;
      open = true;
    } else if (c === "\\" && i + 1 < text.length) {
      word += text[++i];
      open = true;
    } else if (c === " " || c === "\t" || c === "\n") {
      if (open) words.push(word);
      word = "";
      open = false;
    } else {
      word += c === "*" ? anyRun : c;
      open = true;
    }
  }
  if (open) words.push(word);
  return words;
}
