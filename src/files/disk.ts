import { constants, lstatSync, readlinkSync, realpathSync, statSync, type PathLike, type Stats } from "node:fs";
import * as fs from "node:fs/promises";
import { basename, dirname, join } from "node:path";

/** The calls we make, so that a test can let each of them fail. */
export type Disk = Pick<
  typeof fs,
  "open" | "lstat" | "stat" | "realpath" | "readlink" | "mkdir" | "rename" | "link" | "unlink" | "opendir"
>;

/** Looking something up takes microseconds, handing it to another thread and back a tenth of a millisecond. */
const lookups = {
  lstat: async (path: PathLike) => lstatSync(path),
  stat: async (path: PathLike) => statSync(path),
  realpath: async (path: PathLike) => realpathSync.native(path),
  readlink: async (path: PathLike) => readlinkSync(path),
} as Pick<Disk, "lstat" | "stat" | "realpath" | "readlink">;

export const realDisk: Disk = { ...fs, ...lookups };

const noFollow = constants.O_NOFOLLOW ?? 0;
/** Opening a pipe nobody writes to would wait for ever. */
const noWait = constants.O_NONBLOCK ?? 0;
const directoryOnly = constants.O_DIRECTORY ?? 0;

export const flags = {
  read: constants.O_RDONLY | noFollow | noWait,
  readWrite: constants.O_RDWR | noFollow | noWait,
  create: constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | noFollow,
  directory: constants.O_RDONLY | directoryOnly | noFollow,
};

/** Where a path leads once links are followed; parts that do not exist yet stay as they are written. */
export async function realTarget(disk: Disk, path: string): Promise<string> {
  try {
    return await disk.realpath(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT" || dirname(path) === path) throw error;
    const link = await disk.lstat(path).catch(() => null);
    if (link) throw Object.assign(new Error("broken symbolic link"), { code: "ELOOP" });
    return join(await realTarget(disk, dirname(path)), basename(path));
  }
}

/**
 * Opens exactly `real`, which has no links in it: a link put in its place since it was resolved is not followed,
 * neither as the last part (no-follow) nor further up (the opened thing is asked where it is).
 */
export async function openExactly(disk: Disk, real: string, how: number): Promise<fs.FileHandle> {
  const handle = await disk.open(real, how);
  try {
    if (await standsAt(disk, handle, real)) return handle;
  } catch (error) {
    await handle.close();
    throw error;
  }
  await handle.close();
  throw Object.assign(new Error("the path leads somewhere else now"), { code: "ELOOP" });
}

async function standsAt(disk: Disk, handle: fs.FileHandle, real: string): Promise<boolean> {
  if (process.platform === "linux") return (await disk.readlink(`/proc/self/fd/${handle.fd}`)) === real;
  const [opened, named, again] = [await handle.stat(), await disk.lstat(real), await disk.realpath(real)];
  return opened.ino === named.ino && opened.dev === named.dev && again === real;
}

/** Paths below stay inside the opened folder even when the folder's name is given to another one meanwhile. */
export const insideOf = (folder: fs.FileHandle, real: string): string =>
  process.platform === "linux" ? `/proc/self/fd/${folder.fd}` : real;

export const sameVersion = (a: Stats, b: Stats): boolean =>
  a.ino === b.ino && a.dev === b.dev && a.size === b.size && a.mtimeMs === b.mtimeMs && a.ctimeMs === b.ctimeMs;
