import { optionTable, type OptionTable, type OptionUse } from "../option-table";

const content = { content: true, globs: true } as const;

/** Tools that print text; none of the listed options writes a file or starts a program. */
export const textTools: Record<string, OptionTable> = {
  cat: optionTable({
    flags: "AbeEnstTuv",
    long: "show-all number-nonblank show-ends number squeeze-blank show-tabs show-nonprinting",
    ...content,
  }),
  tac: optionTable({ flags: "br", values: "s", long: "before regex separator=", ...content }),
  head: optionTable({
    flags: "qvz",
    values: "nc",
    long: "lines= bytes= quiet silent verbose zero-terminated",
    number: true,
    ...content,
  }),
  tail: optionTable({
    flags: "qvzr",
    values: "nc",
    long: "lines= bytes= quiet silent verbose zero-terminated",
    number: true,
    ...content,
  }),
  wc: optionTable({ flags: "clmwL", long: "bytes chars lines words max-line-length total=", globs: true }),
  nl: optionTable({
    flags: "p",
    values: "bdfhilnsvw",
    long: "body-numbering= number-width= number-format= starting-line-number= number-separator=",
    ...content,
  }),
  cut: optionTable({
    flags: "snz",
    values: "bcdf",
    long: "bytes= characters= delimiter= fields= complement only-delimited output-delimiter= zero-terminated",
    ...content,
  }),
  tr: optionTable({ flags: "cCdst", long: "complement delete squeeze-repeats truncate-set1", operands: "text" }),
  uniq: optionTable({
    flags: "cdDiuz",
    values: "fsw",
    long: "count repeated all-repeated=? ignore-case unique zero-terminated skip-fields= skip-chars= check-chars=",
    most: 1,
    content: true,
  }),
  sort: optionTable({
    flags: "bdfghiMnrRsuVzcCm",
    values: "kt",
    long: "ignore-leading-blanks dictionary-order ignore-case general-numeric-sort human-numeric-sort ignore-nonprinting month-sort numeric-sort reverse random-sort version-sort stable unique zero-terminated key= field-separator= check=? merge sort=",
    content: true,
  }),
  comm: optionTable({
    flags: "123iz",
    long: "check-order nocheck-order output-delimiter= total zero-terminated",
    most: 2,
    content: true,
  }),
  join: optionTable({
    flags: "iz",
    values: "aeo12jtv",
    long: "ignore-case header check-order nocheck-order zero-terminated",
    most: 2,
    content: true,
  }),
  paste: optionTable({ flags: "sz", values: "d", long: "delimiters= serial zero-terminated", ...content }),
  fold: optionTable({ flags: "bs", values: "w", long: "bytes spaces width=", ...content }),
  fmt: optionTable({
    flags: "cstu",
    values: "wpg",
    long: "width= split-only uniform-spacing tagged-paragraph crown-margin",
    ...content,
  }),
  expand: optionTable({ flags: "i", values: "t", long: "initial tabs=", ...content }),
  unexpand: optionTable({ flags: "a", values: "t", long: "all first-only tabs=", ...content }),
  rev: optionTable({ flags: "", ...content }),
  column: optionTable({ flags: "tx", values: "s", long: "table separator=", ...content }),
  diff: optionTable({
    flags: "qsNabBEiptwurycedn",
    values: "UCWLIx",
    long: "brief report-identical-files new-file text ignore-all-space ignore-space-change ignore-blank-lines ignore-case ignore-trailing-space ignore-tab-expansion show-c-function recursive unified=? context=? side-by-side normal color=? width= label= exclude= suppress-common-lines strip-trailing-cr minimal no-dereference left-column expand-tabs initial-tab speed-large-files horizon-lines= tabsize= ignore-matching-lines=",
    most: 2,
    content: true,
    recursive: "-r --recursive",
  }),
  cmp: optionTable({
    flags: "bls",
    values: "in",
    long: "print-bytes verbose quiet silent bytes= ignore-initial=",
    most: 4,
    content: true,
  }),
  od: optionTable({
    flags: "abcdfilosvx",
    values: "AjNtw",
    long: "address-radix= skip-bytes= read-bytes= format= output-duplicates width=?",
    ...content,
  }),
  hexdump: optionTable({ flags: "bcCdovx", values: "ns", long: "canonical length= skip=", ...content }),
  xxd: optionTable({ flags: "abeipuE", values: "cglos", most: 1, content: true, long: "" }),
  strings: optionTable({
    flags: "afow",
    values: "entT",
    long: "all bytes= print-file-name radix= encoding=",
    ...content,
    check: noResponseFile,
  }),
  base64: optionTable({ flags: "di", values: "w", long: "decode ignore-garbage wrap=", most: 1, content: true }),
  base32: optionTable({ flags: "di", values: "w", long: "decode ignore-garbage wrap=", most: 1, content: true }),
  jq: optionTable({
    flags: "cCMSreasnjR",
    long: "compact-output color-output monochrome-output sort-keys raw-output exit-status slurp ascii-output null-input raw-input join-output tab arg== argjson== indent= stream seq",
    operands: "pattern",
    content: true,
    check: checkJq,
  }),
  sed: optionTable({
    flags: "nrEsuz",
    values: "e",
    long: "quiet silent regexp-extended separate unbuffered null-data expression= sandbox posix debug",
    operands: "pattern",
    content: true,
    check: checkSed,
  }),
  ...Object.fromEntries(
    ["md5sum", "sha1sum", "sha224sum", "sha256sum", "sha384sum", "sha512sum", "b2sum"].map((name) => [
      name,
      optionTable({ flags: "btz", values: "l", long: "binary text tag zero length=", globs: true }),
    ]),
  ),
  shasum: optionTable({ flags: "btU0", values: "a", long: "binary text algorithm=", globs: true }),
  cksum: optionTable({ flags: "", values: "a", long: "algorithm= untagged", globs: true }),
  sum: optionTable({ flags: "rs", globs: true }),
};

/** binutils put the contents of `@file` in the place of the word. */
function noResponseFile(use: OptionUse): string | undefined {
  const words = [...use.operands, ...use.options.map(({ value }) => value ?? "")];
  return words.some((word) => word.startsWith("@")) ? "@file is read as further options" : undefined;
}

/** jq programs can read the environment and library files. */
function checkJq(use: OptionUse): string | undefined {
  const program = use.operands[0] ?? "";
  return /\b(?:env|ENV|import|include|input_filename|modulemeta|get_search_list|debug|input_line_number|halt_error|getpath_env)\b/.test(
    program,
  )
    ? "the jq program may read the environment or other files"
    : undefined;
}

const address = String.raw`(?:\d+|\$|/(?:[^/\\\n]|\\[^\n])*/I?)`;
const simple = new RegExp(
  String.raw`^\s*(?:${address}(?:\s*,\s*(?:\+?\d+|~\d+|${address}))?)?\s*!?\s*(?:[pPdDqQ=lnNhHgGx]|[qQ]\s*\d+|s([/|#,:@])(?:(?!\1)[^\\\n]|\\[^\n])*\1(?:(?!\1)[^\\\n]|\\[^\n])*\1[gpiI0-9]*|y/(?:[^/\\\n]|\\[^\n])*/(?:[^/\\\n]|\\[^\n])*/)?\s*$`,
);

/** Only printing, deleting and substituting without `e` and `w`: anything else of sed can write or run. */
function checkSed(use: OptionUse): string | undefined {
  const given = use.options.filter(({ name }) => name === "-e" || name === "--expression").map(({ value }) => value ?? "");
  const scripts = given.length > 0 ? given : use.operands.slice(0, 1);
  if (scripts.length === 0) return "the sed script is missing";
  const pieces = scripts.flatMap((script) => splitSed(script));
  return pieces.every((piece) => simple.test(piece)) ? undefined : "the sed script may write or run something";
}

/** Splits on `;` only where no regular expression can be open. */
function splitSed(script: string): string[] {
  return /[/\\{}sy]/.test(script) ? [script] : script.split(/[;\n]/);
}
