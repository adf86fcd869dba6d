import * as fs from "node:fs";
import { promisify } from "node:util";

/** An open file: the part of node's FileHandle that we use. */
export interface OpenFile {
  readonly fd: number;
  stat(): Promise<fs.Stats>;
  read(buffer: Uint8Array, offset: number, length: number, position: number): Promise<{ bytesRead: number }>;
  write(buffer: Uint8Array, offset: number, length: number, position: number): Promise<{ bytesWritten: number }>;
  truncate(length: number): Promise<void>;
  chmod(mode: number): Promise<void>;
  chown(uid: number, gid: number): Promise<void>;
  sync(): Promise<void>;
  close(): Promise<void>;
}

/** From here on another thread moves the bytes. */
const largePiece = 256 * 1024;
const readFar = promisify(fs.read);
const writeFar = promisify(fs.write);
const syncFar = promisify(fs.fsync);
const closeFar = promisify(fs.close);

/**
 * What the kernel answers from memory is done at once: handing it to another thread and back costs ten times as much.
 * Large pieces and waiting for the device are done elsewhere.
 */
export async function openFile(path: fs.PathLike, flags: number, mode?: number): Promise<OpenFile> {
  const fd = fs.openSync(path, flags, mode);
  return {
    fd,
    stat: async () => fs.fstatSync(fd),
    async read(buffer, offset, length, position) {
      if (length > largePiece) return readFar(fd, buffer, offset, length, position);
      return { bytesRead: fs.readSync(fd, buffer, offset, length, position) };
    },
    async write(buffer, offset, length, position) {
      if (length > largePiece) return writeFar(fd, buffer, offset, length, position);
      return { bytesWritten: fs.writeSync(fd, buffer, offset, length, position) };
    },
    truncate: async (length) => fs.ftruncateSync(fd, length),
    chmod: async (mode) => fs.fchmodSync(fd, mode),
    chown: async (uid, gid) => fs.fchownSync(fd, uid, gid),
    sync: () => syncFar(fd),
    close: () => closeFar(fd),
  };
}
