import type { Platform } from "./canonical-path";

export interface PathProblem {
  verdict: "deny" | "ask";
  reason: string;
}

const devices =
  /^(?:con|prn|aux|nul|conin\$|conout\$|clock\$|com[0-9\u00b9\u00b2\u00b3]|lpt[0-9\u00b9\u00b2\u00b3])(?:\.|:|\s|$)/i;
const lone = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/;
const control = /[\u0001-\u001f\u007f-\u009f]/;
const invisible = /[\p{Cf}\p{Default_Ignorable_Code_Point}\u2028\u2029]/u;

/** What a path may look like before anybody asks the disk about it. */
export function checkPathText(text: string, platform: Platform): PathProblem | null {
  if (text === "") return deny("the path is empty");
  if (text.includes("\0")) return deny("the path holds a NUL character");
  if (lone.test(text)) return deny("the path is not valid Unicode");
  if (text.length > 4096) return deny("the path is longer than any file system takes");
  const segments = text.split(platform === "win32" ? /[\\/]/ : "/");
  if (segments.some((segment) => new TextEncoder().encode(segment).length > 255)) return deny("a name in the path is too long");
  if (platform === "win32") {
    const problem = checkWindows(text, segments);
    if (problem) return problem;
  }
  if (control.test(text)) return ask("the path holds control characters");
  if (invisible.test(text)) return ask("the path holds invisible characters");
  if (/^\$\{?[A-Z_][A-Z0-9_]*\}?(?:[\\/]|$)/.test(text) || /^%[^%\\/]+%/.test(text))
    return ask("the path starts with a variable");
  if (/^~[^\\/]/.test(text)) return ask("the path starts with a user name");
  return null;
}

function checkWindows(text: string, segments: string[]): PathProblem | null {
  if (/^[\\/]{2}/.test(text)) return deny("network and device paths are refused: opening one sends credentials");
  if (/^[\\/]\?\?[\\/]/.test(text)) return deny("device paths are refused");
  if (segments.some((segment) => /:[^:]*:|\$(?:DATA|INDEX|I30|ATTRIBUTE|BITMAP)/i.test(segment)))
    return deny("NTFS stream syntax is refused");
  if (segments.some((segment) => devices.test(segment))) return deny("a name in the path is a Windows device");
  const behindDrive = text.replace(/^[A-Za-z]:(?=[\\/])/, "");
  if (/^[A-Za-z]:(?![\\/])/.test(text)) return ask("the path depends on the current folder of another drive");
  if (behindDrive.includes(":")) return ask("the path names an NTFS stream");
  if (segments.some((segment) => /[^.\s][.\s]+$/.test(segment) || /^\.{3,}$/.test(segment)))
    return ask("Windows drops the dot or blank at the end of a name");
  if (segments.some((segment) => /~\d/.test(segment))) return ask("the path may be a short (8.3) name of another file");
  if (/[<>"|?*]/.test(text)) return ask("the path holds characters Windows does not allow");
  return null;
}

const deny = (reason: string): PathProblem => ({ verdict: "deny", reason });
const ask = (reason: string): PathProblem => ({ verdict: "ask", reason });
