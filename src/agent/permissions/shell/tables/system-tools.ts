import { optionTable, type OptionTable, type OptionUse } from "../option-table";

const plain = optionTable({ operands: "none" });

/** Facts about the machine and words on the screen; no files, no network, no state. */
export const systemTools: Record<string, OptionTable> = {
  pwd: optionTable({ flags: "LP", long: "logical physical", operands: "none" }),
  whoami: plain,
  id: optionTable({ flags: "agGnruzZ", long: "group groups name real user zero", operands: "text" }),
  groups: optionTable({ operands: "text" }),
  logname: plain,
  uname: optionTable({
    flags: "amnoprsviX",
    long: "all kernel-name nodename kernel-release kernel-version machine processor hardware-platform operating-system",
    operands: "none",
  }),
  arch: plain,
  nproc: optionTable({ long: "all ignore=", operands: "none" }),
  hostname: optionTable({ flags: "sfiId", long: "short fqdn long", operands: "none", check: lookupFree }),
  uptime: optionTable({ flags: "ps", long: "pretty since", operands: "none" }),
  free: optionTable({ flags: "bkmghltw", long: "bytes kibi mebi gibi human lohi total wide si", operands: "none" }),
  tty: optionTable({ flags: "s", long: "silent quiet", operands: "none" }),
  ps: optionTable({ flags: "AaefFjlTuxdN", values: "opC", operands: "text", check: checkPs }),
  date: optionTable({
    flags: "uRj",
    values: "dI",
    long: "utc universal date= iso-8601=? rfc-3339= rfc-email",
    operands: "text",
    check: checkDate,
  }),
  cal: optionTable({ flags: "13jmsyw", values: "nABm", operands: "text" }),
  seq: optionTable({
    flags: "w",
    values: "fs",
    long: "format= separator= equal-width",
    number: true,
    operands: "text",
    most: 3,
    check: shortSequence,
  }),
  echo: optionTable({ operands: "text" }),
  printf: optionTable({ operands: "text" }),
  true: optionTable({ operands: "text" }),
  false: optionTable({ operands: "text" }),
  ":": optionTable({ operands: "text" }),
  sleep: optionTable({
    operands: "text",
    check: (use) => (use.operands.every((word) => /^\d{1,3}(?:\.\d+)?s?$/.test(word)) ? undefined : "it waits for long"),
  }),
  which: optionTable({ flags: "as", operands: "text" }),
  type: optionTable({ flags: "afptP", operands: "text" }),
  numfmt: optionTable({
    long: "to= from= suffix= padding= grouping round= field= format= to-unit= from-unit=",
    operands: "text",
  }),
  factor: optionTable({ operands: "text" }),
  getconf: optionTable({ operands: "text", most: 1 }),
  tsort: optionTable({ most: 1, content: true }),
  exit: optionTable({ operands: "text", check: numbersOnly }),
  break: optionTable({ operands: "text", check: numbersOnly }),
  continue: optionTable({ operands: "text", check: numbersOnly }),
};

/** Programs whose version is asked for all day and that no file of the repository steers. */
export const versionProbes: Record<string, readonly string[]> = {
  node: ["--version", "-v"],
  python: ["--version", "-V"],
  python3: ["--version", "-V"],
  git: ["--version", "version"],
  gcc: ["--version"],
  "g++": ["--version"],
  clang: ["--version"],
  bash: ["--version"],
  make: ["--version"],
  cmake: ["--version"],
  java: ["-version", "--version"],
};

function numbersOnly(use: OptionUse): string | undefined {
  return use.operands.every((word) => /^\d{1,3}$/.test(word)) ? undefined : "only a number may follow";
}

/** Endless output fills the disk of whoever keeps it. */
function shortSequence(use: OptionUse): string | undefined {
  return use.operands.every((word) => /^[+-]?\d{1,6}(?:\.\d+)?$/.test(word)) ? undefined : "it may count without end";
}

/** An operand would set the clock. */
function checkDate(use: OptionUse): string | undefined {
  return use.operands.every((word) => word.startsWith("+")) ? undefined : "date with an operand sets the clock";
}

/** BSD `e` and `E` show the environment of other programs. */
function checkPs(use: OptionUse): string | undefined {
  const shown = use.options.some(({ name, value }) => name === "-o" && /env/i.test(value ?? ""));
  const plain = use.operands.every((word) => /^(?:[aflux]+|\d+)$/.test(word));
  return plain && !shown ? undefined : "ps may show the environment of programs";
}

function lookupFree(use: OptionUse): string | undefined {
  return use.options.some(({ name }) => ["-f", "-i", "-d", "--fqdn", "--long"].includes(name))
    ? "hostname may ask the network"
    : undefined;
}
