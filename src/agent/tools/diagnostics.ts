import * as z from "zod";
import type { Diagnostic } from "../../shared/protocol/host";
import { absolutePath } from "./absolute-path";
import { defineTool } from "./define";
import { editedPaths, newDiagnostics } from "./diagnostics-baseline";

const maxShown = 100;
const order = { error: 0, warning: 1, info: 2, hint: 3 };

export const diagnostics = defineTool({
  name: "Diagnostics",
  description: "Errors and warnings the editor shows. new_only: those that were not there before your edits.",
  deferred: true,
  input: z.object({ file_path: z.string().optional().describe("Default all files"), new_only: z.boolean().optional() }),
  title: ({ file_path, new_only }) => `${new_only ? "New problems" : "Problems"}${file_path ? ` of ${file_path}` : ""}`,
  access: ({ file_path }, { cwd }) => [{ kind: "read", path: file_path ?? cwd }],
  effect: () => ({ kind: "read" }),
  async run({ file_path, new_only }, { cwd, host, seen }) {
    const edited = editedPaths(seen);
    const paths = file_path !== undefined ? [absolutePath(cwd, file_path)] : new_only ? edited : undefined;
    if (new_only && !paths?.some((path) => edited.includes(path)))
      return { content: "You have not edited this yet, so nothing is new." };
    const all = await host.diagnostics(paths);
    const wanted = (new_only ? newDiagnostics(seen, all) : all).sort((a, b) => order[a.severity] - order[b.severity]);
    if (!wanted.length)
      return {
        content: `${new_only ? "No new problems" : "No problems"}. (Only what language extensions have reported so far; a build or test shows the rest.)`,
      };
    const more = wanted.length > maxShown ? [`(${wanted.length - maxShown} more)`] : [];
    return { content: [...wanted.slice(0, maxShown).map(lineOf), ...more].join("\n") };
  },
});

function lineOf({ path, range, severity, message, source, code }: Diagnostic): string {
  const from = [source, code].filter(Boolean).join(" ");
  return `${path}:${range.start.line + 1}:${range.start.character + 1} ${severity}: ${message.slice(0, 500)}${from ? ` (${from})` : ""}`;
}
