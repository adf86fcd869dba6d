import * as z from "zod";
import { defineTool } from "./define";
import { askLanguage } from "./language-result";

export const workspaceSymbols = defineTool({
  name: "WorkspaceSymbols",
  description: "Find classes, functions and so on by name in the whole workspace, from the editor's language extensions.",
  deferred: true,
  input: z.object({ query: z.string().min(1) }),
  title: ({ query }) => `Symbols named ${query}`,
  access: (_, { cwd }) => [{ kind: "read", path: cwd }],
  effect: () => ({ kind: "read" }),
  run: ({ query }, { host }) =>
    askLanguage(host, { kind: "workspace_symbols", query }, { nothing: "No symbol has that name. Try Grep." }),
});
