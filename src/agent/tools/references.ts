import * as z from "zod";
import { defineTool, failed } from "./define";
import { placeFields, placeOf } from "./language-place";
import { askLanguage } from "./language-result";

export const references = defineTool({
  name: "References",
  description: "All uses of a symbol, from the editor's language extensions; exact where Grep guesses.",
  deferred: true,
  input: z.object(placeFields),
  title: ({ symbol }) => `Uses of ${symbol}`,
  access: ({ file_path }) => [{ kind: "read", path: file_path }],
  effect: () => ({ kind: "read" }),
  async run(input, ports) {
    const place = await placeOf(ports, input);
    if (!place.ok) return failed(place.message);
    return askLanguage(
      ports.host,
      { kind: "references", path: place.path, position: place.position },
      { nothing: "No use was found." },
    );
  },
});
