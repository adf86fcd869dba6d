import type { CodeLocation, HostApi, LanguageAnswer, LanguageQuery } from "../../shared/protocol/host";
import type { SeenFiles } from "../../shared/ports/files";
import { failed, type ToolPorts, type ToolResult } from "./define";
import { diffDisplay } from "./diff-display";
import { remember } from "./write-seen";

const maxLocations = 200;
const maxText = 20_000;

/** Asks the user's own language extensions; says so when none of them answers. */
export async function askLanguage(host: HostApi, query: LanguageQuery, { nothing }: { nothing: string }): Promise<ToolResult> {
  const answer = await host.language(query);
  if (!answer.ok) return refused(answer);
  const parts: string[] = [];
  if (answer.text) parts.push(answer.text.slice(0, maxText));
  if (answer.locations?.length) parts.push(locationsText(answer.locations));
  if (answer.titles?.length) parts.push(answer.titles.map((title) => `- ${title}`).join("\n"));
  return { content: parts.join("\n\n") || nothing };
}

/** The same for what changes files: each change is shown, and counts as read. */
export async function changeByLanguage(
  ports: ToolPorts,
  query: LanguageQuery,
  { nothing }: { nothing: string },
): Promise<ToolResult> {
  const answer = await ports.host.language(query);
  if (!answer.ok) return refused(answer);
  const changed = answer.changed ?? [];
  if (!changed.length) return { content: answer.text || nothing };
  await rememberChanged(ports, ports.seen, changed);
  const list = changed.slice(0, maxLocations).map(({ path, before, after }) => {
    const { added, removed } = diffDisplay(path, before, after);
    return `${path} (+${added} -${removed})`;
  });
  const [first] = changed;
  const display =
    changed.length === 1
      ? diffDisplay(first!.path, first!.before, first!.after)
      : { kind: "files" as const, paths: changed.map(({ path }) => path) };
  return { content: `Changed ${changed.length} files:\n${list.join("\n")}`, display };
}

/** Only what was read before stays read: a rename does not make a file known. */
async function rememberChanged(ports: ToolPorts, seen: SeenFiles, changed: { path: string; after: string }[]): Promise<void> {
  for (const { path, after } of changed) {
    if (!seen.get(path)) continue;
    const now = await ports.files.readText(path);
    if (now.ok && now.file.text === after) remember(ports, path, now.file);
  }
}

function refused(answer: Extract<LanguageAnswer, { ok: false }>): ToolResult {
  const advice = {
    no_provider: "No extension in this editor answers that for this file. Use Grep and Read instead.",
    timeout: "The language extension did not answer in time; it may still be loading. Try again later, or use Grep.",
    failed: "The language extension failed. Use Grep and Read instead.",
  }[answer.why];
  return failed([answer.message, advice].filter(Boolean).join(" "));
}

export function locationsText(locations: readonly CodeLocation[]): string {
  const lines = locations.slice(0, maxLocations).map(({ path, range, text, kind }) => {
    const what = [kind, text?.trim().slice(0, 200)].filter(Boolean).join(" ");
    return `${path}:${range.start.line + 1}:${range.start.character + 1}${what ? `  ${what}` : ""}`;
  });
  if (locations.length > maxLocations) lines.push(`(${locations.length - maxLocations} more)`);
  return lines.join("\n");
}
