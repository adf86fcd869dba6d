import { codeOf, messageOf, problem } from "../../shared/errors";
import type { Problem } from "../../shared/protocol/agent";
import type { LogHealth } from "./event-log";
import type { LockHolder } from "./lock";

export function quarantined(health: LogHealth, places: number, lost: number): LogHealth {
  const what = `This conversation's file is damaged in ${places} place${places === 1 ? "" : "s"}; ${lost} of its records can no longer be read.`;
  const next = "The rest can be read and exported. Fork it to go on in a new conversation; the damaged file stays as it is.";
  return { ...health, mode: "quarantined", problem: problem("damaged", what, next) };
}

export const takenOver = problem(
  "taken_over",
  "Another window has taken this conversation over.",
  "Go on there, or open it again here after closing it there.",
);

export function diskProblem(error: unknown): Problem {
  const code = codeOf(error);
  if (code === "ENOSPC" || code === "EDQUOT")
    return problem(
      "no_space",
      "The disk is full: this conversation can not be saved.",
      "Make space; Stride then goes on by itself, nothing is lost.",
    );
  return problem(
    "disk",
    `This conversation can not be saved: ${messageOf(error)}.`,
    "Check the disk; Stride tries again by itself.",
  );
}

export function heldProblem(holder: LockHolder): Problem {
  const who = holder.pid > 0 ? `process ${holder.pid} on ${holder.host.split(" ")[0]}` : "another process";
  return problem(
    "held",
    `This conversation is open in another window (${who}).`,
    "Go on there, close it there, or fork it to go on here.",
  );
}

export function folderProblem(dir: string, error: unknown): Problem {
  const code = codeOf(error);
  if (code === "ENOENT") return problem("missing", `There is no conversation in ${dir}.`, "Pick another one from the list.");
  if (code === "EACCES" || code === "EPERM" || code === "EROFS")
    return problem(
      "denied",
      `${dir} may not be opened or written.`,
      "Correct the folder's permissions, or set STRIDE_HOME to another folder.",
    );
  if (code === "ENOSPC" || code === "EDQUOT")
    return problem("no_space", `The disk is full: ${dir} can not be written.`, "Make space, then try again.");
  return problem(
    "disk",
    `The conversation in ${dir} can not be opened: ${messageOf(error)}.`,
    "Try again; if it stays so, export it from the list.",
  );
}
