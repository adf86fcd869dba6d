import { readSync, writeSync } from "node:fs";

export function writeWhole(fd: number, bytes: Buffer, position: number): void {
  for (let done = 0; done < bytes.length;) done += writeSync(fd, bytes, done, bytes.length - done, position + done);
}

/** After a failed sync the pages count as clean: writing them again makes the next sync mean something. */
export function rewrite(fd: number, from: number, to: number): void {
  const buffer = Buffer.allocUnsafe(Math.min(1 << 20, Math.max(1, to - from)));
  for (let at = from; at < to;) {
    const got = readSync(fd, buffer, 0, Math.min(buffer.length, to - at), at);
    if (got === 0) return;
    writeWhole(fd, buffer.subarray(0, got), at);
    at += got;
  }
}
