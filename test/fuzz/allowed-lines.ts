import { decideWithout } from "../../src/agent/permissions/decide";
import { readOnlyTable } from "../../src/agent/permissions/shell/operands";
import { gitReadCommands } from "../../src/agent/permissions/shell/tables/git-commands";
import type { OptionTable } from "../../src/agent/permissions/shell/option-table";
import type { DecideContext } from "../../src/agent/permissions/types";
import { diskProbe } from "../../src/headless/path-probe";

/** Where the workspace lies for the decision and for the run alike. */
export interface Fixture {
  root: string;
  home: string;
}

export const readTools =
  `ls stat file du df tree basename dirname realpath readlink pathchk cat tac head tail wc nl cut tr uniq sort comm join paste fold
  fmt expand unexpand rev column diff cmp od hexdump xxd strings base64 base32 jq sed md5sum sha1sum sha256sum b2sum shasum cksum sum grep egrep
  fgrep rg fd pwd whoami id groups logname uname arch nproc hostname uptime free tty ps date cal seq echo printf true false sleep which type numfmt
  factor getconf tsort find git test`
    .trim()
    .split(/\s+/);

const operands = [
  ...[
    "a.txt",
    "b.txt",
    "src/a.ts",
    "src",
    ".",
    "./src/../a.txt",
    "'a b.txt'",
    "*.txt",
    "src/*",
    "no-such",
    "-",
    "--",
    "5",
    "HEAD",
    "main",
  ],
  ...[
    "link",
    "folder-link/secret",
    "folder-link",
    ".env",
    "../outside/secret",
    "~/.ssh/id_rsa",
    "/etc/passwd",
    "@a.txt",
    "HEAD:a.txt",
    "'s/a/b/p'",
  ],
  ...["'s/a/b/w out'", "1p", "'1e id'", "'$ENV'", ".", "foo", "'%G?'", "+5", "out.txt", "-exec", "-delete", "-name", "'*.ts'"],
];
const values = ["1", "a.txt", "out.txt", "../outside/secret", "foo", "'%H %G?'", "link", "@b.txt", "json", "x,y", "':'"];
const dangers = [
  "-o out.txt",
  "--output=out.txt",
  "-i",
  "--help",
  "-w",
  "--compress-program=sh",
  "-exec id ;",
  "--pre=./run.sh",
  "-O",
  "-f list",
  "-s",
];
const joints = [" | ", " && ", " || ", "; ", "\n", " 2>&1 | ", " > /dev/null; ", " < a.txt | "];

/** A line as a model might write it, with a door left open now and then. */
export function toolLine(next: () => number): string {
  const pick = <T>(list: readonly T[]): T => list[Math.floor(next() * list.length)] as T;
  const command = (): string => {
    const tool = pick(readTools);
    const sub = tool === "git" ? pick(Object.keys(gitReadCommands)) : undefined;
    const table = sub === undefined ? readOnlyTable(tool) : gitReadCommands[sub];
    const words = sub === undefined ? [tool] : [tool, sub];
    for (let n = Math.floor(next() * 3); n > 0 && table; n--) words.push(option(table, next));
    if (next() < 0.08) words.push(pick(dangers));
    for (let n = Math.floor(next() * 3); n > 0; n--) words.push(pick(operands));
    return words.join(" ");
  };
  let line = command();
  while (next() < 0.3) line += pick(joints) + command();
  const shape = next();
  if (shape < 0.05) return `(${line})`;
  if (shape < 0.1) return `if ${line}; then ${command()}; fi`;
  return shape < 0.15 ? `{ ${line}; }` : line;
}

function option(table: OptionTable, next: () => number): string {
  const pick = <T>(list: readonly T[]): T => list[Math.floor(next() * list.length)] as T;
  const long = [...table.long];
  const shorts = table.flags.split("");
  const choice = next();
  if (choice < 0.4 && shorts.length > 0) return `-${pick(shorts)}${next() < 0.3 ? pick(shorts) : ""}`;
  if (choice < 0.6 && table.values + table.paths !== "")
    return `-${pick((table.values + table.paths).split(""))}${next() < 0.5 ? " " : ""}${pick(values)}`;
  if (long.length === 0) return "";
  const [name, kind] = pick(long);
  if (kind === "flag" || (kind === "optional" && next() < 0.5)) return `--${name}`;
  return `--${name}${next() < 0.7 || kind === "optional" ? "=" : " "}${pick(values)}`;
}

/** Would it run without a question? Judged by the code that guards real calls, on the real fixture. */
export function runsUnasked(command: string, { root, home }: Fixture): boolean {
  const context: DecideContext = {
    cwd: root,
    roots: [root],
    home,
    mode: "default",
    trusted: true,
    rules: { allow: [], ask: [], deny: [] },
    probe: diskProbe(),
  };
  const access = [{ kind: "command" as const, shell: "bash" as const, command, cwd: root }];
  return decideWithout({ tool: "Bash", input: { command }, access }, context).verdict === "allow";
}
