import * as z from "zod";
import { defineTool, failed, type Tool } from "./define";
import { placeFields, placeOf } from "./language-place";
import { askLanguage } from "./language-result";

export interface SymbolQuestion {
  name: string;
  description: string;
  kind: "definition" | "references" | "hover";
  title(symbol: string): string;
  /** What the model reads when the editor answers with nothing. */
  nothing: string;
}

/** A question to the user's language extensions about the symbol at a place. */
export const symbolTool = ({ name, description, kind, title, nothing }: SymbolQuestion): Tool =>
  defineTool({
    name,
    description,
    deferred: true,
    input: z.object(placeFields),
    title: ({ symbol }) => title(symbol),
    access: ({ file_path }) => [{ kind: "read", path: file_path }],
    effect: () => ({ kind: "read" }),
    async run(input, ports) {
      const place = await placeOf(ports, input);
      if (!place.ok) return failed(place.message);
      return askLanguage(ports.host, { kind, path: place.path, position: place.position }, { nothing });
    },
  });
