import * as z from "zod";
import type { ToolSpec } from "../../shared/protocol/model";
import type { Tool, ToolPorts } from "./define";

/**
 * The tools of one conversation. The request's list only ever grows at its end: core tools in one order
 * for ever, then deferred ones in the order they were loaded, so that the cached prefix stays.
 */
export class Toolbox {
  readonly #all: ReadonlyMap<string, Tool>;
  readonly #loaded: string[];
  readonly #onLoaded: (names: string[]) => void;
  #ports: ToolPorts | undefined;
  #specs: readonly ToolSpec[] | undefined;

  /** `loaded`: of a conversation that goes on, so that its requests begin as they did. */
  constructor(tools: readonly Tool[], loaded: readonly string[] = [], onLoaded: (names: string[]) => void = () => {}) {
    this.#loaded = [...loaded];
    this.#onLoaded = onLoaded;
    this.#all = new Map([...tools].sort((a, b) => (a.name < b.name ? -1 : 1)).map((tool) => [tool.name, tool]));
  }

  /** Availability is asked once: a tool that came and went would break the prefix. */
  open(ports: ToolPorts): void {
    this.#ports = ports;
  }

  /** Also finds deferred tools that were not loaded: a model that guesses right is not punished. */
  find(name: string): Tool | undefined {
    const tool = this.#all.get(name);
    return tool && this.#isAvailable(tool) ? tool : undefined;
  }

  names(): string[] {
    return [...this.#all.values()].filter((tool) => this.#isAvailable(tool)).map((tool) => tool.name);
  }

  /** The same list until a tool is loaded. */
  specs(): readonly ToolSpec[] {
    return (this.#specs ??= this.#makeSpecs());
  }

  #makeSpecs(): ToolSpec[] {
    const core = [...this.#all.values()].filter((tool) => !tool.deferred && this.#isAvailable(tool));
    const loaded = this.#loaded.flatMap((name) => this.find(name) ?? []);
    return [...core, ...loaded].map(specOf);
  }

  deferred(): { name: string; description: string }[] {
    return [...this.#all.values()]
      .filter((tool) => tool.deferred && this.#isAvailable(tool))
      .map(({ name, description }) => ({ name, description: firstWords(description) }));
  }

  /** By name first, then by words of the description. */
  search(query: string, limit: number): { name: string; description: string }[] {
    const words = query
      .toLowerCase()
      .split(/[^a-z0-9]+/)
      .filter(Boolean);
    const score = ({ name, description }: Tool): number =>
      words.reduce(
        (sum, word) => sum + (name.toLowerCase().includes(word) ? 3 : 0) + (description.toLowerCase().includes(word) ? 1 : 0),
        0,
      );
    return [...this.#all.values()]
      .filter((tool) => tool.deferred && this.#isAvailable(tool) && score(tool) > 0)
      .sort((a, b) => score(b) - score(a))
      .slice(0, limit)
      .map(({ name, description }) => ({ name, description }));
  }

  /** The names that can be called from now on. */
  load(names: readonly string[]): string[] {
    const found = [...new Set(names)].filter((name) => this.find(name)?.deferred && !this.#loaded.includes(name));
    this.#loaded.push(...found);
    if (found.length > 0) {
      this.#specs = undefined;
      this.#onLoaded(found);
    }
    return names.filter((name) => this.find(name));
  }

  #isAvailable(tool: Tool): boolean {
    return tool.available === undefined || (this.#ports !== undefined && tool.available(this.#ports));
  }
}

/** By tool, made when Stride was bundled: making them takes 15 ms of the start. Absent where sources run as they are. */
declare const STRIDE_TOOL_SCHEMAS: Record<string, Record<string, unknown>> | undefined;

const specs = new WeakMap<Tool, ToolSpec>();

function specOf(tool: Tool): ToolSpec {
  const known = specs.get(tool);
  if (known) return known;
  const made = typeof STRIDE_TOOL_SCHEMAS === "undefined" ? undefined : STRIDE_TOOL_SCHEMAS[tool.name];
  const { $schema: _, ...inputSchema } = made ?? z.toJSONSchema(tool.input, { io: "input" });
  const spec = { name: tool.name, description: tool.description, inputSchema };
  specs.set(tool, spec);
  return spec;
}

const firstWords = (text: string): string => (/^[^.\n]{1,70}/.exec(text)?.[0] ?? "").trim();
