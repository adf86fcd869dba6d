import * as z from "zod";
import { defineTool, failed } from "./define";
import { placeFields, placeOf } from "./language-place";
import { askLanguage } from "./language-result";

export const definition = defineTool({
  name: "Definition",
  description: "Where a symbol is defined, from the editor's language extensions.",
  deferred: true,
  input: z.object(placeFields),
  title: ({ symbol }) => `Definition of ${symbol}`,
  access: ({ file_path }) => [{ kind: "read", path: file_path }],
  effect: () => ({ kind: "read" }),
  async run(input, ports) {
    const place = await placeOf(ports, input);
    if (!place.ok) return failed(place.message);
    return askLanguage(
      ports.host,
      { kind: "definition", path: place.path, position: place.position },
      { nothing: "No definition was found." },
    );
  },
});
