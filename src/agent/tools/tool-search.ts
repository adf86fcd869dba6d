import * as z from "zod";
import { defineTool } from "./define";

export const toolSearch = defineTool({
  name: "ToolSearch",
  description: 'Load tools that are listed by name only. query: words, or "select:NameA,NameB".',
  input: z.object({ query: z.string().min(1).max(500), max_results: z.int().min(1).max(20).optional() }),
  title: ({ query }) => `Load tools: ${query}`,
  access: () => [{ kind: "none" }],
  effect: () => ({ kind: "opaque" }),
  async run({ query, max_results = 5 }, { deferred }) {
    const names = query.startsWith("select:")
      ? query
          .slice("select:".length)
          .split(",")
          .map((name) => name.trim())
      : deferred.search(query, max_results).map((tool) => tool.name);
    const loaded = deferred.load(names.filter(Boolean));
    const missing = names.filter((name) => name && !loaded.includes(name));
    const lines = loaded.length ? [`Loaded, call them now: ${loaded.join(", ")}.`] : ["No tool fits. Try other words."];
    if (missing.length) lines.push(`There is no tool ${missing.join(", ")}.`);
    return { content: lines.join("\n"), isError: !loaded.length };
  },
});
