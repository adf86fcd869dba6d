import { spawnSync } from "node:child_process";
import { parse } from "unbash";
import { decodeWord } from "../../src/agent/permissions/shell/decode-word";

/** Small and seeded, so that a finding can be repeated. */
export function random(seed: number): () => number {
  let state = seed >>> 0 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}

const letters = [
  "a",
  "rm",
  "-rf",
  "x=1",
  "é",
  "日",
  ".",
  "/",
  "~",
  "-",
  "--",
  "=",
  ":",
  ",",
  "{",
  "}",
  "{a,b}",
  "*",
  "?",
  "[a]",
  "%s",
  "\\n",
  "^",
  "!",
  "#",
  "@",
  "+",
];
const quotes = [
  "'a b'",
  "'$x'",
  "'\\'",
  '"a b"',
  '"\\$x"',
  '"a\\"b"',
  '"\\\\"',
  '"a\\b"',
  "\\ ",
  "\\'",
  '\\"',
  "\\\\",
  "\\$",
  "$'a\\tb'",
  "$'\\x41'",
  "$'\\101'",
  "$'\\''",
  "$'\\e'",
  "$'\\cA'",
  '""',
  "''",
  '"\\\n"',
  "\\\n",
];
const expansions = ["$x", "${x}", "$(:)", "`:`", "$((1+1))", '"$x"', '"$(:)"', "~root", "{1..3}", "$'\\u0041'", '$"x"', "!(a)"];

/** Words as bash would get them; now and then an expansion, which must never count as fixed. */
export function wordLine(next: () => number): string {
  const pick = (list: string[]): string => list[Math.floor(next() * list.length)] as string;
  const word = (): string => {
    let text = "";
    for (let i = 0, n = 1 + Math.floor(next() * 4); i < n; i++)
      text += next() < 0.5 ? pick(letters) : next() < 0.85 ? pick(quotes) : pick(expansions);
    return text;
  };
  return Array.from({ length: 1 + Math.floor(next() * 4) }, word).join(next() < 0.8 ? " " : "\t");
}

/** What we think the words are, or null when one of them makes us ask. */
export function decoded(line: string): string[] | null {
  const script = parse(`printf ${line}`);
  const command = script.commands[0]?.command;
  if (
    (script.errors?.length ?? 0) > 0 ||
    script.commands.length !== 1 ||
    command?.type !== "Command" ||
    command.redirects.length > 0
  )
    return null;
  const words = [...command.args].map((word) => (word.type === "Word" ? decodeWord(word, { home: "/home/u" }) : null));
  if (words.some((word) => word === null || !word.fixed || word.glob)) return null;
  return words.map((word) => word?.value ?? "");
}

/** The words bash itself sees, for many lines in one process; null where bash refuses the line. */
export function bashWords(lines: readonly string[]): (string[] | null)[] {
  const script = lines
    .map(
      (line) =>
        `__line='${line.replaceAll("'", "'\\''")}'; printf '\\036'; ( eval "__show $__line" ) 2>/dev/null || printf '\\035'`,
    )
    .join("\n");
  const prelude =
    '__show() { local w; for w in "$@"; do builtin printf \'%s\\037\' "$w"; done; }; set -f; PATH=/nonexistent; HOME=/home/u; x=X; cd /\n';
  const inside = spawnSync("bwrap", ["--ro-bind", "/", "/", "--unshare-all", "--die-with-parent", "true"]).status === 0;
  const shell = ["--norc", "--noprofile", "-s"];
  const [program, args] = inside
    ? ["bwrap", ["--ro-bind", "/", "/", "--dev", "/dev", "--unshare-all", "--die-with-parent", "bash", ...shell]]
    : ["bash", shell];
  const run = spawnSync(program as string, args as string[], {
    input: prelude + script,
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024,
    env: { LC_ALL: "C.UTF-8" },
  });
  return run.stdout
    .split("\x1e")
    .slice(1)
    .map((piece) => (piece.includes("\x1d") ? null : piece.split("\x1f").slice(0, -1)));
}

export interface Difference {
  line: string;
  ours: string[];
  bash: string[] | null;
}

/** Lines where we were sure and bash saw something else; empty is what we want. */
export function compareLines(seed: number, count: number): { differences: Difference[]; sure: number } {
  const next = random(seed);
  const lines = Array.from({ length: count }, () => wordLine(next));
  const bash = bashWords(lines);
  const differences: Difference[] = [];
  let sure = 0;
  lines.forEach((line, i) => {
    const ours = decoded(line);
    if (ours === null) return;
    sure++;
    const theirs = bash[i] ?? null;
    if (theirs === null || theirs.join("\0") !== ours.join("\0")) differences.push({ line, ours, bash: theirs });
  });
  return { differences, sure };
}
