import * as z from "zod";
import { defineTool, failed } from "./define";
import { placeFields, placeOf } from "./language-place";
import { askLanguage } from "./language-result";

export const callHierarchy = defineTool({
  name: "CallHierarchy",
  description: "Who calls a function (incoming) or what it calls (outgoing), from the editor's language extensions.",
  deferred: true,
  input: z.object({ ...placeFields, direction: z.enum(["incoming", "outgoing"]) }),
  title: ({ symbol, direction }) => (direction === "incoming" ? `Callers of ${symbol}` : `Calls of ${symbol}`),
  access: ({ file_path }) => [{ kind: "read", path: file_path }],
  effect: () => ({ kind: "read" }),
  async run(input, ports) {
    const place = await placeOf(ports, input);
    if (!place.ok) return failed(place.message);
    return askLanguage(
      ports.host,
      { kind: `${input.direction}_calls`, path: place.path, position: place.position },
      { nothing: "No call was found." },
    );
  },
});
