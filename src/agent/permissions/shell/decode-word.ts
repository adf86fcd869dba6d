import type { Word, WordPart } from "unbash";
import type { ShellWord } from "./part";

export interface DecodeContext {
  home: string;
}

/** Quote removal as bash does it; everything bash would expand is marked, not guessed. */
export function decodeWord(word: Word, context: DecodeContext): ShellWord {
  const parts = word.parts;
  const state = { fixed: !looksExpanded(word.text, parts), glob: false, home: false };
  if (!parts) return tilde({ value: word.value, text: word.text, ...state }, context);
  let value = "";
  parts.forEach((part, i) => {
    const piece = decodePart(part, i === 0, context);
    value += piece.value;
    if (!piece.fixed) state.fixed = false;
    if (piece.glob) state.glob = true;
    if (piece.home) state.home = true;
  });
  return tilde({ value, text: word.text, ...state }, context);
}

interface Piece {
  value: string;
  fixed: boolean;
  glob?: boolean;
  home?: boolean;
}

function decodePart(part: WordPart, first: boolean, context: DecodeContext): Piece {
  switch (part.type) {
    case "Literal":
      return { value: part.value, fixed: true };
    case "SingleQuoted":
      return { value: part.value, fixed: true };
    case "AnsiCQuoted":
      // NUL ends the string in bash, \c and \u depend on version and locale: not worth being clever.
      return { value: part.value, fixed: !/\\(?:c|u|U|0|x0|x\{)/.test(part.text) && !part.value.includes("\0") };
    case "DoubleQuoted":
      return joinPieces(part.parts.map((child, i) => decodePart(child, first && i === 0, context)));
    case "Glob":
      return { value: part.value, fixed: true, glob: true };
    case "SimpleExpansion":
    case "ParameterExpansion":
      return /^\$\{?HOME\}?$/.test(part.text) && first
        ? { value: context.home, fixed: false, home: true }
        : { value: part.text, fixed: false };
    default:
      return { value: part.text, fixed: false };
  }
}

function joinPieces(pieces: Piece[]): Piece {
  return {
    value: pieces.map((piece) => piece.value).join(""),
    fixed: pieces.every((piece) => piece.fixed),
    home: pieces.some((piece) => piece.home),
  };
}

/** Only a leading `~` or `~/` is understood; `~user`, `~+` and a tilde after `=` or `:` stay unknown. */
function tilde(word: ShellWord, context: DecodeContext): ShellWord {
  if (word.text === "~" || word.text.startsWith("~/")) {
    return { ...word, value: context.home + word.value.slice(1), home: true };
  }
  if (word.text.startsWith("~") || /^[^'"\\]*[=:]~/.test(word.text)) return { ...word, fixed: false };
  return word;
}

/** Brace expansion, found by eye as well as by the parser: an unquoted `{` with a `,` or `..` behind it. */
function looksExpanded(text: string, parts: readonly WordPart[] | undefined): boolean {
  if (parts?.some((part) => part.type === "BraceExpansion" || part.type === "ExtendedGlob")) return true;
  const bare = text.replace(/\\[^]|'[^']*'|"(?:\\[^]|[^"\\])*"/g, "");
  return /\{[^]*(?:,|\.\.)[^]*/.test(bare) || /[?*+@!]\(/.test(bare) || bare.includes("`") || /![!$*^\w?-]/.test(bare);
}
