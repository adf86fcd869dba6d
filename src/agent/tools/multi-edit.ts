import * as z from "zod";
import { shortPath } from "./absolute-path";
import { defineTool } from "./define";
import { editFile, previewEdit } from "./edit-file";

export const multiEdit = defineTool({
  name: "MultiEdit",
  description: "Several Edits of one file in order, each on the result of the one before; all or none are applied.",
  input: z.object({
    file_path: z.string().min(1),
    edits: z
      .array(z.strictObject({ old_string: z.string().min(1), new_string: z.string(), replace_all: z.boolean().optional() }))
      .min(1)
      .max(200),
  }),
  title: ({ file_path, edits }) => `Edit ${shortPath(file_path)} (${edits.length} changes)`,
  access: ({ file_path }) => [{ kind: "write", path: file_path }],
  effect: ({ file_path }) => ({ kind: "write", paths: [file_path] }),
  preview: (input, ports) => previewEdit(ports, input.file_path, input.edits),
  run: (input, ports) => editFile(ports, input.file_path, input.edits),
});
