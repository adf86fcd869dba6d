import * as z from "zod";
import { absolutePath, shortPath } from "./absolute-path";
import { defineTool } from "./define";
import { askLanguage } from "./language-result";

export const documentSymbols = defineTool({
  name: "DocumentSymbols",
  description: "Outline of a file: its classes, functions and so on with their lines.",
  deferred: true,
  input: z.object({ file_path: z.string().min(1) }),
  title: ({ file_path }) => `Outline of ${shortPath(file_path)}`,
  access: ({ file_path }) => [{ kind: "read", path: file_path }],
  effect: () => ({ kind: "read" }),
  run: ({ file_path }, { cwd, host }) =>
    askLanguage(host, { kind: "document_symbols", path: absolutePath(cwd, file_path) }, { nothing: "The file has no symbols." }),
});
