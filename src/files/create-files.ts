import { hash as digest } from "node:crypto";
import { dirname } from "node:path";
import type { HostApi, OpenDocument } from "../shared/protocol/host";
import type { FileFailure, FileStat, FileText, Files, WriteDone } from "../shared/ports/files";
import { codeOf } from "../shared/errors";
import { realDisk, realTarget, type Disk } from "./disk";
import { readRaw, type RawFile } from "./disk-read";
import { createFile, replaceFile, removeLeftovers } from "./disk-write";
import { failureOf, fileFailure } from "./file-failure";
import { textChanges } from "./text-changes";
import { decodeText, encodeText, eolOf } from "./text-encoding";

export interface FilesOptions {
  host: Pick<HostApi, "openDocument" | "applyChanges" | "createFile">;
  fs?: Disk;
}

/** Above this a text is searched, not read. */
const maxTextBytes = 20 * 1024 * 1024;

/** The editor's open documents first, the disk otherwise; the same bytes outside of what is changed. */
export function createFiles({ host, fs = realDisk }: FilesOptions): Files {
  return filesAt({ host, disk: fs, pins: new Map(), onDisk: new Map() });
}

interface Place {
  host: FilesOptions["host"];
  disk: Disk;
  /** Where the permission check saw a path lead. */
  pins: ReadonlyMap<string, string>;
  /** Hash of what a path last had on disk, as far as that was seen. */
  onDisk: Map<string, string>;
}

type Read = { ok: true; file: FileText; raw?: RawFile; real?: string };

const filesAt = (place: Place): Files => ({
  stat: (path) => statOf(place.disk, path),
  readText: async (path, options) => {
    const read = await readCurrent(place, path, options?.maxBytes ?? maxTextBytes);
    return read.ok ? { ok: true, file: read.file } : read;
  },
  readBytes: async (path, maxBytes) => {
    const real = await checkedTarget(place, path, "read");
    if (typeof real !== "string") return real;
    const raw = await readRaw(place.disk, real, path, maxBytes);
    return raw.ok ? { ok: true, bytes: raw.bytes } : raw;
  },
  writeText: async (path, text, expected) => {
    const done = await writeText(place, path, text, expected);
    if (done.ok && !done.file.dirty) noteDisk(place, done.file);
    return done;
  },
  listDirectory: (path, limit) => listDirectory(place, path, limit),
  tidy: (path) => removeLeftovers(place.disk, path),
  pinned: (targets) => filesAt({ ...place, pins: new Map(targets.map(({ path, resolved }) => [path, resolved])) }),
});

async function readCurrent(place: Place, path: string, maxBytes: number): Promise<Read | FileFailure> {
  const real = await checkedTarget(place, path, "read");
  const open = await openDocument(place, path, real);
  const buffer: Read | null = open && { ok: true, file: await bufferFile(place.disk, path, open) };
  const disk = typeof real === "string" ? await readDisk(place, path, real, maxBytes) : real;
  if (buffer?.file.dirty) return { ok: true, file: { ...buffer.file, ...movedOnDisk(place, path, disk) } };
  if (disk.ok) noteDisk(place, disk.file);
  return buffer && !isBehind(buffer.file.text, disk) ? buffer : disk;
}

/** The editor takes up what another program wrote a moment later: until then a buffer without changes is yesterday's. */
function isBehind(buffer: string, disk: Read | FileFailure): boolean {
  if (!disk.ok) return disk.problem === "missing";
  const { text, encoding } = disk.file;
  if (buffer === text) return false;
  // Bytes that name no encoding are a guess here, while the editor has what the user set; only damage shows that it guessed too.
  if (encoding === "latin1" && !buffer.includes("\uFFFD")) return false;
  // The editor has one kind of line end for the whole file.
  return sameLineEnds(buffer) !== sameLineEnds(text);
}

const sameLineEnds = (text: string): string => text.replace(/\r\n?/g, "\n");

/** Two programs at one file: the unsaved text stays, the disk's stays, and it is said. */
function movedOnDisk(place: Place, path: string, disk: Read | FileFailure): Pick<FileText, "onDisk"> {
  const known = place.onDisk.get(path);
  if (known === undefined) return {};
  if (!disk.ok) return disk.problem === "missing" ? { onDisk: "deleted" } : {};
  return disk.file.hash === known ? {} : { onDisk: "changed" };
}

const mostNoted = 500;

function noteDisk({ onDisk }: Place, { path, hash }: FileText): void {
  onDisk.delete(path);
  onDisk.set(path, hash);
  if (onDisk.size > mostNoted) onDisk.delete(onDisk.keys().next().value!);
}

async function readDisk(place: Place, path: string, real: string, maxBytes: number): Promise<Read | FileFailure> {
  const raw = await readRaw(place.disk, real, path, maxBytes);
  if (!raw.ok) return raw;
  const decoded = decodeText(raw.bytes);
  if (!decoded.ok)
    return fileFailure(decoded.problem, `${path}: cannot be read as text, ${decoded.why}. ${adviceFor[decoded.problem]}`);
  const { text, encoding, bom } = decoded;
  return { ok: true, raw, real, file: diskFile(path, text, { encoding, bom }, raw.bytes.length, raw.stats.mtimeMs) };
}

const adviceFor = {
  binary: "Look at it with file, strings or xxd in Bash.",
  lossy:
    "Changing it here would damage it: ask the user to open it in the editor with its encoding, or convert it (iconv) first.",
};

/** A pin that no longer holds stops reading and writing alike, also in the buffer. */
async function openDocument(place: Place, path: string, real: string | FileFailure): Promise<OpenDocument | null> {
  if (typeof real !== "string" && place.pins.has(path)) return null;
  const open = await place.host.openDocument(path);
  return open || typeof real !== "string" || real === path ? open : place.host.openDocument(real);
}

async function checkedTarget(place: Place, path: string, doing: "read" | "write"): Promise<string | FileFailure> {
  try {
    const real = await realTarget(place.disk, path);
    const pin = place.pins.get(path);
    if (pin === undefined || pin === real) return real;
    return fileFailure("denied", `${path}: leads to another place than when it was checked. Nothing was changed; try again.`);
  } catch (error) {
    return failureOf(error, path, doing);
  }
}

async function writeText(place: Place, path: string, text: string, expected: string): Promise<WriteDone | FileFailure> {
  const current = await readCurrent(place, path, maxTextBytes);
  if (!current.ok) {
    if (current.problem !== "missing") return current;
    if (expected !== "absent")
      return fileFailure("missing", `${path}: has been deleted since it was read. Write it anew if it should exist.`);
    return createText(place, path, text);
  }
  if (expected === "absent") return fileFailure("exists", `${path}: exists already. Read it first.`, current.file);
  if (current.file.hash !== expected) return stale(path, current.file);
  return current.raw ? writeDisk(place, current as Required<Read>, text) : writeBuffer(place, path, text, expected, false);
}

const stale = (path: string, current: FileText): FileFailure =>
  fileFailure("stale", `${path}: has changed since it was read. Read it again and repeat the change.`, current);

async function writeDisk({ disk }: Place, { file, raw, real }: Required<Read>, text: string): Promise<WriteDone | FileFailure> {
  if (text === file.text) return { ok: true, file, formatted: false, created: false };
  if ((raw.stats.mode & 0o222) === 0)
    return fileFailure("read_only", `${file.path}: is read-only. Ask the user before making it writable.`);
  const bytes = encodeText(text, file.encoding, file.bom);
  if (!bytes) return unwritable(file.path, file.encoding);
  try {
    const done = await replaceFile(disk, real, bytes, raw.bytes, raw.stats);
    if (!done.ok) return stale(file.path, file);
    return {
      ok: true,
      file: diskFile(file.path, text, file, bytes.length, done.stats.mtimeMs),
      formatted: false,
      created: false,
    };
  } catch (error) {
    return failureOf(error, file.path, "write");
  }
}

const unwritable = (path: string, encoding: string): FileFailure =>
  fileFailure(
    "lossy",
    `${path}: is ${encoding} text, and the new text has characters it cannot hold. Use other characters or escapes.`,
  );

/** A new file comes into being through the editor, when there is one, so that language servers follow. */
async function createText(place: Place, path: string, text: string): Promise<WriteDone | FileFailure> {
  const bytes = encodeText(text, "utf8", false);
  if (!bytes) return unwritable(path, "utf8");
  const real = await checkedTarget(place, path, "write");
  if (typeof real !== "string") return real;
  try {
    await place.disk.mkdir(dirname(real), { recursive: true });
    const byEditor = (await place.host.createFile(real)) === null ? await readCurrent(place, path, maxTextBytes) : null;
    if (byEditor?.ok && byEditor.file.text === "") {
      const done = byEditor.raw
        ? await writeDisk(place, byEditor as Required<Read>, text)
        : await writeBuffer(place, path, text, byEditor.file.hash, true);
      if (done.ok) return { ...done, created: true };
      if (byEditor.raw) await place.disk.unlink(real);
      return done;
    }
    if (byEditor?.ok) return fileFailure("exists", `${path}: exists already. Read it first.`, byEditor.file);
    const done = await createFile(place.disk, real, bytes);
    if (!done.ok) return fileFailure("exists", `${path}: exists already. Read it first.`);
    const file = diskFile(path, text, { encoding: "utf8", bom: false }, bytes.length, done.stats.mtimeMs);
    return { ok: true, file, formatted: false, created: true };
  } catch (error) {
    return failureOf(error, path, "write");
  }
}

async function writeBuffer(
  place: Place,
  path: string,
  text: string,
  expected: string,
  created: boolean,
): Promise<WriteDone | FileFailure> {
  const real = await checkedTarget(place, path, "write");
  const open = await openDocument(place, path, real);
  if (!open) return fileFailure("failed", `${path}: was closed in the editor just now. Nothing was changed; try again.`);
  const before = await bufferFile(place.disk, path, open);
  if (before.hash !== expected) return stale(path, before);
  if (open.readOnly) return fileFailure("read_only", `${path}: the editor has it open read-only. Ask the user.`);
  const changes = textChanges(open.text, text);
  if (!changes.length) return { ok: true, file: before, formatted: false, created };
  const applied = await place.host.applyChanges(open.path, open.version, changes);
  if (applied.ok) {
    const after = { ...open, text: applied.text, version: applied.version, dirty: !applied.saved };
    const formatted = applied.text !== text && applied.text.replaceAll("\r\n", "\n") !== text.replaceAll("\r\n", "\n");
    return { ok: true, file: await bufferFile(place.disk, path, after), formatted, created };
  }
  if (applied.why === "read_only") return fileFailure("read_only", `${path}: the editor holds it read-only. Ask the user.`);
  if (applied.why === "stale")
    return stale(path, await bufferFile(place.disk, path, { ...open, text: applied.text ?? open.text, dirty: true }));
  const what = applied.why === "closed" ? "was closed in the editor just now" : "the editor refused the change";
  return fileFailure("failed", `${path}: ${what}. Nothing was changed; read it again and repeat the change.`);
}

async function bufferFile(disk: Disk, path: string, open: OpenDocument): Promise<FileText> {
  const stats = await disk.stat(path).catch(() => null);
  const file = diskFile(path, open.text, { encoding: "utf8", bom: false }, Buffer.byteLength(open.text), stats?.mtimeMs ?? 0);
  return { ...file, source: "buffer", dirty: open.dirty };
}

function diskFile(
  path: string,
  text: string,
  { encoding, bom }: Pick<FileText, "encoding" | "bom">,
  size: number,
  mtimeMs: number,
): FileText {
  return { path, text, encoding, bom, eol: eolOf(text), hash: hashOf(path, text), size, mtimeMs, source: "disk", dirty: false };
}

/** A file is looked at several times around a change: comparing texts is far quicker than hashing them. */
const hashed = new Map<string, { text: string; hash: string }>();
const mostHashed = 8;

function hashOf(path: string, text: string): string {
  const known = hashed.get(path);
  if (known?.text === text) return known.hash;
  // Of 64 bits a step: without help of the processor a third quicker than SHA-256.
  const hash = digest("sha512", text, "hex").slice(0, 64);
  hashed.delete(path);
  hashed.set(path, { text, hash });
  for (const oldest of hashed.keys()) {
    if (hashed.size <= mostHashed) break;
    hashed.delete(oldest);
  }
  return hash;
}

async function statOf(disk: Disk, path: string): Promise<FileStat | null> {
  const stats = await disk.stat(path).catch(() => null);
  return (
    stats && {
      kind: stats.isFile() ? "file" : stats.isDirectory() ? "directory" : "other",
      size: stats.size,
      mtimeMs: stats.mtimeMs,
    }
  );
}

async function listDirectory(place: Place, path: string, limit: number): ReturnType<Files["listDirectory"]> {
  const real = await checkedTarget(place, path, "read");
  if (typeof real !== "string") return real;
  try {
    const entries: { name: string; kind: FileStat["kind"] }[] = [];
    for await (const entry of await place.disk.opendir(real)) {
      if (entries.length === limit) return { ok: true, entries, more: true };
      entries.push({ name: entry.name, kind: entry.isFile() ? "file" : entry.isDirectory() ? "directory" : "other" });
    }
    return { ok: true, entries, more: false };
  } catch (error) {
    if (codeOf(error) === "ENOTDIR") return fileFailure("not_a_file", `${path}: is not a folder. Read it instead.`);
    return failureOf(error, path, "list");
  }
}
