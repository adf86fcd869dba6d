/** The path a model gave, absolute and without dots, in the notation of the session's folder. */
export function absolutePath(cwd: string, path: string): string {
  const windows = /^[A-Za-z]:[\\/]|^\\\\/.test(cwd);
  const separator = windows ? "\\" : "/";
  const given = windows ? path.replaceAll("/", "\\") : path;
  const rooted = windows ? /^[A-Za-z]:\\|^\\\\/.test(given) : given.startsWith("/");
  const whole = rooted ? given : `${cwd}${separator}${given}`;
  const root = windows ? /^(?:[A-Za-z]:\\|\\\\[^\\]*\\[^\\]*\\?)/.exec(whole)![0] : "/";
  const parts: string[] = [];
  for (const part of whole.slice(root.length).split(separator)) {
    if (part === "..") parts.pop();
    else if (part && part !== ".") parts.push(part);
  }
  return root + parts.join(separator);
}

/** For people: as short as it can be. */
export const shortPath = (path: string): string => path.split(/[\\/]/).slice(-2).join("/");
