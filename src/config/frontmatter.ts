import { parse } from "yaml";

export interface Frontmatter {
  fields: Record<string, unknown>;
  body: string;
  problem?: string;
}

/** The YAML between two `---` lines at the start, and the rest. Data only: nothing in it is ever evaluated. */
export function splitFrontmatter(text: string): Frontmatter {
  const match = /^\uFEFF?---[ \t]*\r?\n([\s\S]*?)(?<=\n)---[ \t]*(?:\r?\n|$)/.exec(text);
  if (!match) return { fields: {}, body: text };
  const body = text.slice(match[0].length);
  try {
    const fields: unknown = parse(match[1] ?? "", { maxAliasCount: 20 });
    if (fields === null || fields === undefined) return { fields: {}, body };
    if (typeof fields !== "object" || Array.isArray(fields))
      return { fields: {}, body, problem: "the frontmatter is not a list of fields" };
    return { fields: fields as Record<string, unknown>, body };
  } catch (error) {
    return { fields: {}, body, problem: `the frontmatter is not valid YAML: ${String(error).split("\n")[0]}` };
  }
}
