import type { ComponentChild } from "preact";

/**
 * Characters that change what a reader sees without being seen: control, bidirectional, zero-width, tags.
 * Joiners are left alone where scripts and emoji need them.
 */
const hidden =
  // oxlint-disable-next-line no-control-regex, no-misleading-character-class
  /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\u3164\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}]|(?<![\p{L}\p{M}\p{Extended_Pictographic}\ufe0f\u{1f3fb}-\u{1f3ff}])[\u200c\u200d]|[\u200c\u200d](?![\p{L}\p{M}\p{Extended_Pictographic}])/gu;

const codeOf = (char: string): string => `U+${char.codePointAt(0)!.toString(16).toUpperCase().padStart(4, "0")}`;

/** Text as children: what hides is shown by its code point. */
export function visible(text: string): ComponentChild {
  // `search` leaves no position behind in the expression, as `test` would.
  if (text.search(hidden) < 0) return text;
  const parts: ComponentChild[] = [];
  let at = 0;
  for (const match of text.matchAll(hidden)) {
    if (match.index > at) parts.push(text.slice(at, match.index));
    const code = codeOf(match[0]);
    parts.push(
      <span class="hidden-char" title={`Hidden character ${code}`}>
        {code}
      </span>,
    );
    at = match.index + match[0].length;
  }
  if (at < text.length) parts.push(text.slice(at));
  return parts;
}

/** The same for attributes and plain strings. */
export const visibleString = (text: string): string => text.replace(hidden, (char) => `⟨${codeOf(char)}⟩`);

const ansi =
  /\u001b(?:\[[0-9;:?<=>]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|[PX^_][^\u001b]*(?:\u001b\\)?|[ -/]*[0-~])/g;

/** Output of a program: colours go, whatever else hides is shown. */
export const outputText = (text: string): string =>
  text
    .replace(ansi, "")
    .replace(/\r\n/g, "\n")
    .replace(/[^\n]*\r(?!\n)/g, "");
