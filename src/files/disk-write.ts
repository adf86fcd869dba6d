import { randomBytes } from "node:crypto";
import type { Stats } from "node:fs";
import { basename, dirname, join } from "node:path";
import { codeOf } from "../shared/errors";
import { flags, insideOf, openExactly, sameVersion, type Disk, realTarget } from "./disk";
import type { OpenFile } from "./open-file";

export type Replaced = { ok: true; stats: Stats } | { ok: false; why: "changed" | "exists" };

/**
 * Puts `bytes` in the place of the file at `real`, or leaves it as it was and throws. Names stay names of one file:
 * with several hard links, or an owner we cannot give away, the content is written into the file itself.
 */
export async function replaceFile(
  disk: Disk,
  real: string,
  bytes: Uint8Array,
  old: Uint8Array,
  before: Stats,
): Promise<Replaced> {
  if (before.nlink > 1) return writeInto(disk, real, bytes, old, before);
  try {
    return await swapIn(disk, real, bytes, before);
  } catch (error) {
    if (!needsSameFile.has(codeOf(error) ?? "")) throw error;
    return writeInto(disk, real, bytes, old, before);
  }
}

/** Fails when something has the name already, also when it got it a moment ago. */
export async function createFile(disk: Disk, real: string, bytes: Uint8Array): Promise<Replaced> {
  return inFolder(disk, real, async (place, name) => {
    const temporary = await writeTemporary(disk, place, bytes, null);
    try {
      await disk.link(temporary, join(place, name));
    } catch (error) {
      if (codeOf(error) === "EEXIST") return { ok: false, why: "exists" };
      if (!cannotLink.has(codeOf(error) ?? "")) throw error;
      if (await disk.lstat(join(place, name)).catch(() => null)) return { ok: false, why: "exists" };
      await disk.rename(temporary, join(place, name));
    } finally {
      await disk.unlink(temporary).catch(() => {});
    }
    return { ok: true, stats: await disk.lstat(join(place, name)) };
  });
}

/** The folder takes no new file, the owner would change, or the name itself is a mount point. */
const needsSameFile = new Set(["EACCES", "EPERM", "EXDEV", "EBUSY", "OWNER"]);
const cannotLink = new Set(["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EMLINK", "EACCES"]);

async function swapIn(disk: Disk, real: string, bytes: Uint8Array, before: Stats): Promise<Replaced> {
  return inFolder(disk, real, async (place, name) => {
    const temporary = await writeTemporary(disk, place, bytes, before);
    const target = join(place, name);
    let placed = false;
    try {
      if (!sameVersion(await disk.lstat(target), before)) return { ok: false, why: "changed" };
      await renameOver(disk, temporary, target);
      placed = true;
    } finally {
      if (!placed) await disk.unlink(temporary).catch(() => {});
    }
    return { ok: true, stats: await disk.lstat(target) };
  });
}

async function inFolder<T>(disk: Disk, real: string, work: (place: string, name: string) => Promise<T>): Promise<T> {
  if (process.platform === "win32") return work(dirname(real), basename(real));
  const folder = await openExactly(disk, dirname(real), flags.directory);
  try {
    return await work(insideOf(folder, dirname(real)), basename(real));
  } finally {
    settle(folder);
  }
}

/** Only names this room gives, only plain files: nothing else is ever deleted. */
const LEFTOVER = /^\.stride-[0-9a-f]{18}\.tmp$/;

/** After a kill in the middle of a write the target is whole, but the new text may lie beside it. */
export async function removeLeftovers(disk: Disk, path: string): Promise<void> {
  try {
    await inFolder(disk, await realTarget(disk, path), async (place) => {
      const folder = await disk.opendir(place);
      for await (const entry of folder) {
        if (entry.isFile() && LEFTOVER.test(entry.name)) await disk.unlink(join(place, entry.name)).catch(() => {});
      }
    });
  } catch {
    // No such folder any more: then there is nothing left over.
  }
}

async function writeTemporary(disk: Disk, place: string, bytes: Uint8Array, like: Stats | null): Promise<string> {
  const temporary = join(place, `.stride-${randomBytes(9).toString("hex")}.tmp`);
  const handle = await disk.open(temporary, flags.create, like ? 0o600 : 0o666);
  try {
    await writeAll(handle, bytes, 0);
    if (like) await takeAfter(handle, like);
    await handle.sync();
    await handle.close();
    return temporary;
  } catch (error) {
    await handle.close().catch(() => {});
    await disk.unlink(temporary).catch(() => {});
    throw error;
  }
}

async function takeAfter(handle: OpenFile, like: Stats): Promise<void> {
  if (process.platform === "win32") return;
  const mine = await handle.stat();
  if (mine.uid !== like.uid || mine.gid !== like.gid) {
    await handle.chown(like.uid, like.gid).catch(() => {
      throw Object.assign(new Error("the owner would change"), { code: "OWNER" });
    });
  }
  await handle.chmod(like.mode & 0o7777);
}

/**
 * As long as somebody has the old content open its blocks are not given back, which takes some file systems
 * milliseconds: that is then done when it is closed, on another thread.
 */
async function renameOver(disk: Disk, from: string, to: string): Promise<void> {
  if (process.platform === "win32") return renameOnWindows(disk, from, to);
  const old = await disk.open(to, flags.read).catch(() => null);
  try {
    await disk.rename(from, to);
  } finally {
    if (old) behind(old.close());
  }
}

/** Refuses for a moment while a scanner or indexer has the old file open. */
async function renameOnWindows(disk: Disk, from: string, to: string): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await disk.rename(from, to);
    } catch (error) {
      if (attempt === 5) throw error;
      await new Promise((done) => setTimeout(done, attempt * 20));
    }
  }
}

/** New room is claimed before old text is touched, and old text is put back when anything fails after that. */
async function writeInto(disk: Disk, real: string, bytes: Uint8Array, old: Uint8Array, before: Stats): Promise<Replaced> {
  const handle = await openExactly(disk, real, flags.readWrite);
  try {
    if (!sameVersion(await handle.stat(), before)) return { ok: false, why: "changed" };
    try {
      if (bytes.length > old.length) await writeAll(handle, bytes.subarray(old.length), old.length);
      await writeAll(handle, bytes.subarray(0, old.length), 0);
      if (bytes.length < old.length) await handle.truncate(bytes.length);
      await handle.sync();
    } catch (error) {
      await writeAll(handle, old, 0).catch(() => {});
      await handle.truncate(old.length).catch(() => {});
      throw error;
    }
    return { ok: true, stats: await handle.stat() };
  } finally {
    await handle.close().catch(() => {});
  }
}

async function writeAll(handle: OpenFile, bytes: Uint8Array, position: number): Promise<void> {
  let done = 0;
  while (done < bytes.length) {
    const { bytesWritten } = await handle.write(bytes, done, bytes.length - done, position + done);
    if (bytesWritten === 0) throw Object.assign(new Error("nothing was written"), { code: "ENOSPC" });
    done += bytesWritten;
  }
}

const settling = new Set<Promise<void>>();

/**
 * Lets the new name survive a power cut, behind the caller's back: until then it is the old file or the new one,
 * never half of one. Some file systems cannot sync a folder and need not.
 */
function settle(folder: OpenFile): void {
  behind(
    folder
      .sync()
      .catch(() => {})
      .then(() => folder.close()),
  );
}

function behind(work: Promise<void>): void {
  const done = work.catch(() => {}).then(() => void settling.delete(done));
  settling.add(done);
}

/** Every file that was written is in its folder for good. */
export const writesSettled = async (): Promise<void> => void (await Promise.all(settling));
