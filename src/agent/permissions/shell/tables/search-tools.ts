import { optionTable, type OptionTable, type OptionUse } from "../option-table";

const grep = optionTable({
  flags: "abcEFGHhIilLnoPqrsTUvwxyzZ",
  values: "eABCmdD",
  paths: "f",
  number: true,
  long: "text basic-regexp extended-regexp fixed-strings perl-regexp ignore-case no-ignore-case invert-match word-regexp line-regexp count color=? colour=? files-with-matches files-without-match max-count= only-matching quiet silent no-messages byte-offset with-filename no-filename label= line-number initial-tab null after-context= before-context= context= group-separator= no-group-separator binary-files= exclude= exclude-dir= include= recursive line-buffered null-data regexp= file=@ binary unix-byte-offsets directories= devices=",
  operands: "pattern",
  globs: true,
  content: true,
  recursive: "-r --recursive -d --directories",
});

const rg = optionTable({
  flags: "aciFHhIlnNopPqSsUvwxV0",
  values: "eABCmgtTrEjMd",
  long: "text count count-matches ignore-case fixed-strings with-filename no-filename files-with-matches files-without-match line-number no-line-number only-matching pcre2 no-pcre2 quiet smart-case case-sensitive multiline multiline-dotall invert-match word-regexp line-regexp null regexp= after-context= before-context= context= max-count= glob= iglob= type= type-not= replace= encoding= max-columns= max-columns-preview max-depth= max-filesize= color= colors= column no-column heading no-heading json files type-list sort= sortr= stats trim no-trim vimgrep passthru no-messages no-config crlf null-data byte-offset path-separator= context-separator= field-match-separator= field-context-separator= threads= engine= include-zero block-buffered line-buffered no-unicode unicode no-mmap mmap auto-hybrid-regex glob-case-insensitive hyperlink-format= debug pretty dfa-size-limit= regex-size-limit= one-file-system",
  operands: "pattern",
  content: true,
  recursive: true,
});

/** Tests and printing only; every action that runs, deletes or writes is missing here. */
const findTests: Record<string, number> = {
  name: 1,
  iname: 1,
  path: 1,
  ipath: 1,
  wholename: 1,
  iwholename: 1,
  regex: 1,
  iregex: 1,
  regextype: 1,
  type: 1,
  xtype: 1,
  maxdepth: 1,
  mindepth: 1,
  size: 1,
  mtime: 1,
  atime: 1,
  ctime: 1,
  mmin: 1,
  amin: 1,
  cmin: 1,
  perm: 1,
  user: 1,
  group: 1,
  uid: 1,
  gid: 1,
  links: 1,
  inum: 1,
  used: 1,
  lname: 1,
  ilname: 1,
  empty: 0,
  readable: 0,
  writable: 0,
  executable: 0,
  nouser: 0,
  nogroup: 0,
  true: 0,
  false: 0,
  daystart: 0,
  depth: 0,
  d: 0,
  mount: 0,
  xdev: 0,
  noleaf: 0,
  ignore_readdir_race: 0,
  print: 0,
  print0: 0,
  printf: 1,
  ls: 0,
  prune: 0,
  quit: 0,
  not: 0,
  and: 0,
  or: 0,
  a: 0,
  o: 0,
};
const findFileTests = new Set(["newer", "anewer", "cnewer", "samefile"]);

/** `find` has its own grammar: start points, then an expression. */
export function readFind(words: readonly string[]): OptionUse | string {
  const use: OptionUse = { options: [], operands: [], reads: [], recursive: true };
  let i = 0;
  while (i < words.length && (words[i] === "-P" || words[i] === "-H")) i++;
  while (i < words.length && !/^(?:-.|[(!)]$)/.test(words[i] as string)) use.reads.push(words[i++] as string);
  for (; i < words.length; i++) {
    const word = words[i] as string;
    if (["(", ")", "!", ","].includes(word)) continue;
    if (!word.startsWith("-")) return `find: ${word} stands where a test is expected`;
    const name = word.slice(1);
    const newer = findFileTests.has(name) || /^newer[aBcm][aBcm]$/.test(name);
    const arity = newer ? 1 : Object.hasOwn(findTests, name) ? findTests[name] : /^newer[aBcm]t$/.test(name) ? 1 : undefined;
    if (arity === undefined) return `find ${word} is not on the read-only list`;
    if (newer) use.reads.push(words[i + 1] ?? "");
    if (i + arity >= words.length) return `find ${word} lacks its value`;
    use.options.push({ name: word });
    i += arity;
  }
  return use;
}

export const searchTools: Record<string, OptionTable> = {
  grep,
  egrep: grep,
  fgrep: grep,
  rg,
  fd: optionTable({
    flags: "agisp0",
    values: "tedEcjS",
    long: "absolute-path glob ignore-case case-sensitive type= extension= max-depth= min-depth= exact-depth= exclude= color= print0 full-path size= changed-within= changed-before= max-results= fixed-strings and=",
    operands: "pattern",
    recursive: true,
  }),
};
