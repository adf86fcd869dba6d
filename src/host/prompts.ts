/** A place in a file as it is written in a message: `@src/a.ts#L3-L9`. */
export interface Place {
  /** Relative to the workspace where it can be. */
  path: string;
  /** From 1, inclusive. */
  firstLine: number;
  lastLine: number;
}

export type CodeTask = "explain" | "fix" | "improve" | "test";

export function mention({ path, firstLine, lastLine }: Place): string {
  const lines = firstLine === lastLine ? `#L${firstLine}` : `#L${firstLine}-L${lastLine}`;
  return /\s/.test(path) ? `@"${path}"${lines}` : `@${path}${lines}`;
}

/** What a code action asks of the engine: the place, the text as it is in the editor now, and the problems if there are any. */
export function codePrompt(task: CodeTask, place: Place, code: string, languageId: string, problems: readonly string[]): string {
  const asked = request(task, mention(place), problems.length > 0);
  const shown = problems.map((message) => `- ${message}`).join("\n");
  return [asked, ...(shown ? [shown] : []), fenced(code, languageId)].join("\n\n");
}

function request(task: CodeTask, where: string, hasProblems: boolean): string {
  switch (task) {
    case "explain":
      return `Explain ${hasProblems ? "this problem" : "this code"} in ${where}.`;
    case "fix":
      return hasProblems ? `Fix this problem in ${where}:` : `Find and fix what is wrong with this code in ${where}.`;
    case "improve":
      return `Improve this code in ${where} without changing what it does.`;
    case "test":
      return `Write tests for this code in ${where}, in the style of the tests that are there.`;
  }
}

const maxCode = 20_000;

function fenced(code: string, languageId: string): string {
  const longest = Math.max(2, ...[...code.matchAll(/`+/g)].map(([ticks]) => ticks.length));
  const fence = "`".repeat(longest + 1);
  const shown = code.length > maxCode ? `${code.slice(0, maxCode)}\n… (${code.length - maxCode} more characters)` : code;
  return `${fence}${languageId}\n${shown}\n${fence}`;
}
