import { opensManual, readOptions, type OptionTable, type OptionUse } from "./option-table";
import type { ShellPart, ShellWord } from "./part";
import { readFind, searchTools } from "./tables/search-tools";
import { fileTools } from "./tables/file-tools";
import { gitReadTable } from "./tables/git-commands";
import { gitOperandPaths } from "./git-shown";
import { systemTools, versionProbes } from "./tables/system-tools";
import { textTools } from "./tables/text-tools";

/** A file that a command names. */
export interface OperandAccess {
  text: string;
  op: "read" | "write";
  /** Its contents come out, so secrets matter. */
  content: boolean;
  recursive: boolean;
  glob: boolean;
  /** Relative to the top of the repository, wherever the command runs in it. */
  fromTop?: true;
}

export interface ReadOnlyUse {
  accesses: OperandAccess[];
  /** A sub-command of git, whose repository must be looked at. */
  git: boolean;
}

const tables: Record<string, OptionTable> = { ...textTools, ...searchTools, ...fileTools, ...systemTools };

export const readOnlyTable = (name: string): OptionTable | undefined => (Object.hasOwn(tables, name) ? tables[name] : undefined);

/** Is this command on the read-only list, with these very options? A text says why not. */
export function readOnlyUse(part: ShellPart, shell: "bash" | "zsh"): ReadOnlyUse | string {
  const words = part.words;
  const name = words[0]?.value ?? "";
  const rest = words.slice(1).map((word) => word.value);
  const special = specialBuiltin(name, rest, words, shell);
  if (special !== undefined) return special;
  if (rest.length === 1 && Object.hasOwn(versionProbes, name) && versionProbes[name]?.includes(rest[0] ?? "")) return noFiles();
  if (name === "git") return readOnlyGit(words);
  if (name === "find") return tableUse(readFind(rest), words, { content: false, globs: false });
  const table = readOnlyTable(name);
  if (!table) return name === "" ? "there is no command" : `${name} is not on the read-only list`;
  return tableUse(readOptions(table, rest), words, table);
}

const noFiles = (): ReadOnlyUse => ({ accesses: [], git: false });

function tableUse(
  use: OptionUse | string,
  words: ShellWord[],
  table: { content: boolean; globs: boolean },
): ReadOnlyUse | string {
  if (typeof use === "string") return use;
  const globs = new Set(words.filter((word) => word.glob).map((word) => word.value));
  if (globs.size > 0 && !table.globs) return "an unquoted pattern may expand to an option";
  const reads = use.reads.filter((text) => text !== "-" && text !== "");
  const recursive = use.recursive;
  const places = reads.length === 0 && recursive ? ["."] : reads;
  return {
    git: false,
    accesses: places.map((text) => ({ text, op: "read", content: table.content, recursive, glob: globs.has(text) })),
  };
}

function readOnlyGit(words: ShellWord[]): ReadOnlyUse | string {
  let i = 1;
  while (["--no-pager", "-P", "--no-optional-locks", "--literal-pathspecs"].includes(words[i]?.value ?? "")) i++;
  if (words.some((word) => word.glob && !/^[^*?[]+\[[^*?[\]]+\]$/.test(word.value)))
    return "an unquoted pattern may expand to an option";
  if (words.some((word) => word.glob)) return "an unquoted pattern may expand to an option";
  const found = gitReadTable(words.slice(i).map((word) => word.value));
  if (typeof found === "string") return found;
  const use = readOptions(found.table, found.rest);
  if (typeof use === "string") return `git: ${use}`;
  if (opensManual(use)) return "git --help starts a manual reader";
  const sub = words[i]?.value;
  const content = ["show", "cat-file", "diff", "log", "blame", "annotate", "grep", "stash", "whatchanged"].includes(sub ?? "");
  // `-L 1,5:file` names a file as well.
  const ranges = use.options.flatMap(({ name, value = "" }) => (name === "-L" ? gitOperandPaths(value) : []));
  const named = [...use.operands.flatMap(gitOperandPaths), ...ranges.map(({ text }) => ({ text }))];
  const magic = use.operands.find((operand) => /^:\(|^:[!^/]/.test(operand) && /\.\.\/|^:\([^)]*\)\//.test(operand));
  if (magic !== undefined) return `git: the pathspec ${magic} may leave the workspace`;
  return {
    git: true,
    accesses: named.map((one) => ({ op: "read", content, recursive: false, glob: false, ...one })),
  };
}

const testUnary = new Set("-e -f -d -s -r -w -x -L -h -p -S -b -c -g -u -k -O -G -N".split(" "));

function specialBuiltin(
  name: string,
  rest: string[],
  words: ShellWord[],
  shell: "bash" | "zsh",
): ReadOnlyUse | string | undefined {
  switch (name) {
    case "echo":
      return noFilesUnlessGlob(words);
    case "printf":
      if (rest[0] === undefined || rest[0].startsWith("-")) return "printf with an option may set a variable";
      if (shell === "zsh" && !/^(?:[^%]|%%|%[-\d.]*s)*$/.test(rest[0])) return "zsh evaluates numbers given to printf";
      return noFilesUnlessGlob(words);
    case "command":
      return /^-[vV]$/.test(rest[0] ?? "") && rest.length > 1 && rest.slice(1).every((word) => !word.startsWith("-"))
        ? noFiles()
        : "command runs its argument";
    case "test":
      return testCommand(rest, words);
    case "[":
      return rest.at(-1) === "]" ? testCommand(rest.slice(0, -1), words) : "the test has no end";
    case "[[":
      return { git: false, accesses: rest.map((text) => ({ text, op: "read", content: false, recursive: false, glob: false })) };
    case "cd":
      return noFiles();
    default:
      return undefined;
  }
}

function noFilesUnlessGlob(words: ShellWord[]): ReadOnlyUse {
  // A pattern prints names, `~` prints a place: both are judged like a listing of it.
  const shown = words.filter((word) => word.glob || word.home);
  return {
    git: false,
    accesses: shown.map(({ value, glob }) => ({ text: value, op: "read", content: false, recursive: false, glob })),
  };
}

/** Only file tests, text comparison and plain numbers: everything else can evaluate what is inside its operands. */
function testCommand(rest: string[], words: ShellWord[]): ReadOnlyUse | string {
  if (words.some((word) => word.glob && word.value !== "[")) return "an unquoted pattern may expand to an operator";
  const accesses: OperandAccess[] = [];
  const file = (text: string): number => accesses.push({ text, op: "read", content: false, recursive: false, glob: false });
  const body = rest[0] === "!" ? rest.slice(1) : rest;
  const [a = "", b = "", c = ""] = body;
  if (body.length === 1 && !a.startsWith("-")) return { git: false, accesses };
  if (body.length === 2 && testUnary.has(a)) file(b);
  else if (body.length === 2 && (a === "-n" || a === "-z")) return { git: false, accesses };
  else if (body.length === 3 && ["=", "==", "!="].includes(b)) return { git: false, accesses };
  else if (body.length === 3 && ["-nt", "-ot", "-ef"].includes(b)) [a, c].forEach(file);
  else if (body.length === 3 && /^-(?:eq|ne|lt|le|gt|ge)$/.test(b) && [a, c].every((word) => /^-?\d+$/.test(word)))
    return { git: false, accesses };
  else return "this test may evaluate its operands";
  return { git: false, accesses };
}
