/** Files as the engine sees them: the editor's unsaved buffer first, the disk otherwise. Implemented by src/files. */

export type Eol = "lf" | "crlf" | "cr" | "mixed" | "none";
export type Encoding = "utf8" | "utf16le" | "utf16be" | "latin1";

export interface FileText {
  /** Absolute, as asked for. */
  path: string;
  /** Decoded, without byte order mark, line ends as they are. */
  text: string;
  encoding: Encoding;
  bom: boolean;
  eol: Eol;
  /** SHA-256 of `text`: what a later write must still find. */
  hash: string;
  size: number;
  mtimeMs: number;
  source: "disk" | "buffer";
  /** The buffer holds text that is not on disk. */
  dirty: boolean;
  /** Beside unsaved text: the disk has something else than when the file was last read or written here. */
  onDisk?: "changed" | "deleted";
}

export type FileProblem =
  | "missing"
  | "directory"
  | "not_a_file" // socket, device, pipe
  | "binary"
  | "lossy" // cannot be decoded and written back byte for byte
  | "too_large"
  | "denied"
  | "read_only"
  | "stale" // changed since it was read; `current` has what is there now
  | "exists"
  | "no_space"
  | "failed";

export interface FileFailure {
  ok: false;
  problem: FileProblem;
  /** For people and models alike, says what to do next. */
  message: string;
  current?: FileText;
}

export interface WriteDone {
  ok: true;
  /** What stands there after the save; differs from what was asked when a formatter ran. */
  file: FileText;
  /** Set when the editor's save changed more than was asked. */
  formatted: boolean;
  created: boolean;
}

export interface FileStat {
  kind: "file" | "directory" | "other";
  size: number;
  mtimeMs: number;
}

export interface Files {
  stat(path: string): Promise<FileStat | null>;
  readText(path: string, options?: { maxBytes?: number }): Promise<{ ok: true; file: FileText } | FileFailure>;
  readBytes(path: string, maxBytes: number): Promise<{ ok: true; bytes: Uint8Array } | FileFailure>;
  /**
   * Writes the whole text; only what differs is touched in an open buffer. `expected`: the hash the text
   * must still have, or "absent". Never leaves a file shorter or half written.
   */
  writeText(path: string, text: string, expected: string): Promise<WriteDone | FileFailure>;
  listDirectory(
    path: string,
    limit: number,
  ): Promise<{ ok: true; entries: { name: string; kind: FileStat["kind"] }[]; more: boolean } | FileFailure>;
  /** Takes away what a killed writer of this file left beside it. */
  tidy?(path: string): Promise<void>;
  /** The same files, but these paths only as long as they still lead where the permission check saw them lead. */
  pinned?(targets: readonly { path: string; resolved: string }[]): Files;
}

export interface SeenFile {
  hash: string;
  text?: string;
  /** Of the file, when it held just this text. */
  stat?: Pick<FileStat, "size" | "mtimeMs">;
}

/** What the model has read in this session, so that an edit of unread or changed text is refused. */
export interface SeenFiles {
  get(path: string): SeenFile | undefined;
  set(path: string, seen: SeenFile): void;
  paths(): string[];
}
