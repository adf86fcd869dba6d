import { gitRuleCommands } from "./tables/git-rule-options";
import { anyHazard, exactOnly, interpreters, ruleHazards, runners, unpackers } from "./tables/launchers";
import { gitReadTable } from "./tables/git-commands";
import { opensManual, readOptions } from "./option-table";
import { readOnlyTable, type OperandAccess } from "./operands";
import type { ShellWord } from "./part";
import { readFind } from "./tables/search-tools";

/** All operands of these are written (or deleted, or linked to). */
const writers = new Set(
  "mkdir touch rm rmdir unlink mv ln tee truncate shred rsync install mkfifo mknod chmod chown chgrp chattr setfacl patch split csplit link rename srm trash mktemp ditto scp".split(
    " ",
  ),
);

const inPlaceEditors = new Set(["sed", "perl", "ruby", "yq", "gawk"]);
const carriers = new Set(["tar", "zip", "7z", "rsync", "scp", "mv", "ditto", "cpio"]);

/** What a command that is not read-only names on disk, as far as its words tell. */
export function namedFiles(words: ShellWord[]): OperandAccess[] {
  const name = words[0]?.value ?? "";
  const out: OperandAccess[] = [];
  const inPlace = inPlaceEditors.has(name) && words.some((word) => /^-[a-zA-Z0-9]*i|^--in-place/.test(word.value));
  const recursive = carriers.has(name) || words.some((word) => /^-[a-zA-Z]*[rRa][a-zA-Z]*$/.test(word.value));
  const moved = { last: words.length - 2, changes: changedByGit(name, words) };
  let rest = false;
  let output = false;
  for (const [i, word] of words.slice(1).entries()) {
    const value = word.value;
    if (value === "--" && !rest) {
      rest = true;
      continue;
    }
    const option = !rest && value.startsWith("-") && value !== "-";
    const write =
      writers.has(name) ||
      inPlace ||
      output ||
      (option && /^(?:-[oO].|--out(?:put|file|-file|put-file)?=)/.test(value)) ||
      moved.changes ||
      (name === "cp" && i === moved.last) ||
      (name === "dd" && value.startsWith("of="));
    output = option && /^(?:-o|-O|-P|--out(?:put|file|-file|put-file)?|--directory-prefix)$/.test(value);
    output ||= option && copiers.has(name) && /^(?:-[a-zA-Z]*t|--target-directory)$/.test(value);
    if (option && wholeFolders.has(name)) continue;
    for (const text of option ? optionPaths(value) : operandPaths(value)) {
      out.push({
        text,
        op: write ? "write" : "read",
        content: true,
        recursive: recursive && (!write || wholeFolders.has(name)),
        glob: word.glob,
      });
    }
  }
  return [...out, ...insideTarget(name, words), ...searchedFolder(name, words)];
}

/** They take a folder with all that is in it. */
const wholeFolders = new Set(["rm", "mv", "shred", "srm", "trash", "chmod", "chown", "chgrp"]);
const copiers = new Set(["cp", "mv", "install", "ln", "rsync", "scp", "ditto"]);

/** Where a copy ends up when its target is a folder: below it, under its old name. */
function insideTarget(name: string, words: ShellWord[]): OperandAccess[] {
  if (!copiers.has(name)) return [];
  const values = words.slice(1).map((word) => word.value);
  const at = values.findIndex((word) => /^(?:-[a-zA-Z]*t|--target-directory)$/.test(word));
  const joined = values.find((word) => /^(?:-[a-zA-Z]*t.|--target-directory=)/.test(word));
  const operands = values.filter((word, i) => !word.startsWith("-") && (at < 0 || i !== at + 1));
  const given = at >= 0 ? values[at + 1] : joined?.replace(/^(?:-[a-zA-Z]*t|--target-directory=)/, "");
  const target = given ?? (operands.length > 1 ? operands.at(-1) : undefined);
  if (target === undefined) return [];
  const folders = values.some((word) => /^-[a-zA-Z]*[rRa]|^--(?:recursive|archive)$/.test(word));
  const sources = given === undefined ? operands.slice(0, -1) : operands;
  return sources.slice(0, 50).map((source) => {
    const base = source.replace(/\/+$/, "").replace(/^.*\//, "");
    const text = base === "" || base === "." || base === ".." ? target : `${target}/${base}`;
    return { text, op: "write", content: true, recursive: folders, glob: /[*?[]/.test(text) };
  });
}

/** Sub-commands that change the files they name. */
const changedByGit = (name: string, words: ShellWord[]): boolean =>
  name === "git" && words.slice(1, 4).some(({ value }) => /^(?:checkout|restore|rm|mv|clean|reset|apply)$/.test(value));

/** A search without a place reads the whole folder. */
function searchedFolder(name: string, words: ShellWord[]): OperandAccess[] {
  const recursive = words.slice(1).some(({ value }) => /^-[a-zA-Z]*[rR]|^--(?:dereference-)?recursive$/.test(value));
  const searches = ["rg", "ag", "ack"].includes(name) || (name === "grep" && recursive);
  return searches ? [{ text: ".", op: "read", content: true, recursive: true, glob: false }] : [];
}

function optionPaths(value: string): string[] {
  const equals = value.indexOf("=");
  if (equals >= 0) return [value.slice(equals + 1), ...operandPaths(value.slice(equals + 1))];
  return value.startsWith("--") || value.length <= 2 ? [] : [value.slice(2)];
}

function operandPaths(value: string): string[] {
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(value) || value === "") return [];
  const out = [value];
  const behind = value.replace(/^@/, "");
  if (behind !== value) out.push(behind);
  if (/\s/.test(value) && !/^[/~.]/.test(value)) return [];
  if (/[=:,]/.test(value))
    out.push(
      ...value
        .split(/[=:,]/)
        .map((piece) => piece.replace(/^[@<]/, ""))
        .filter((piece) => piece !== ""),
    );
  return out;
}

/** Why a prefix rule with these literal words does not cover the command; only an exact rule does. */
export function prefixProblem(words: ShellWord[], named: readonly string[]): string | undefined {
  const name = words[0]?.value ?? "";
  const rest = words.slice(1).map((word) => word.value);
  if (exactOnly.has(name)) return `${name} needs an exact rule`;
  const runner = runners.find((prefix) => prefix.every((token, i) => token === "*" || words[i]?.value === token));
  const depth = Math.max(
    0,
    ...runners
      .filter((prefix) => prefix.every((token, i) => token === "*" || words[i]?.value === token))
      .map((prefix) => prefix.length),
  );
  if (runner && (named.length <= depth || (named[depth] ?? "").startsWith("-")))
    return `the rule names only the runner ${runner.filter((token) => token !== "*").join(" ")}, not what it runs`;
  if (runner && ["env", "sudo", "doas", "xargs", "."].includes(name)) return `${name} needs an exact rule`;
  if (interpreters.has(name)) {
    if (named.length < 2) return `the rule names only the interpreter ${name}`;
    if (/^-{1,2}(?:c|e|eval|exec|r|p|print|command|E|n|i)$/.test(named[1] ?? "") || named[1] === "-")
      return `${name} ${named[1]} runs any program text`;
    if (rest.some((word) => /^-[a-zA-Z]*c$/.test(word)) && /^(?:ba|z|da|k|a|fi|c|tc)?sh$/.test(name))
      return `${name} -c runs any program text`;
  }
  return hazard(name, words, named.length);
}

function hazard(name: string, words: ShellWord[], named: number): string | undefined {
  const rest = words.slice(1).map((word) => word.value);
  const free = words.slice(Math.max(1, named)).map((word) => word.value);
  if (name === "git") return gitProblem(rest);
  if (name === "curl") return curlProblem(rest, free);
  if (name === "tar")
    return rest.every((word, i) => tarOption(word, i)) ? undefined : "tar has options that run programs or write elsewhere";
  const listing = Object.hasOwn(unpackers, name) ? unpackers[name] : undefined;
  if (listing && !rest.some((word) => listing.test(word))) return `what ${name} unpacks may overwrite any file`;
  if (name === "printf" && rest[0]?.startsWith("-")) return "printf with an option may set a variable";
  if (name === "awk" || name === "gawk" || name === "mawk") return "awk programs can run commands";
  const table = tableProblem(name, words);
  if (table) return `${table}: a prefix rule does not cover that`;
  const own = Object.hasOwn(ruleHazards, name) ? ruleHazards[name] : undefined;
  const bad = free.find((word) => own?.test(word)) ?? free.find((word) => anyHazard.test(word));
  return bad === undefined ? undefined : `${bad} is not covered by a prefix rule: it may run a program or write a file`;
}

/** Reads more than the built-in list grants, but neither writes nor runs: fine under a rule. */
const benign: Record<string, RegExp> = {
  grep: /^-R$|^--dereference-recursive$/,
  rg: /^-[Lu.]+$|^--(?:follow|hidden|no-ignore(?:-vcs)?|unrestricted)$/,
  find: /^-L$/,
  tail: /^-[fF]$|^--follow$/,
  tree: /^-l$/,
  fd: /^-[HIuL]+$|^--(?:hidden|no-ignore|follow|unrestricted)$/,
};

function tableProblem(name: string, words: ShellWord[]): string | undefined {
  const table = readOnlyTable(name);
  const free = words
    .slice(1)
    .map((word) => word.value)
    .filter((word) => !(Object.hasOwn(benign, name) && benign[name]?.test(word)));
  const use = name === "find" ? readFind(free) : table && !specialForms.has(name) ? readOptions(table, free) : undefined;
  return typeof use === "string" ? use : undefined;
}

/** Judged by hand, not by their table. */
const specialForms = new Set(["echo", "printf", "test", "[", "cd", "command"]);

function tarOption(word: string, index: number): boolean {
  if (word.startsWith("--")) {
    return /^--(?:list|verbose|file|gzip|bzip2|xz|zstd|create|exclude|strip-components|directory|wildcards|no-same-owner|one-top-level|exclude-vcs|keep-old-files)(?:=|$)/.test(
      word,
    );
  }
  if (word.startsWith("-") || index === 0)
    return /^-?[ctvzjJfpkmhOC]+(?:\d|$)/.test(word) || !(word.startsWith("-") || /^[A-Za-z]+$/.test(word));
  return true;
}

function curlProblem(rest: string[], free: string[]): string | undefined {
  const flags =
    /^-[sSfLiIkvgG46#]+$|^--(?:silent|show-error|fail|location|include|head|verbose|compressed|get|insecure|globoff|fail-with-body|no-progress-meter|http[12](?:\.1)?|ipv4|ipv6|progress-bar)$/;
  const values =
    /^(?:-[HXdAmu]|-[sSfLiIk]*[HXdmA]|--(?:header|request|data|data-raw|data-urlencode|json|user|user-agent|max-time|connect-timeout|retry|retry-delay))$/;
  for (let i = 0; i < rest.length; i++) {
    const word = rest[i] as string;
    if (values.test(word)) {
      if (/^@|[^\s=]*@[./~]/.test(rest[i + 1] ?? "")) return "curl would send a file";
      i++;
    } else if (word.startsWith("-") && !flags.test(word)) return `curl ${word} is not covered by a prefix rule`;
  }
  const foreign = rest.find((word) => /^(?!https?:)[a-z][a-z0-9+.-]*:\/*[^/\s]*\//i.test(word) && !/^[\w.-]+:\d/.test(word));
  if (foreign !== undefined) return `curl ${foreign}: only http addresses are covered by a prefix rule`;
  const urls = rest.filter((word) => !word.startsWith("-") && /^[a-z]+:\/\/|^[\w-]+(?:\.[\w-]+)+(?:[/:]|$)/i.test(word));
  const more = free.filter((word) => urls.includes(word));
  return more.length > 0 && urls.length > 1 ? "the rule names one address, the command has more" : undefined;
}

/** Rules for git cover what is listed, so aliases, helpers and new options ask. */
function gitProblem(rest: string[]): string | undefined {
  const at = rest.findIndex((word) => word !== "--no-pager");
  const words = rest.slice(at < 0 ? 0 : at);
  const sub = words[0] ?? "";
  if (sub.startsWith("-")) return `git ${sub} changes what git runs`;
  const read = gitReadTable(words);
  const asRead = typeof read === "string" ? read : readOptions(read.table, read.rest);
  if (typeof asRead !== "string") return opensManual(asRead) ? "git --help starts a manual reader" : undefined;
  const table = Object.hasOwn(gitRuleCommands, sub) ? gitRuleCommands[sub] : undefined;
  if (!table) return `git ${sub} needs an exact rule`;
  const use = readOptions(table, words.slice(1));
  if (typeof use === "string") return `git ${sub}: ${use}`;
  if (opensManual(use)) return "git --help starts a manual reader";
  return use.operands.some((word) => /^ext::|^fd::|::/.test(word)) ? "this transport runs a program" : undefined;
}
