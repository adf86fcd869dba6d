import { readOnlyTable } from "./operands";
import type { ShellPart } from "./part";
import { gitValueOptions } from "./tables/git-commands";
import { launchers, scriptHolders } from "./tables/launchers";

/** Every way the part could be read by someone looking for a forbidden command: without path, wrappers, global options. */
export function commandViews(part: ShellPart): string[][] {
  const words = part.words.map((word) => word.value);
  const spelled = part.words.some((word) => !word.fixed) ? spelledOut(words) : undefined;
  return viewsOf(spelled ? [words, spelled] : [words]);
}

/** The same for lists of words of any shell. */
export function viewsOf(lines: readonly string[][]): string[][] {
  const views: string[][] = [];
  for (const words of lines) {
    if (words.length === 0) continue;
    views.push(words);
    for (const base of suffixes(words)) {
      const named = [programName(base[0] ?? ""), ...base.slice(1)];
      views.push(base, named, ...withoutOptions(named));
      if (named[0] === "git") views.push(...behindGit(named));
    }
  }
  const seen = new Set<string>();
  return views.filter((view) => view.length > 0 && !seen.has(view.join("\0")) && seen.add(view.join("\0")));
}

export function programName(word: string): string {
  const base = word.replace(/^.*[/\\]/, "");
  return base.replace(/\.(?:exe|cmd|bat|com|ps1)$/i, "").toLowerCase();
}

/** Words that may be a script of their own: `sh -c '…'`, `eval '…'`, `git -c alias.x='!…'`. */
export function literalScripts(part: ShellPart): string[] {
  const words = part.words.map((word) => word.value);
  const name = programName(words[0] ?? "");
  // bash takes `((…))` for subshells when it is no arithmetic.
  if (words.length === 0 && part.text.startsWith("((")) return [part.text.replace(/^\(+|\)+$/g, "")];
  const input =
    part.stdin !== undefined &&
    words.some((word) => /^(?:ba|z|da|k|a|fi)?sh$|^(?:source|eval|\.|ssh|xargs|parallel|at|batch)$/.test(programName(word)))
      ? [part.stdin]
      : [];
  return [...input, ...wordScripts(words, name)];
}

function wordScripts(words: string[], name: string): string[] {
  if (!scriptHolders.has(name) && !words.slice(1).some((word) => scriptHolders.has(programName(word)) && launchers.has(name)))
    return [];
  const scripts: string[] = [];
  words.slice(1).forEach((word, i) => {
    // Only an alias of git is a script; a commit message is not.
    const before = words[i] ?? "";
    const command = /^(?:-x|--exec|foreach)$/.test(before) || /^(?:-x.|--exec=)/.test(word);
    if (name === "git" && !/^alias\.[^=]*=/.test(word) && !command) return;
    const plainAlias = name === "git" && /^alias\.[^=]*=[^!]/.test(word);
    const text = `${plainAlias ? "git " : ""}${word
      .replace(/^(?:-c|-x|-S|--[a-z][\w-]*=)(?=.)/, "")
      .replace(/^alias\.[^=]*=!?/, "")
      .replace(/^[\w.-]+=(["'])(.*)\1$/s, "$2")
      .replace(/^!/, "")}`;
    if (text !== "" && /[\s;&|()`$<>]/.test(text)) scripts.push(text);
  });
  if (name === "eval" || words.includes("eval")) scripts.push(words.slice(words.indexOf("eval") + 1).join(" "));
  const dashC = words.findIndex((word) => /^-[a-z]*c$/.test(word));
  const inline = dashC >= 0 ? words[dashC + 1] : undefined;
  if (inline !== undefined) scripts.push(inline);
  return [...new Set(scripts)];
}

/** For a launcher every suffix may be the inner command; very long lines are matched by windows, which only misses exact rules of more than 40 words. */
function suffixes(words: string[]): string[][] {
  const name = programName(words[0] ?? "");
  if (!launchers.has(name)) {
    // Whatever the program: what stands behind `--` may be a command, unless it is known to take files there.
    const rest = words.indexOf("--") + 1;
    return rest > 1 && rest < words.length && name !== "git" && readOnlyTable(name) === undefined
      ? [words, words.slice(rest)]
      : [words];
  }
  const out: string[][] = [];
  for (let i = 0; i < words.length; i++) out.push(i < 100 && words.length < 400 ? words.slice(i) : words.slice(i, i + 40));
  return out;
}

/** `tool --option value sub-command`: what a rule names comes behind global options, of which nobody knows all that take a value. */
function withoutOptions(words: string[]): string[][] {
  const out: string[][] = [];
  const name = words[0] ?? "";
  for (let i = 1; i < words.length && i <= 16; i++) {
    const word = words[i] ?? "";
    const before = words[i - 1] ?? "";
    if (word.startsWith("-") || word.startsWith("+")) continue;
    if (i > 1) out.push([name, ...words.slice(i)]);
    const value = i > 1 && before.startsWith("-") && (gitValueOptions.has(before) || !before.includes("="));
    if (!value) break;
  }
  return out;
}

/** Sub-commands of git whose operands are a command of their own. */
function behindGit(words: string[]): string[][] {
  const at = words.findIndex((word, i) => word === "foreach" || (word === "run" && words[i - 1] === "bisect"));
  return at > 0 && at + 1 < words.length ? viewsOf([words.slice(at + 1)]) : [];
}

/** Braces and `$IFS` as the shell would most likely spell them out: good enough for refusing. */
function spelledOut(words: string[]): string[] | undefined {
  const pieces = words.flatMap((word) => word.split(/\$IFS\b(?:\$\d)?|\$\{IFS[^}]*\}/)).filter((word) => word !== "");
  const out = pieces.flatMap((word) => {
    const braces = /^([^{]*)\{([^{}]*,[^{}]*)\}(.*)$/s.exec(word);
    return braces ? (braces[2] as string).split(",").map((inner) => `${braces[1]}${inner}${braces[3]}`) : [word];
  });
  return out.length > 200 || (out.length === words.length && out.every((word, i) => word === words[i])) ? undefined : out;
}
