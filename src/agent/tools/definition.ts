import { symbolTool } from "./symbol-tool";

export const definition = symbolTool({
  name: "Definition",
  description: "Where a symbol is defined, from the editor's language extensions.",
  kind: "definition",
  title: (symbol) => `Definition of ${symbol}`,
  nothing: "No definition was found.",
});
