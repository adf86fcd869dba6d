import type { PathProbe } from "../types";

export type Platform = PathProbe["platform"];

export const foldsCase = (platform: Platform): boolean => platform !== "linux";

/** One spelling for all platforms: slashes, drive letters as `/c`. */
export function withSlashes(path: string, platform: Platform): string {
  if (platform !== "win32") return path;
  const slashed = path.replaceAll("\\", "/");
  return slashed.replace(/^([A-Za-z]):(?=\/|$)/, (_, drive: string) => `/${drive.toLowerCase()}`);
}

/** Back to what the system calls want. */
export function toNative(path: string, platform: Platform): string {
  const drive = platform === "win32" ? /^\/([a-z])(\/.*)?$/.exec(path) : null;
  return drive ? `${drive[1]?.toUpperCase()}:${(drive[2] ?? "/").replaceAll("/", "\\")}` : path;
}

/** Lexical: `.` and `..` removed, duplicate slashes gone, always absolute. */
export function normalize(path: string, cwd: string): string {
  const whole = path.startsWith("/") ? path : `${cwd}/${path}`;
  const out: string[] = [];
  for (const segment of whole.split("/")) {
    if (segment === "" || segment === ".") continue;
    if (segment === "..") out.pop();
    else out.push(segment);
  }
  return `/${out.join("/")}`;
}

/** By segments, so `/proj-evil` is not inside `/proj`. */
export function isInside(root: string, path: string, platform: Platform): boolean {
  const fold = (text: string): string => (foldsCase(platform) ? text.normalize("NFC").toLowerCase() : text);
  const a = fold(root);
  const b = fold(path);
  return a === b || a === "/" || b.startsWith(`${a}/`);
}
