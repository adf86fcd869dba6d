import type { FileFailure, FileProblem, FileText } from "../shared/ports/files";
import { codeOf, messageOf } from "../shared/errors";

export function fileFailure(problem: FileProblem, message: string, current?: FileText): FileFailure {
  return current ? { ok: false, problem, message, current } : { ok: false, problem, message };
}

/** What the operating system refused, in words that say what to do next. */
export function failureOf(error: unknown, path: string, doing: "read" | "write" | "list"): FileFailure {
  const code = codeOf(error) ?? "";
  const known = table[code];
  if (known) return fileFailure(known[0], `${path}: ${known[1]}`);
  return fileFailure("failed", `${path}: could not ${doing} it (${code || messageOf(error)}). Nothing was changed.`);
}

const table: Record<string, [FileProblem, string]> = {
  ENOENT: ["missing", "does not exist. Check the path with Glob."],
  ENOTDIR: ["missing", "a part of the path is a file, not a folder. Check the path with Glob."],
  EISDIR: ["directory", "is a folder. List it with Glob, or ls in Bash."],
  EACCES: ["denied", "no permission. Nothing was changed; ask the user to change the permissions or choose another file."],
  EPERM: ["denied", "the system does not permit this. Nothing was changed; ask the user."],
  EROFS: ["read_only", "the disk is mounted read-only. Nothing was changed; choose another place."],
  ENOSPC: ["no_space", "the disk is full. The file is as it was; free space and try again."],
  EDQUOT: ["no_space", "the disk quota is used up. The file is as it was; free space and try again."],
  EFBIG: ["no_space", "the file would be larger than the disk allows. It is as it was."],
  EMFILE: ["failed", "too many files are open. Nothing was changed; try again in a moment."],
  ENFILE: ["failed", "the system has too many open files. Nothing was changed; try again in a moment."],
  ENAMETOOLONG: ["failed", "the name is too long for this disk. Choose a shorter one."],
  ELOOP: ["denied", "a symbolic link stands where a file was expected, or links go in a circle. Use the real path."],
  EXDEV: ["failed", "the file is on another disk than its folder and cannot be replaced as a whole. Nothing was changed."],
  EBUSY: ["failed", "another program holds it. Nothing was changed; close that program or try again."],
  ETXTBSY: ["failed", "it is a program that runs right now. Nothing was changed; stop it first."],
  EIO: ["failed", "the disk reports an error. Nothing was changed; ask the user to check the disk."],
  ENXIO: ["not_a_file", "is a device, pipe or socket, not a file."],
  EINVAL: ["failed", "the path has a character this system does not allow."],
  ERR_INVALID_ARG_VALUE: ["failed", "the path has a character this system does not allow."],
};
