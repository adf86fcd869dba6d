import { optionTable, type OptionTable } from "../option-table";

/** Tools that tell about files, not what is in them. */
export const fileTools: Record<string, OptionTable> = {
  ls: optionTable({
    flags: "aAbBcCdfFgGhHiIklmnNopqQrRsStuUvxXZ1T@eO",
    values: "w",
    long: "all almost-all author escape ignore-backups color=? directory classify=? file-type format= full-time group-directories-first no-group human-readable si inode ignore= hide= kibibytes numeric-uid-gid literal indicator-style= hide-control-chars show-control-chars quote-name quoting-style= reverse recursive size sort= time= time-style= tabsize= width= context zero block-size=",
    globs: true,
    recursive: "-R --recursive",
  }),
  stat: optionTable({
    flags: "ftxLlrsnF",
    values: "c",
    long: "format= printf= file-system terse dereference cached=",
    globs: true,
  }),
  file: optionTable({
    flags: "bhikrvN0E",
    values: "FPe",
    long: "brief mime mime-type mime-encoding no-dereference keep-going raw separator= exclude= extension no-pad",
    globs: true,
  }),
  du: optionTable({
    flags: "0abchHklmsSx",
    values: "dtB",
    long: "null all apparent-size block-size= bytes total human-readable si max-depth= summarize separate-dirs one-file-system threshold= time=? time-style= exclude= inodes",
    globs: true,
    recursive: true,
  }),
  df: optionTable({
    flags: "aBhHiklPTmgY",
    values: "tx",
    long: "all human-readable si inodes local no-sync portability print-type total type= exclude-type= output=? block-size=",
  }),
  tree: optionTable({
    flags: "adfixgpsuhDFqNQrtcUvACSnJX",
    values: "LPI",
    long: "du si inodes device noreport dirsfirst filesfirst filelimit= sort= charset= prune timefmt= matchdirs ignore-case gitignore nolinks noreport",
    recursive: true,
  }),
  basename: optionTable({ flags: "az", values: "s", long: "multiple suffix= zero", operands: "text" }),
  dirname: optionTable({ flags: "z", long: "zero", operands: "text" }),
  realpath: optionTable({
    flags: "emLPqsz",
    long: "canonicalize-existing canonicalize-missing logical physical quiet strip no-symlinks zero relative-to=@ relative-base=@",
  }),
  readlink: optionTable({
    flags: "femnqsvz",
    long: "canonicalize canonicalize-existing canonicalize-missing no-newline quiet silent verbose zero",
  }),
  pathchk: optionTable({ flags: "pP", long: "portability", operands: "text" }),
};
