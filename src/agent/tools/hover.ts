import * as z from "zod";
import { defineTool, failed } from "./define";
import { placeFields, placeOf } from "./language-place";
import { askLanguage } from "./language-result";

export const hover = defineTool({
  name: "Hover",
  description: "Type and documentation of a symbol, from the editor's language extensions.",
  deferred: true,
  input: z.object(placeFields),
  title: ({ symbol }) => `About ${symbol}`,
  access: ({ file_path }) => [{ kind: "read", path: file_path }],
  effect: () => ({ kind: "read" }),
  async run(input, ports) {
    const place = await placeOf(ports, input);
    if (!place.ok) return failed(place.message);
    return askLanguage(
      ports.host,
      { kind: "hover", path: place.path, position: place.position },
      { nothing: "The editor knows nothing about it." },
    );
  },
});
