import * as z from "zod";
import type { GrepQuery } from "../../shared/ports/search";
import { absolutePath } from "./absolute-path";
import { defineTool, failed } from "./define";

const maxLine = 500;
const maxChars = 30_000;
const count = z.int().min(0).max(1000);

export const grep = defineTool({
  name: "Grep",
  description:
    "Search file contents with a ripgrep regular expression. Ignored files are left out. Use this instead of grep or rg in Bash.",
  input: z.object({
    pattern: z.string().min(1),
    path: z.string().optional().describe("File or folder"),
    glob: z.string().optional().describe("e.g. *.{ts,tsx}"),
    type: z.string().optional().describe("e.g. ts, py"),
    output_mode: z.enum(["content", "files_with_matches", "count"]).optional().describe("Default files_with_matches"),
    "-i": z.boolean().optional(),
    "-n": z.boolean().optional().describe("Line numbers, default true"),
    "-A": count.optional(),
    "-B": count.optional(),
    "-C": count.optional(),
    multiline: z.boolean().optional(),
    head_limit: z.int().min(1).max(5000).optional().describe("Default 250"),
    offset: z.int().min(0).optional(),
  }),
  title: ({ pattern, path }) => `Search ${pattern}${path ? ` in ${path}` : ""}`,
  access: ({ path }, { cwd }) => [{ kind: "read", path: path ?? cwd }],
  effect: () => ({ kind: "read" }),
  async run(input, { cwd, search }, { signal }) {
    const query: GrepQuery = {
      pattern: input.pattern,
      path: absolutePath(cwd, input.path ?? "."),
      mode: input.output_mode ?? "files_with_matches",
      limit: input.head_limit ?? 250,
      offset: input.offset ?? 0,
      ignoreCase: input["-i"] ?? false,
      multiline: input.multiline ?? false,
      lineNumbers: input["-n"] ?? true,
      before: input["-B"] ?? input["-C"] ?? 0,
      after: input["-A"] ?? input["-C"] ?? 0,
      ...(input.glob !== undefined && { glob: input.glob }),
      ...(input.type !== undefined && { type: input.type }),
    };
    const answer = await search.grep(query, signal);
    if (answer.problem && !answer.lines.length) return failed(answer.problem);
    if (!answer.lines.length) return { content: "No match. Try -i, another pattern or path." };
    const { text, shown } = bounded(answer.lines);
    const notes = answer.problem ? [answer.problem] : [];
    if (answer.more || shown < answer.lines.length)
      notes.push(`(More matched; go on with offset ${(input.offset ?? 0) + shown}, or narrow the search.)`);
    return { content: [text, ...notes].join("\n") };
  },
});

function bounded(lines: readonly string[]): { text: string; shown: number } {
  const kept: string[] = [];
  let chars = 0;
  for (const line of lines) {
    const short = line.length > maxLine ? `${line.slice(0, maxLine)}…` : line;
    if (kept.length && chars + short.length > maxChars) break;
    chars += short.length + 1;
    kept.push(short);
  }
  return { text: kept.join("\n"), shown: kept.length };
}
