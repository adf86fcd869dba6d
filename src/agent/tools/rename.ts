import * as z from "zod";
import { defineTool, failed } from "./define";
import { placeFields, placeOf } from "./language-place";
import { changeByLanguage } from "./language-result";

export const rename = defineTool({
  name: "Rename",
  description: "Rename a symbol everywhere, as one change the user can undo, by the editor's language extensions.",
  deferred: true,
  input: z.object({ ...placeFields, new_name: z.string().min(1).max(200) }),
  title: ({ symbol, new_name }) => `Rename ${symbol} to ${new_name}`,
  // Which files use the symbol is known only afterwards: the whole folder is stated.
  access: ({ file_path }, { cwd }) => [
    { kind: "write", path: file_path },
    { kind: "write", path: cwd },
  ],
  effect: () => ({ kind: "opaque" }),
  async run(input, ports) {
    const place = await placeOf(ports, input);
    if (!place.ok) return failed(place.message);
    const query = { kind: "rename" as const, path: place.path, position: place.position, newName: input.new_name };
    return changeByLanguage(ports, query, { nothing: "Nothing was renamed." });
  },
});
