/** What one tool accepts without a question. Anything not written here asks: abbreviations, unknown and new options alike. */
export interface OptionTable {
  /** Short options without a value. */
  flags: string;
  /** Short options with a value. */
  values: string;
  /** Long options; `name=` takes a value, `name=?` may take one, `name=@` names a file to read, `name==` takes two words. */
  long: ReadonlyMap<string, "flag" | "value" | "optional" | "path" | "pair">;
  /** Short options whose value is a file to read. */
  paths: string;
  /** Short options with a value that is attached or missing, as `-uno`; these values are plain. */
  attached: ReadonlyMap<string, RegExp>;
  /** `-5`, and for tail `+5`. */
  number: boolean;
  operands: Operands;
  /** Operands at most. */
  most: number;
  /** An unquoted glob is harmless: no option of this tool writes or runs anything. */
  globs: boolean;
  /** Prints what is in the files, so secrets matter. */
  content: boolean;
  /** Descends into folders. */
  recursive: boolean | string;
  /** A last word on values and operands. */
  check?: (use: OptionUse) => string | undefined;
}

/** text: never a file. paths: files to read. pattern: first operand is a pattern unless `-e`/`-f` gave one. */
export type Operands = "none" | "text" | "paths" | "pattern";

export interface OptionUse {
  /** Names as `-x` or `--name`, with the value where there is one. */
  options: { name: string; value?: string }[];
  operands: string[];
  /** Files named by options or operands. */
  reads: string[];
  recursive: boolean;
}

export interface TableInput {
  flags?: string;
  values?: string;
  long?: string;
  paths?: string;
  attached?: Record<string, RegExp>;
  number?: boolean;
  operands?: Operands;
  most?: number;
  globs?: boolean;
  content?: boolean;
  recursive?: boolean | string;
  check?: (use: OptionUse) => string | undefined;
}

export function optionTable(input: TableInput): OptionTable {
  const long = new Map<string, "flag" | "value" | "optional" | "path" | "pair">();
  for (const word of `${input.long ?? ""} help version`.trim().split(/\s+/)) {
    const [, name = "", mark] = /^([^=]+)(?:=(.*))?$/.exec(word) ?? [];
    long.set(
      name,
      mark === undefined ? "flag" : mark === "?" ? "optional" : mark === "@" ? "path" : mark === "=" ? "pair" : "value",
    );
  }
  return {
    flags: input.flags ?? "",
    values: input.values ?? "",
    paths: input.paths ?? "",
    long,
    attached: new Map(Object.entries(input.attached ?? {})),
    number: input.number ?? false,
    operands: input.operands ?? "paths",
    most: input.most ?? Number.POSITIVE_INFINITY,
    globs: input.globs ?? false,
    content: input.content ?? false,
    recursive: input.recursive ?? false,
    ...(input.check ? { check: input.check } : {}),
  };
}

/** Reads the words after the program name; a text says what is not covered. */
export function readOptions(table: OptionTable, words: readonly string[]): OptionUse | string {
  const use: OptionUse = { options: [], operands: [], reads: [], recursive: table.recursive === true };
  let rest = false;
  for (let i = 0; i < words.length; i++) {
    const word = words[i] as string;
    if (rest || word === "-" || !word.startsWith("-")) {
      if (table.number && !rest && /^\+\d+$/.test(word)) continue;
      use.operands.push(word);
      continue;
    }
    if (word === "--") {
      rest = true;
      continue;
    }
    const used = word.startsWith("--") ? readLong(table, word, words[i + 1], use) : readShort(table, word, words[i + 1], use);
    if (typeof used === "string") return used;
    i += used;
  }
  if (use.operands.length > table.most) return `with ${use.operands.length} operands it may write`;
  if (table.operands === "none" && use.operands.length > 0) return `operand ${use.operands[0]} is not covered`;
  if (table.operands === "paths") use.reads.push(...use.operands);
  if (table.operands === "pattern") use.reads.push(...patternReads(use));
  if (typeof table.recursive === "string")
    use.recursive = use.options.some(({ name }) => (table.recursive as string).split(" ").includes(name));
  return table.check?.(use) ?? use;
}

function readLong(table: OptionTable, word: string, next: string | undefined, use: OptionUse): number | string {
  const equals = word.indexOf("=");
  const name = equals < 0 ? word.slice(2) : word.slice(2, equals);
  const kind = table.long.get(name);
  if (kind === undefined) return `option --${name} is not on the read-only list`;
  if (equals < 0 && kind !== "value" && kind !== "path" && kind !== "pair") {
    use.options.push({ name: `--${name}` });
    return 0;
  }
  if (kind === "pair") {
    use.options.push({ name: `--${name}` });
    return equals >= 0 ? `option --${name} takes two words` : 2;
  }
  if (equals >= 0 && kind === "flag") return `option --${name} takes no value`;
  const value = equals >= 0 ? word.slice(equals + 1) : next;
  if (value === undefined) return `option --${name} lacks its value`;
  use.options.push({ name: `--${name}`, value });
  if (kind === "path") use.reads.push(value);
  return equals >= 0 ? 0 : 1;
}

function readShort(table: OptionTable, word: string, next: string | undefined, use: OptionUse): number | string {
  if (table.number && /^-\d+$/.test(word)) return 0;
  for (let k = 1; k < word.length; k++) {
    const letter = word[k] as string;
    if (table.attached.get(letter)?.test(word.slice(k + 1))) {
      use.options.push({ name: `-${letter}`, value: word.slice(k + 1) });
      return 0;
    }
    if (table.flags.includes(letter)) {
      use.options.push({ name: `-${letter}` });
      continue;
    }
    const path = table.paths.includes(letter);
    if (!path && !table.values.includes(letter)) return `option -${letter} is not on the read-only list`;
    const attached = word.slice(k + 1);
    const value = attached === "" ? next : attached;
    if (value === undefined) return `option -${letter} lacks its value`;
    use.options.push({ name: `-${letter}`, value });
    if (path) use.reads.push(value);
    return attached === "" ? 1 : 0;
  }
  return 0;
}

/** `git X --help` is `git help X`: it starts whatever the configuration calls a manual reader. */
export const opensManual = (use: OptionUse): boolean => use.options.some(({ name }) => name === "--help");

const givesPattern = new Set(["-e", "-f", "--regexp", "--file", "--expression", "--files", "--type-list"]);

function patternReads(use: OptionUse): string[] {
  return use.options.some(({ name }) => givesPattern.has(name)) ? use.operands : use.operands.slice(1);
}
