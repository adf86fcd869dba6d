export interface Mention {
  start: number;
  query: string;
}

/** The `@…` the caret stands in, if any. An address (`a@b`) is none. */
export function mentionAt(text: string, caret: number): Mention | null {
  const match = /(?:^|[\s([{"'])@([^\s@]{0,200})$/.exec(text.slice(Math.max(0, caret - 220), caret));
  if (!match) return null;
  const query = match[1]!;
  return { start: caret - query.length - 1, query };
}

export function insertMention(text: string, mention: Mention, path: string): { text: string; caret: number } {
  const end = mention.start + 1 + mention.query.length;
  const inserted = `@${/\s/.test(path) ? `"${path}"` : path} `;
  return {
    text: text.slice(0, mention.start) + inserted + text.slice(end).replace(/^ /, ""),
    caret: mention.start + inserted.length,
  };
}
