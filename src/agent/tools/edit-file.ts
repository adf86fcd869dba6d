import type { Preview } from "../../shared/protocol/permission";
import type { FileText } from "../../shared/ports/files";
import { absolutePath } from "./absolute-path";
import { failed, type ToolPorts, type ToolResult } from "./define";
import { changeSummary, diffDisplay } from "./diff-display";
import { applyEdits, type Applied } from "./edit-matching/apply-edits";
import type { EditRequest } from "./edit-matching/find-edit";
import { writeSeen } from "./write-seen";

export interface EditFields {
  old_string: string;
  new_string: string;
  replace_all?: boolean | undefined;
}

/** All of the edits or none, in the text the model has read; what others changed elsewhere is kept and told. */
export async function editFile(ports: ToolPorts, givenPath: string, fields: readonly EditFields[]): Promise<ToolResult> {
  const path = absolutePath(ports.cwd, givenPath);
  const seen = ports.seen.get(path);
  const read = await ports.files.readText(path);
  if (!read.ok) return failed(read.message);
  if (!seen) return failed(`${path}: has not been read yet. Read it first, then edit.`);
  const { file } = read;
  const edits = fields.map(requestOf);
  const applied = applyEdits(file.text, edits);
  const stale = seen.hash !== file.hash;
  if (stale && !(applied.ok && applied.rungs.every((rung) => rung === "exact")))
    return changedInside(path, file, seen.text, edits);
  if (!applied.ok) return failed(where(applied, fields.length) + applied.message);
  if (applied.text === file.text) return failed(`${path}: the edits leave the file as it is. Nothing was written.`);
  return writeSeen(ports, path, applied.text, {
    before: file,
    said: report(path, file, applied, stale ? (seen.text ?? "") : null),
  });
}

/** The file after the edits, for the prompt; nothing when they do not fit, the run says why. */
export async function previewEdit(
  ports: ToolPorts,
  givenPath: string,
  fields: readonly EditFields[],
): Promise<Preview | undefined> {
  const path = absolutePath(ports.cwd, givenPath);
  const read = await ports.files.readText(path);
  if (!read.ok) return undefined;
  const applied = applyEdits(read.file.text, fields.map(requestOf));
  return applied.ok ? previewOf(path, read.file.text, applied.text) : undefined;
}

export function previewOf(path: string, before: string, after: string): Preview {
  const diff = diffDisplay(path, before, after);
  const preview = { kind: "diff" as const, path, before: diff.before, after: diff.after };
  return diff.truncated ? { ...preview, truncated: true } : preview;
}

const requestOf = ({ old_string, new_string, replace_all }: EditFields): EditRequest => ({
  old: old_string,
  next: new_string,
  all: replace_all ?? false,
});

const where = (applied: { at: number }, count: number): string =>
  count > 1 ? `Edit ${applied.at + 1} of ${count} does not fit; none was applied. ` : "";

function report(path: string, file: FileText, applied: Extract<Applied, { ok: true }>, changedSince: string | null): string {
  const places = applied.places === 1 ? "" : ` in ${applied.places} places`;
  const lines = [`Edited ${path}${places}.`];
  if (applied.rungs.some((rung) => rung !== "exact"))
    lines.push(
      `old_string was not quoted exactly; white space was fitted to the file. The change, ${changeSummary(file.text, applied.text)}`,
    );
  if (changedSince)
    lines.push(
      `Others changed the file since you read it; that was kept. Their change, ${changeSummary(changedSince, file.text)}`,
    );
  else if (changedSince === "")
    lines.push("Others changed the file since you read it; that was kept. Read it again before you rely on the rest.");
  return lines.join("\n");
}

/** Both versions, so that the model can decide anew. */
function changedInside(path: string, file: FileText, seenText: string | undefined, edits: EditRequest[]): ToolResult {
  const yours = edits.map((edit) => edit.old).find((old) => !file.text.includes(old)) ?? edits[0]!.old;
  const current = seenText === undefined ? "Read it again." : `What changed, ${changeSummary(seenText, file.text)}`;
  return failed(
    `${path}: the part you want to edit has changed since you read it${file.dirty ? " (the user is typing there, not saved yet)" : ""}. Nothing was written.\nYou quoted:\n${yours.slice(0, 2000)}\n${current}\nRead it again and decide whether the edit is still right.`,
  );
}
