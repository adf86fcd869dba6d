import { symbolTool } from "./symbol-tool";

export const hover = symbolTool({
  name: "Hover",
  description: "Type and documentation of a symbol, from the editor's language extensions.",
  kind: "hover",
  title: (symbol) => `About ${symbol}`,
  nothing: "The editor knows nothing about it.",
});
