import * as z from "zod";
import { absolutePath } from "./absolute-path";
import { defineTool, failed } from "./define";

const maxFiles = 100;

export const glob = defineTool({
  name: "Glob",
  description: `Find files by name pattern (**/*.ts), newest first, at most ${maxFiles}. Ignored files are left out.`,
  input: z.object({ pattern: z.string().min(1), path: z.string().optional().describe("Folder to look in") }),
  title: ({ pattern, path }) => `Find ${pattern}${path ? ` in ${path}` : ""}`,
  access: ({ path }, { cwd }) => [{ kind: "read", path: path ?? cwd }],
  effect: () => ({ kind: "read" }),
  async run({ pattern, path }, { cwd, search }, { signal }) {
    const answer = await search.glob({ pattern, path: absolutePath(cwd, path ?? "."), limit: maxFiles }, signal);
    if (answer.problem && !answer.lines.length) return failed(answer.problem);
    if (!answer.lines.length)
      return { content: `No file fits ${pattern}. Try a wider pattern, or list a folder with ls in Bash.` };
    const more = answer.more ? `\n(More than ${maxFiles} files fit; narrow the pattern or the path.)` : "";
    return { content: answer.lines.join("\n") + more, display: { kind: "files", paths: answer.lines } };
  },
});
