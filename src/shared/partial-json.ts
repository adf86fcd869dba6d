/** What can be said of a tool call's arguments while they are still being written: for people, never to run. */
export interface InputPreview {
  push(text: string): void;
  /** The string values of the outermost object so far, the last one perhaps cut. */
  readonly fields: Readonly<Record<string, string>>;
}

type State = "before" | "key" | "afterKey" | "value" | "string" | "nested" | "nestedString" | "scalar" | "done";

/** Looks at every character once, however the text is cut. */
export function previewToolInput(): InputPreview {
  const fields: Record<string, string> = Object.create(null) as Record<string, string>;
  let state: State = "before";
  let key = "";
  // The value that is being written, in pieces: joined when somebody looks.
  let value: string[] = [];
  let depth = 0;
  // An escape that the end of a piece has cut: `\` or `\u12`.
  let escape = "";

  const add = (words: string): void => {
    if (state === "key") key += words;
    else if (state === "string") value.push(words);
  };
  const endString = (): void => {
    if (state === "key") state = "afterKey";
    else if (state === "string") {
      fields[key] = value.join("");
      state = "before";
    } else state = "nested";
  };
  /** Takes one character of an escape; the escape is over when it has a meaning. */
  const escaped = (character: string): void => {
    escape += character;
    if (escape.startsWith("\\u") && escape.length < 6) return;
    if (state !== "nestedString")
      add(
        escape.length === 6
          ? String.fromCharCode(Number.parseInt(escape.slice(2), 16) || 0xfffd)
          : (meanings[character] ?? character),
      );
    escape = "";
  };
  /** Takes what this piece has of the string: plain runs and whole short escapes at once. */
  const inString = (text: string, from: number): number => {
    let words = "";
    let start = from;
    for (let at = from; at < text.length; at++) {
      const code = text.charCodeAt(at);
      if (code !== quote && code !== backslash) continue;
      if (at > start) words += text.slice(start, at);
      if (code === quote) {
        add(words);
        endString();
        return at + 1;
      }
      const next = text.charAt(at + 1);
      if (next === "" || next === "u") {
        add(words);
        escape = "\\";
        return at + 1;
      }
      words += meanings[next] ?? next;
      start = ++at + 1;
    }
    add(start < text.length ? words + text.slice(start) : words);
    return text.length;
  };
  const outside = (character: string): void => {
    if (state === "nested") {
      if (character === '"') state = "nestedString";
      else if (character === "{" || character === "[") depth++;
      else if ((character === "}" || character === "]") && --depth === 0) state = "before";
    } else if (state === "value") {
      if (character === '"') {
        state = "string";
        value = [];
      } else if (character === "{" || character === "[") {
        state = "nested";
        depth = 1;
      } else if (character.trim() !== "") state = "scalar";
    } else if (character === "}") state = "done";
    else if (character === ":" && state === "afterKey") state = "value";
    else if (character === ",") state = "before";
    else if (character === '"' && state === "before") {
      state = "key";
      key = "";
    }
  };

  return {
    get fields() {
      if (state === "string") {
        value = [value.join("")];
        fields[key] = value[0] ?? "";
      }
      return fields;
    },
    push(text) {
      for (let at = 0; at < text.length;) {
        if (state === "done") return;
        if (escape !== "") escaped(text.charAt(at++));
        else if (state === "key" || state === "string" || state === "nestedString") at = inString(text, at);
        else outside(text.charAt(at++));
      }
    },
  };
}

const quote = 0x22;
const backslash = 0x5c;
const meanings: Record<string, string> = { n: "\n", t: "\t", r: "\r", b: "\b", f: "\f" };
