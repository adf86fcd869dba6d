const maxLine = 2000;
/** Under the 50,000 at which a result would go to disk instead. */
const maxChars = 46_000;

export interface NumberedLines {
  text: string;
  first: number;
  last: number;
  total: number;
  cutLines: number;
}

/** Lines as `cat -n` prints them, from `offset` (from 1), as many as fit. */
export function numberLines(text: string, offset: number, limit: number): NumberedLines {
  const lines = text.split(/\r\n|\n|\r/);
  if (lines.at(-1) === "") lines.pop();
  const shown: string[] = [];
  let chars = 0;
  let cutLines = 0;
  for (let at = offset - 1; at < lines.length && shown.length < limit; at++) {
    let line = lines[at]!;
    if (line.length > maxLine) {
      line = `${line.slice(0, maxLine)}… (${line.length - maxLine} more characters)`;
      cutLines++;
    }
    const numbered = `${String(at + 1).padStart(6)}\t${line}`;
    if (shown.length && chars + numbered.length > maxChars) break;
    chars += numbered.length + 1;
    shown.push(numbered);
  }
  return { text: shown.join("\n"), first: offset, last: offset + shown.length - 1, total: lines.length, cutLines };
}
