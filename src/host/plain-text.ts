// Escape and control characters are what this file is about.
const stringSequences = /(?:\u001b[\]PX^_]|[\u009d\u0090\u0098\u009e\u009f])[\s\S]*?(?:\u0007|\u001b\\|\u009c|$)/g;
const csiSequences = /(?:\u001b\[|\u009b)[0-?]*[ -/]*[@-~]?/g;
const otherEscapes = /\u001b[ -/]*[0-~]?/g;
const controls = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]/g;
const invisible = /[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\u{e0000}-\u{e007f}]/gu;

/** Nothing that comes from a model, a tool or a server may steer a terminal, a log or a notification. */
export function plainText(text: string): string {
  return text.replace(stringSequences, "").replace(csiSequences, "").replace(otherEscapes, "").replace(controls, "");
}

/** One short line for notifications, titles and quick picks; what a reader cannot see is not there. */
export function plainLine(text: string, limit = 200): string {
  const line = plainText(text).replace(invisible, "").replace(/\s+/g, " ").trim();
  return line.length > limit ? `${line.slice(0, limit - 1)}…` : line;
}
