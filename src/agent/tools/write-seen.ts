import type { FileFailure, FileText } from "../../shared/ports/files";
import { failed, type ToolPorts, type ToolResult } from "./define";
import { noteDiagnostics } from "./diagnostics-baseline";
import { changeSummary, diffDisplay } from "./diff-display";

/** Larger texts are known by their hash only. */
const maxRemembered = 512_000;

export function remember(ports: Pick<ToolPorts, "seen">, path: string, file: FileText): void {
  const { hash, text, size, mtimeMs } = file;
  const isWhatDiskHas = file.source === "disk" && !file.dirty;
  ports.seen.set(path, {
    hash,
    ...(text.length <= maxRemembered && { text }),
    ...(isWhatDiskHas && { stat: { size, mtimeMs } }),
  });
}

/** Writes what was decided on and tells the model what came of it, also when a formatter or a person was quicker. */
export async function writeSeen(
  ports: ToolPorts,
  path: string,
  text: string,
  { before, said }: { before: FileText | null; said: string },
): Promise<ToolResult> {
  await noteDiagnostics(ports, path);
  const done = await ports.files.writeText(path, text, before?.hash ?? "absent");
  if (!done.ok) return refusal(done, before);
  remember(ports, path, done.file);
  const notes = [said];
  if (done.formatted) notes.push(`The editor changed more when it saved, ${changeSummary(text, done.file.text)}`);
  if (done.file.dirty) notes.push(before?.dirty ? notSaved : savingFailed);
  if (done.file.dirty && before?.onDisk) notes.push(twoTexts(before.onDisk));
  return { content: notes.join("\n"), display: diffDisplay(path, before?.text ?? "", done.file.text) };
}

const notSaved = "The user has unsaved text in this file, so it was changed in the editor but not saved.";
const savingFailed =
  "The editor has the change but could not save it, as when the file changes on disk at the same moment. Look at both before you go on.";

/** Unsaved text here, another program's there: which one stays is the user's choice. */
export const twoTexts = (onDisk: "changed" | "deleted"): string =>
  onDisk === "deleted"
    ? "Meanwhile the file was deleted on disk; only the editor has this text. Tell the user."
    : "Meanwhile the file was changed on disk as well (see it with cat in Bash); it was left alone. When the user saves, the editor asks which of the two stays: tell them.";

function refusal(failure: FileFailure, before: FileText | null): ToolResult {
  if (failure.problem !== "stale" || !failure.current || !before) return failed(failure.message);
  return failed(`${failure.message}\nWhat changed meanwhile, ${changeSummary(before.text, failure.current.text)}`);
}
