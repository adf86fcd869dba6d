import type { OperandAccess } from "./operands";

/** Cmdlets that only read, with their parameters; parameters may not be abbreviated. */
interface Cmdlet {
  switches: string[];
  values: string[];
  /** Positional arguments: paths, a pattern and then paths, or none. */
  positional: "paths" | "pattern" | "text" | "none";
  content: boolean;
}

const cmdlet = (positional: Cmdlet["positional"], switches: string, values: string, content = false): Cmdlet => ({
  positional,
  switches: switches.toLowerCase().split(" "),
  values: values.toLowerCase().split(" "),
  content,
});

const cmdlets: Record<string, Cmdlet> = {
  "get-childitem": cmdlet(
    "paths",
    "-Recurse -Force -Name -File -Directory -Hidden -ReadOnly",
    "-Path -LiteralPath -Filter -Include -Exclude -Depth",
  ),
  "get-content": cmdlet(
    "paths",
    "-Raw -Force",
    "-Path -LiteralPath -TotalCount -Head -First -Tail -Last -Encoding -Delimiter -ReadCount",
    true,
  ),
  "get-item": cmdlet("paths", "-Force", "-Path -LiteralPath -Filter -Include -Exclude"),
  "test-path": cmdlet("paths", "-IsValid", "-Path -LiteralPath -PathType"),
  "resolve-path": cmdlet("paths", "-Relative", "-Path -LiteralPath"),
  "get-filehash": cmdlet("paths", "", "-Path -LiteralPath -Algorithm"),
  "get-location": cmdlet("none", "", ""),
  "get-date": cmdlet("none", "-AsUTC", "-Format -UFormat"),
  "select-string": cmdlet(
    "pattern",
    "-CaseSensitive -SimpleMatch -List -Quiet -NotMatch -AllMatches -Raw",
    "-Pattern -Path -LiteralPath -Include -Exclude -Context -Encoding",
    true,
  ),
  "measure-object": cmdlet("none", "-Line -Word -Character -Sum -Average -Maximum -Minimum -IgnoreWhiteSpace", "-Property"),
  "sort-object": cmdlet("text", "-Descending -Unique -CaseSensitive", "-Property -Top -Bottom"),
  "select-object": cmdlet("text", "-Unique", "-First -Last -Skip -Property -ExpandProperty -ExcludeProperty -Index"),
  "get-unique": cmdlet("none", "-AsString", ""),
  "write-output": cmdlet("text", "-NoEnumerate", ""),
  "write-host": cmdlet("text", "-NoNewline", ""),
  "get-process": cmdlet("text", "", "-Name -Id"),
  "get-command": cmdlet("text", "-All", "-Name"),
  "join-path": cmdlet("text", "", "-Path -ChildPath"),
  "split-path": cmdlet("text", "-Leaf -Parent -Extension -LeafBase", "-Path"),
};

const aliases: Record<string, string> = {
  gci: "get-childitem",
  ls: "get-childitem",
  dir: "get-childitem",
  cat: "get-content",
  gc: "get-content",
  type: "get-content",
  gi: "get-item",
  pwd: "get-location",
  gl: "get-location",
  sls: "select-string",
  measure: "measure-object",
  sort: "sort-object",
  select: "select-object",
  gu: "get-unique",
  echo: "write-output",
  write: "write-output",
  gps: "get-process",
  ps: "get-process",
  gcm: "get-command",
  rvpa: "resolve-path",
  rm: "remove-item",
  ri: "remove-item",
  del: "remove-item",
  erase: "remove-item",
  rd: "remove-item",
  rmdir: "remove-item",
  cp: "copy-item",
  copy: "copy-item",
  cpi: "copy-item",
  mv: "move-item",
  move: "move-item",
  mi: "move-item",
  ni: "new-item",
  md: "new-item",
  mkdir: "new-item",
  sc: "set-content",
  ac: "add-content",
  si: "set-item",
  iex: "invoke-expression",
  iwr: "invoke-webrequest",
  curl: "invoke-webrequest",
  wget: "invoke-webrequest",
  irm: "invoke-restmethod",
  icm: "invoke-command",
  saps: "start-process",
  start: "start-process",
  kill: "stop-process",
  spps: "stop-process",
  cd: "set-location",
  sl: "set-location",
  chdir: "set-location",
  foreach: "foreach-object",
  "%": "foreach-object",
  where: "where-object",
  "?": "where-object",
  sajb: "start-job",
  clc: "clear-content",
};

export interface PowerShellPart {
  text: string;
  /** First word canonical and lower case. */
  words: string[];
  accesses: OperandAccess[];
  /** Undefined = on the read-only list. */
  why?: string;
}

/** Own small grammar: a line with anything but plain words, strings, `|` and `;` is not analysed, only searched for forbidden commands. */
export function powershellParts(line: string): PowerShellPart[] {
  const plain = plainPieces(line);
  if (plain === undefined) {
    return loosePieces(line).map((words) => ({
      text: words.join(" "),
      words: canonical(words),
      accesses: [],
      why: "PowerShell syntax that is not analysed",
    }));
  }
  return plain.map((piece) => judge(piece.text, piece.words));
}

function judge(text: string, raw: string[]): PowerShellPart {
  const words = canonical(raw);
  const known = Object.hasOwn(cmdlets, words[0] ?? "") ? cmdlets[words[0] ?? ""] : undefined;
  const out: PowerShellPart = { text, words, accesses: [] };
  if (!known) return { ...out, why: `${words[0] ?? "this"} is not on the read-only list` };
  const positional: string[] = [];
  const paths: string[] = [];
  let pattern = false;
  for (let i = 1; i < words.length; i++) {
    const word = words[i] as string;
    const name = word.toLowerCase();
    if (!word.startsWith("-")) positional.push(word);
    else if (known.switches.includes(name)) continue;
    else if (known.values.includes(name) && words[i + 1] !== undefined) {
      const value = words[++i] as string;
      if ((name === "-path" || name === "-literalpath") && known.positional !== "text") paths.push(value);
      if (name === "-pattern") pattern = true;
    } else return { ...out, why: `parameter ${word} is not on the read-only list` };
  }
  if (known.positional === "none" && positional.length > 0) return { ...out, why: `${positional[0]} is not expected` };
  if (known.positional === "paths") paths.push(...positional);
  if (known.positional === "pattern") paths.push(...(pattern ? positional : positional.slice(1)));
  const odd = paths.find((path) => /:/.test(path.replace(/^[A-Za-z]:(?=[\\/])/, "")) || /^[A-Za-z]:(?![\\/])/.test(path));
  if (odd !== undefined) return { ...out, why: `${odd} is not a file path` };
  out.accesses = paths.map((path) => ({
    text: path.replaceAll("\\", "/"),
    op: "read",
    content: known.content,
    recursive: false,
    glob: /[*?[]/.test(path),
  }));
  return out;
}

const canonical = (words: string[]): string[] => {
  const name = (words[0] ?? "")
    .toLowerCase()
    .replace(/\.exe$/, "")
    .replace(/^.*[\\/]/, "");
  return [Object.hasOwn(aliases, name) ? (aliases[name] as string) : name, ...words.slice(1)];
};

/** Words of a line that holds nothing but words, closed strings, `|` and `;`. */
function plainPieces(line: string): { text: string; words: string[] }[] | undefined {
  if (/[`$(){}<>&@#%\n\r\u2018-\u201f\u2013-\u2015]|--%|,|^\s*[.]\s/.test(line)) return undefined;
  const pieces: { text: string; words: string[] }[] = [];
  const token = /\s*(?:'([^']*)'|"([^"]*)"|([^\s'"|;]+)|([|;]))(?=\s|[|;]|$)/y;
  let words: string[] = [];
  while (token.lastIndex < line.trimEnd().length) {
    const match = token.exec(line);
    if (!match) return undefined;
    if (match[4] === undefined) words.push(match[1] ?? match[2] ?? match[3] ?? "");
    else if (words.length === 0) return undefined;
    else words = (pieces.push({ text: words.join(" "), words }), []);
    if (match[4] === undefined && words.length === 1 && (match[1] !== undefined || match[2] !== undefined)) return undefined;
  }
  if (words.length === 0) return undefined;
  pieces.push({ text: words.join(" "), words });
  return pieces;
}

/** For refusing only: every place where a command could start. */
function loosePieces(line: string): string[][] {
  return line
    .replace(/`\r?\n/g, " ")
    .replaceAll("`", "")
    .split(/[|;&\n\r(){}<>=]|\$\(/)
    .map((piece) => piece.replace(/['"]/g, "").trim().split(/\s+/).filter(Boolean))
    .filter((words) => words.length > 0);
}

/** Deleting a drive, the system or home: refused whatever else is allowed. */
export function powershellFloor(words: string[]): string | undefined {
  const name = words[0] ?? "";
  if (/^(?:format-volume|clear-disk|initialize-disk|remove-partition|diskpart|format)$/.test(name)) return "it destroys a disk";
  if (name !== "remove-item") return undefined;
  const target = words
    .slice(1)
    .find((word) =>
      /^(?:[A-Za-z]:[\\/]?\*?|[\\/]\*?|~[\\/]?\*?|\$(?:HOME|env:(?:USERPROFILE|SystemDrive|SystemRoot|windir))[\\/]?\*?|[A-Za-z]:[\\/](?:Windows|Users)[\\/]?\*?)$/i.test(
        word,
      ),
    );
  return target === undefined ? undefined : `it deletes ${target}`;
}
