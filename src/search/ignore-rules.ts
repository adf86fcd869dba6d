import { readFileSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { globToRegExp } from "./glob-pattern";

interface Rule {
  fits: RegExp;
  keeps: boolean;
  foldersOnly: boolean;
}

export interface IgnoreRules {
  base: string;
  rules: Rule[];
}

const FILES = [".gitignore", ".ignore", ".rgignore"];

/** The rules one folder adds to those of its parents. */
export function readIgnoreRules(folder: string): IgnoreRules | null {
  const rules = FILES.flatMap((name) => parse(textOf(join(folder, name))));
  return rules.length > 0 ? { base: folder, rules } : null;
}

/** The last rule that fits decides; deeper folders come later. */
export function isIgnored(path: string, isFolder: boolean, chain: readonly IgnoreRules[]): boolean {
  for (let level = chain.length - 1; level >= 0; level--) {
    const { base, rules } = chain[level] as IgnoreRules;
    const way = relative(base, path).replaceAll(sep, "/");
    const rule = rules.findLast(({ fits, foldersOnly }) => (isFolder || !foldersOnly) && fits.test(way));
    if (rule) return !rule.keeps;
  }
  return false;
}

function parse(text: string): Rule[] {
  return text.split(/\r?\n/).flatMap((line) => {
    let glob = line.replace(/(?<!\\)\s+$/, "");
    if (glob === "" || glob.startsWith("#")) return [];
    const keeps = glob.startsWith("!");
    if (keeps) glob = glob.slice(1);
    const foldersOnly = glob.endsWith("/");
    if (foldersOnly) glob = glob.slice(0, -1);
    const anchored = glob.includes("/");
    return [{ fits: globToRegExp(anchored ? glob.replace(/^\//, "") : `**/${glob}`), keeps, foldersOnly }];
  });
}

function textOf(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
