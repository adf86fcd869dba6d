import type { Stats } from "node:fs";
import type { FileFailure } from "../shared/ports/files";
import { flags, openExactly, type Disk } from "./disk";
import { failureOf, fileFailure } from "./file-failure";
import type { OpenFile } from "./open-file";

export interface RawFile {
  ok: true;
  bytes: Uint8Array;
  stats: Stats;
}

/** The bytes of a regular file at a path without links; never waits for a device or pipe, never reads past `maxBytes`. */
export async function readRaw(disk: Disk, real: string, shown: string, maxBytes: number): Promise<RawFile | FileFailure> {
  let handle: OpenFile | undefined;
  try {
    const refused = refusalOf(await disk.lstat(real), shown, maxBytes);
    if (refused) return refused;
    handle = await openExactly(disk, real, flags.read);
    const stats = await handle.stat();
    const bytes = refusalOf(stats, shown, maxBytes) ?? (await readUpTo(handle, stats.size, maxBytes));
    if ("ok" in bytes) return bytes;
    if (bytes.length > maxBytes) return tooLarge(shown, bytes.length, maxBytes);
    return { ok: true, bytes, stats };
  } catch (error) {
    return failureOf(error, shown, "read");
  } finally {
    await handle?.close().catch(() => {});
  }
}

function refusalOf(stats: Stats, shown: string, maxBytes: number): FileFailure | null {
  if (stats.isDirectory()) return fileFailure("directory", `${shown}: is a folder. List it with Glob, or ls in Bash.`);
  if (!stats.isFile()) return fileFailure("not_a_file", `${shown}: is a device, pipe or socket, not a file.`);
  if (stats.size > maxBytes) return tooLarge(shown, stats.size, maxBytes);
  return null;
}

function tooLarge(shown: string, size: number, maxBytes: number): FileFailure {
  const advice = "Search it with Grep, or look at a part with head, tail or sed -n in Bash.";
  return fileFailure("too_large", `${shown}: has ${megabytes(size)}, the limit is ${megabytes(maxBytes)}. ${advice}`);
}

/** Files of /proc say they have no size: read until the end, or one byte past the cap. */
async function readUpTo(handle: OpenFile, size: number, maxBytes: number): Promise<Uint8Array> {
  let buffer = Buffer.allocUnsafe(Math.min(size + 1, maxBytes + 1));
  let filled = 0;
  for (;;) {
    const { bytesRead } = await handle.read(buffer, filled, buffer.length - filled, filled);
    filled += bytesRead;
    // More was asked for than the file has: coming short of it is the end.
    if (bytesRead === 0 || (filled === size && size > 0) || filled > maxBytes) return buffer.subarray(0, filled);
    if (filled === buffer.length) {
      const larger = Buffer.allocUnsafe(Math.min(Math.max(buffer.length * 2, 65_536), maxBytes + 1));
      buffer.copy(larger);
      buffer = larger;
    }
  }
}

const megabytes = (bytes: number): string => (bytes < 1_048_576 ? `${bytes} bytes` : `${(bytes / 1_048_576).toFixed(1)} MB`);
