/** Text for people and models out of what a program wrote for a terminal. Safe at any cut of the stream. */
export interface TerminalText {
  push(text: string): string;
}

type State = "text" | "escape" | "csi" | "intermediate" | "string" | "string-escape";

/** A real terminal would wait for ever for the end of a string; hiding all that follows is not an option. */
const LONGEST_STRING = 64 * 1024;

/** Everything but plain text in one go: enough for most output, and fast. */
const NEEDS_WORK = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/;

/**
 * Removes escape sequences (CSI, OSC, DCS, SOS, PM, APC, single shifts, charset choices), C1 and other
 * control characters. Kept: line feed, tab. A carriage return ends a line, a backspace takes back one
 * character of the same piece.
 */
export function createTerminalText(): TerminalText {
  let state: State = "text";
  let stringLength = 0;
  let afterReturn = false;

  const enter = (char: string): State => {
    if (char === "[" || char === "\u009b") return "csi";
    if ("]PX^_".includes(char) || "\u009d\u0090\u0098\u009e\u009f".includes(char)) {
      stringLength = 0;
      return "string";
    }
    return char >= " " && char <= "/" ? "intermediate" : "text";
  };

  /** Answers whether the character belongs to the sequence; if not it is looked at as text. */
  const inSequence = (char: string): boolean => {
    if (char === "\u0018" || char === "\u001a") return leave(true);
    if (state === "string") return inString(char);
    if (char === "\u001b") return go("escape");
    if (isControl(char)) return state === "escape" ? leave(false) : char !== "\n" && char !== "\r" ? true : leave(false);
    if (state === "escape") return go(enter(char));
    if (state === "string-escape") return char === "\\" ? leave(true) : go(enter(char));
    if (state === "intermediate") return char >= " " && char <= "/" ? true : leave(true);
    if (char >= "@" && char <= "~") return leave(true); // the end of a CSI
    return char >= " " && char <= "?" ? true : leave(false);
  };

  const inString = (char: string): boolean => {
    if (char === "\u0007" || char === "\u009c") return leave(true);
    if (char === "\u001b") return go("string-escape");
    if (char === "\n" || ++stringLength > LONGEST_STRING) return leave(false);
    return true;
  };

  const go = (next: State): true => {
    state = next;
    return true;
  };

  const leave = (consumed: boolean): boolean => {
    state = "text";
    return consumed;
  };

  const push = (text: string): string => {
    if (state === "text" && !afterReturn && !NEEDS_WORK.test(text)) return text;
    let result = "";
    let plainFrom = 0;
    for (let at = 0; at < text.length; at++) {
      const char = text[at] as string;
      if (state === "text" && !afterReturn && !isSpecial(char)) continue;
      result += text.slice(plainFrom, at);
      plainFrom = at + 1;
      if (state !== "text" && inSequence(char)) continue;
      if (char === "\u001b") state = "escape";
      else if (char >= "\u0080" && char <= "\u009f") state = enter(char);
      else if (char === "\b") result = withoutLast(result);
      else if (char === "\r") result += "\n";
      else if (char === "\n") result += afterReturn ? "" : "\n";
      else if (!isSpecial(char)) result += char;
      afterReturn = char === "\r";
    }
    return result + text.slice(plainFrom);
  };
  return { push };
}

/** A whole text at once. */
export const plainText = (text: string): string => createTerminalText().push(text);

const isControl = (char: string): boolean => char < " " || (char >= "\u007f" && char <= "\u009f");

const isSpecial = (char: string): boolean => isControl(char) && char !== "\n" && char !== "\t";

function withoutLast(text: string): string {
  if (text === "" || text.endsWith("\n")) return text;
  const low = text.charCodeAt(text.length - 1);
  return text.slice(0, low >= 0xdc00 && low <= 0xdfff ? -2 : -1);
}
