/** What the practice model says next: some text, then perhaps calls. Without calls the turn is over. */
export interface PracticeReply {
  text: string;
  calls?: { name: string; input: Record<string, unknown> }[];
}

export const say = (text: string): PracticeReply => ({ text });

export const call = (text: string, name: string, input: Record<string, unknown>): PracticeReply => ({
  text,
  calls: [{ name, input }],
});

export const whatItIs =
  "I am Stride's built-in **practice model**: a small program with fixed patterns, not a language model. I run offline, without a key, and do real work with Stride's real tools.";

export const whatItCan = [
  "Try one of these:",
  "- `take the tour` - a read, an edit you approve, a command",
  "- `summarise this workspace`",
  "- `find parseDate`",
  "- `replace foo by bar in src/a.ts`",
  "- `create file notes.md with some text`",
  "- `run the tests`",
  "- `undo`",
  "",
  "For open questions set a key: run **Stride: Set API Key** from the command palette.",
].join("\n");
