import { programName } from "./command-views";
import type { ShellPart } from "./part";

/** `echo TEXT | sh`: what a printer says is the input of its neighbour, so that rules can refuse what a shell would run. */
export function pipeText(parts: readonly ShellPart[]): void {
  parts.forEach((part, i) => {
    const before = parts[i - 1];
    if (before === undefined || part.stdin !== undefined) return;
    const text = printed(before);
    if (text !== undefined) part.stdin = text;
  });
}

function printed(part: ShellPart): string | undefined {
  const words = part.words.map((word) => word.value);
  const name = programName(words[0] ?? "");
  if (name === "echo" || name === "printf")
    return words
      .slice(1)
      .filter((word) => !/^-[neE]+$/.test(word))
      .join(" ")
      .replaceAll("\\n", "\n");
  return name === "cat" || name === "tee" ? part.stdin : undefined;
}
