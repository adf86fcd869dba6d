import * as z from "zod";
import { absolutePath, shortPath } from "./absolute-path";
import { defineTool } from "./define";
import { changeByLanguage } from "./language-result";

export const organizeImports = defineTool({
  name: "OrganizeImports",
  description: "Sort imports and remove unused ones, by the editor's language extensions.",
  deferred: true,
  input: z.object({ file_path: z.string().min(1) }),
  title: ({ file_path }) => `Organise imports of ${shortPath(file_path)}`,
  access: ({ file_path }) => [{ kind: "write", path: file_path }],
  effect: ({ file_path }) => ({ kind: "write", paths: [file_path] }),
  run: ({ file_path }, ports) =>
    changeByLanguage(
      ports,
      { kind: "organize_imports", path: absolutePath(ports.cwd, file_path) },
      { nothing: "Nothing to change." },
    ),
});
