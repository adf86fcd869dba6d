import * as fs from "node:fs";
import { opendir } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { openFile, type OpenFile } from "./open-file";

/** The calls we make, so that a test can let each of them fail. */
export interface Disk {
  open(path: string, flags: number, mode?: number): Promise<OpenFile>;
  lstat(path: string): Promise<fs.Stats>;
  stat(path: string): Promise<fs.Stats>;
  realpath(path: string): Promise<string>;
  readlink(path: string): Promise<string>;
  mkdir(path: string, options: { recursive: true }): Promise<string | undefined>;
  rename(from: string, to: string): Promise<void>;
  link(from: string, to: string): Promise<void>;
  unlink(path: string): Promise<void>;
  opendir: typeof opendir;
}

/** Names are looked up and changed in microseconds; handing that to another thread and back takes a tenth of a millisecond. */
export const realDisk: Disk = {
  open: openFile,
  lstat: async (path) => fs.lstatSync(path),
  stat: async (path) => fs.statSync(path),
  realpath: async (path) => fs.realpathSync.native(path),
  readlink: async (path) => fs.readlinkSync(path),
  mkdir: async (path, options) => fs.mkdirSync(path, options),
  rename: async (from, to) => fs.renameSync(from, to),
  link: async (from, to) => fs.linkSync(from, to),
  unlink: async (path) => fs.unlinkSync(path),
  opendir,
};

const { constants } = fs;
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
export async function openExactly(disk: Disk, real: string, how: number): Promise<OpenFile> {
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

async function standsAt(disk: Disk, handle: OpenFile, real: string): Promise<boolean> {
  if (process.platform === "linux") return (await disk.readlink(`/proc/self/fd/${handle.fd}`)) === real;
  const [opened, named, again] = [await handle.stat(), await disk.lstat(real), await disk.realpath(real)];
  return opened.ino === named.ino && opened.dev === named.dev && again === real;
}

/** Paths below stay inside the opened folder even when the folder's name is given to another one meanwhile. */
export const insideOf = (folder: OpenFile, real: string): string =>
  process.platform === "linux" ? `/proc/self/fd/${folder.fd}` : real;

export const sameVersion = (a: fs.Stats, b: fs.Stats): boolean =>
  a.ino === b.ino && a.dev === b.dev && a.size === b.size && a.mtimeMs === b.mtimeMs && a.ctimeMs === b.ctimeMs;
