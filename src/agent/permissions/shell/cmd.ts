import type { OperandAccess } from "./operands";

const readers: Record<string, RegExp> = {
  dir: /^\/(?:b|s|w|d|p|n|x|q|4|l|a(?::?[-dhsrail]+)?|o(?::?[-nsegd]+)?|t(?::?[caw])?|c)$/i,
  type: /^$/,
  cd: /^$/,
  echo: /^/,
  ver: /^$/,
  vol: /^$/,
  whoami: /^\/(?:user|groups|upn)$/i,
  hostname: /^$/,
  where: /^\/(?:q|t)$/i,
  tree: /^\/(?:f|a)$/i,
  findstr: /^\/(?:b|e|l|r|s|i|x|v|n|m|o|p|c:.*)+$/i,
};

export interface CmdPart {
  text: string;
  words: string[];
  accesses: OperandAccess[];
  why?: string;
}

/** cmd.exe re-reads its line several times: only a single plain command is understood. */
export function cmdParts(line: string): CmdPart[] {
  if (/[&|<>^%!()@,;=`\n\r]/.test(line) || (line.match(/"/g)?.length ?? 0) % 2 === 1) {
    return loose(line).map((words) => ({
      text: words.join(" "),
      words,
      accesses: [],
      why: "cmd.exe syntax that is not analysed",
    }));
  }
  const words = [...line.matchAll(/"([^"]*)"|(\S+)/g)].map((match) => match[1] ?? match[2] ?? "");
  const name = (words[0] ?? "").toLowerCase();
  const out: CmdPart = { text: line, words: [name, ...words.slice(1)], accesses: [] };
  const options = Object.hasOwn(readers, name) ? readers[name] : undefined;
  if (!options) return [{ ...out, why: `${name} is not on the read-only list` }];
  if (name === "echo") return [out];
  const bad = words.slice(1).find((word) => word.startsWith("/") && !options.test(word));
  if (bad !== undefined) return [{ ...out, why: `option ${bad} is not on the read-only list` }];
  const operands = words.slice(1).filter((word) => !word.startsWith("/"));
  if (["cd", "ver", "vol", "whoami", "hostname"].includes(name) && operands.length > 0)
    return [{ ...out, why: `${name} with an operand is not on the read-only list` }];
  const paths = name === "findstr" ? operands.slice(1) : name === "where" ? [] : operands;
  if (paths.some((path) => /:/.test(path))) return [{ ...out, why: "a drive or stream is named" }];
  out.accesses = paths.map((path) => ({
    text: path.replaceAll("\\", "/"),
    op: "read",
    content: name !== "dir" && name !== "tree",
    recursive: false,
    glob: /[*?]/.test(path),
  }));
  return [out];
}

function loose(line: string): string[][] {
  return line
    .replace(/[\^"]/g, "")
    .split(/[&|<>()\n\r]+/)
    .map((piece) => piece.trim().replace(/^@/, "").split(/\s+/).filter(Boolean))
    .filter((words) => words.length > 0)
    .flatMap((words) =>
      /^(?:cmd|call|start|for|if|do|else)(?:\.exe)?$/i.test(words[0] ?? "") ? words.map((_, i) => words.slice(i)) : [words],
    )
    .map((words) => [
      (words[0] ?? "")
        .toLowerCase()
        .replace(/\.exe$/, "")
        .replace(/^.*\\/, ""),
      ...words.slice(1),
    ]);
}

export function cmdFloor(words: string[]): string | undefined {
  const name = words[0] ?? "";
  if (name === "format" || name === "diskpart") return "it destroys a disk";
  const deep = words.some((word) => /^\/s/i.test(word));
  if (!["rd", "rmdir", "del", "erase"].includes(name) || !deep) return undefined;
  const target = words
    .slice(1)
    .find((word) =>
      /^(?:[A-Za-z]:\\?\*?(?:\.\*)?|\\\*?|%(?:userprofile|systemdrive|systemroot|homepath)%\\?\*?|[A-Za-z]:\\(?:windows|users)\\?\*?)$/i.test(
        word,
      ),
    );
  return target === undefined ? undefined : `it deletes ${target}`;
}
