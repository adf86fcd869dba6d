import { lstatSync, readdirSync, readFileSync, readlinkSync, statSync } from "node:fs";

/** Configuration files are small; anything bigger is not read at all. */
const smallFile = 256 * 1024;

/** A folder with more is not looked through for a pattern. */
const mostEntries = 2000;

/** The real file system, read synchronously: a decision must not be interleaved with a change. */
export function diskProbe(platform: "linux" | "darwin" | "win32" = platformHere()) {
  return {
    platform,
    lstat(path: string): { kind: "file" | "directory" | "symlink" | "other"; links?: number } | null {
      const stat = attempt(() => lstatSync(path));
      if (stat === null) return null;
      if (stat.isSymbolicLink()) return { kind: "symlink" };
      if (stat.isDirectory()) return { kind: "directory" };
      return stat.isFile() ? { kind: "file", links: stat.nlink } : { kind: "other" };
    },
    readlink: (path: string): string | null => attempt(() => readlinkSync(path)),
    list(path: string): { name: string; link: boolean }[] | null {
      return attempt(() => {
        const entries = readdirSync(path, { withFileTypes: true });
        return entries.length > mostEntries ? null : entries.map((entry) => ({ name: entry.name, link: entry.isSymbolicLink() }));
      });
    },
    readSmall(path: string): string | null {
      return attempt(() => {
        const stat = statSync(path);
        return stat.isFile() && stat.size <= smallFile ? readFileSync(path, "utf8") : null;
      });
    },
  };
}

function platformHere(): "linux" | "darwin" | "win32" {
  return process.platform === "win32" || process.platform === "darwin" ? process.platform : "linux";
}

/** Missing, unreadable, too long: for the guard they all are "nothing is there". */
function attempt<T>(run: () => T): T | null {
  try {
    return run();
  } catch {
    return null;
  }
}
