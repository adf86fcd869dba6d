import { symbolTool } from "./symbol-tool";

export const references = symbolTool({
  name: "References",
  description: "All uses of a symbol, from the editor's language extensions; exact where Grep guesses.",
  kind: "references",
  title: (symbol) => `Uses of ${symbol}`,
  nothing: "No use was found.",
});
