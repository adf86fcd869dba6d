import type { ModelRequest, ToolSpec } from "../../shared/protocol/model";
import { addFeatures, addText, noFeatures, type Features } from "./token-features";

const known = new WeakMap<object, Features>();

/** System prompt and tools; each is looked at once, because they never change. */
export function fixedFeatures(
  system: ModelRequest["system"],
  tools: ModelRequest["tools"],
): { system: Features; tools: Features } {
  return { system: sum(system, ({ text }) => text), tools: sum(tools, toolText) };
}

const toolText = ({ name, description, inputSchema }: ToolSpec): string =>
  `${name} ${description} ${JSON.stringify(inputSchema)}`;

function sum<T extends object>(parts: readonly T[], text: (part: T) => string): Features {
  const total = noFeatures();
  for (const part of parts) {
    let features = known.get(part);
    if (!features) known.set(part, (features = addText(noFeatures(), text(part))));
    addFeatures(total, features);
  }
  return total;
}
