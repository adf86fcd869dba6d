import type { ShellPart } from "./part";
import { launchers, scriptHolders } from "./tables/launchers";

const gitValueOptions = new Set([
  "-c",
  "-C",
  "--git-dir",
  "--work-tree",
  "--namespace",
  "--exec-path",
  "--super-prefix",
  "--config-env",
  "--attr-source",
  "--list-cmds",
]);

/** Every way the part could be read by someone looking for a forbidden command: without path, wrappers, global options. */
export function commandViews(part: ShellPart): string[][] {
  const words = part.words.map((word) => word.value);
  if (words.length === 0) return [];
  const views: string[][] = [words];
  const bases = suffixes(words);
  for (const base of bases) {
    const named = [programName(base[0] ?? ""), ...base.slice(1)];
    views.push(base, named);
    const git = named[0] === "git" ? withoutGitOptions(named) : undefined;
    if (git) views.push(git);
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
  words.slice(1).forEach((word) => {
    // Only an alias of git is a script; a commit message is not.
    if (name === "git" && !/^alias\.[^=]*=/.test(word)) return;
    const text = word
      .replace(/^(?:-c|--command=|--run=|--shell=)(?=.)/, "")
      .replace(/^alias\.[^=]*=!?/, "")
      .replace(/^!/, "");
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
  if (!launchers.has(programName(words[0] ?? ""))) return [words];
  const out: string[][] = [];
  for (let i = 0; i < words.length; i++) out.push(i < 100 && words.length < 400 ? words.slice(i) : words.slice(i, i + 40));
  return out;
}

function withoutGitOptions(words: string[]): string[] | undefined {
  let i = 1;
  while (i < words.length && (words[i] ?? "").startsWith("-")) i += gitValueOptions.has(words[i] ?? "") ? 2 : 1;
  return i > 1 && i < words.length ? ["git", ...words.slice(i)] : undefined;
}
