import * as z from "zod";
import { absolutePath, shortPath } from "./absolute-path";
import { defineTool } from "./define";
import { changeByLanguage } from "./language-result";

export const format = defineTool({
  name: "Format",
  description: "Format a file with the formatter the user has set up in the editor.",
  deferred: true,
  input: z.object({ file_path: z.string().min(1) }),
  title: ({ file_path }) => `Format ${shortPath(file_path)}`,
  access: ({ file_path }) => [{ kind: "write", path: file_path }],
  effect: ({ file_path }) => ({ kind: "write", paths: [file_path] }),
  run: ({ file_path }, ports) =>
    changeByLanguage(ports, { kind: "format", path: absolutePath(ports.cwd, file_path) }, { nothing: "Nothing to change." }),
});
