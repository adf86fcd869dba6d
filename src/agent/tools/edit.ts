import * as z from "zod";
import { shortPath } from "./absolute-path";
import { defineTool } from "./define";
import { editFile, previewEdit } from "./edit-file";

export const edit = defineTool({
  name: "Edit",
  description:
    "Replace one piece of text in a file you have Read. old_string must be quoted exactly, without line numbers, and be unique unless replace_all is set. Open editor buffers are edited in place.",
  input: z.object({
    file_path: z.string().min(1),
    old_string: z.string().min(1),
    new_string: z.string(),
    replace_all: z.boolean().optional().describe("Replace every occurrence"),
  }),
  title: ({ file_path }) => `Edit ${shortPath(file_path)}`,
  access: ({ file_path }) => [{ kind: "write", path: file_path }],
  effect: ({ file_path }) => ({ kind: "write", paths: [file_path] }),
  preview: (input, ports) => previewEdit(ports, input.file_path, [input]),
  run: (input, ports) => editFile(ports, input.file_path, [input]),
});
