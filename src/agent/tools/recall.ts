import * as z from "zod";
import { defineTool } from "./define";

const most = 20;

export const recall = defineTool({
  name: "Recall",
  description: "Search this conversation from its start, also what was compacted away. Use it before you ask the user again.",
  input: z.object({
    query: z.string().min(1).max(500).describe("Words to look for"),
    limit: z.int().min(1).max(most).optional().describe("Default 5"),
  }),
  title: ({ query }) => `Recall “${query.slice(0, 60)}”`,
  access: () => [{ kind: "none" }],
  effect: () => ({ kind: "read" }),
  async run({ query, limit }, ports) {
    const found = await ports.recall.search(query, limit ?? 5);
    if (found.length === 0)
      return { content: `Nothing in this conversation has the words “${query}”. Try fewer or other words.` };
    const passages = found.map(({ who, place, text }) => `<passage message="${place + 1}" from="${who}">\n${text}\n</passage>`);
    return { content: passages.join("\n") };
  },
});
