import { plainText } from "./plain-text";

const maxPrompt = 20_000;
const invisible = /[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\u{e0000}-\u{e007f}]/gu;

/** `vscode://stride.stride/prompt?text=…`: the text, without what cannot be seen. Nothing else is a link of ours. */
export function promptOf(path: string, query: string): string | undefined {
  if (path !== "/prompt") return undefined;
  const parameters = new URLSearchParams(query);
  const text = parameters.get("text");
  if (text === null || [...parameters.keys()].length !== 1 || text.length > maxPrompt) return undefined;
  const shown = plainText(text).replace(invisible, "").trim();
  return shown === "" ? undefined : shown;
}
