import * as z from "zod";
import { absolutePath, shortPath } from "./absolute-path";
import { defineTool } from "./define";
import { askLanguage, changeByLanguage } from "./language-result";

export const codeActions = defineTool({
  name: "CodeActions",
  description: "Quick fixes and refactorings the editor offers for some lines; with apply, carries out the one of that title.",
  deferred: true,
  input: z.object({
    file_path: z.string().min(1),
    start_line: z.int().min(1),
    end_line: z.int().min(1).optional(),
    only: z.string().optional().describe("e.g. quickfix, refactor"),
    apply: z.string().optional().describe("Exact title"),
  }),
  title: ({ file_path, apply }) => (apply ? `${apply} in ${shortPath(file_path)}` : `Fixes for ${shortPath(file_path)}`),
  access: ({ file_path, apply }, { cwd }) =>
    apply === undefined
      ? [{ kind: "read", path: file_path }]
      : [
          { kind: "write", path: file_path },
          { kind: "write", path: cwd },
        ],
  effect: ({ apply }) => (apply === undefined ? { kind: "read" } : { kind: "opaque" }),
  async run({ file_path, start_line, end_line, only, apply }, ports) {
    const path = absolutePath(ports.cwd, file_path);
    const range = {
      start: { line: start_line - 1, character: 0 },
      end: { line: Math.max(end_line ?? start_line, start_line), character: 0 },
    };
    if (apply !== undefined)
      return changeByLanguage(
        ports,
        { kind: "apply_code_action", path, range, title: apply },
        { nothing: "The action changed nothing." },
      );
    return askLanguage(
      ports.host,
      { kind: "code_actions", path, range, ...(only !== undefined && { only }) },
      { nothing: "The editor offers nothing here." },
    );
  },
});
