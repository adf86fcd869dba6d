import type { ResolvedTarget } from "../../src/shared/protocol/permission";

/** The folders that are open in the window. */
export type Roots = readonly string[];

/** As a person names a file of the folder they have open; whatever lies elsewhere keeps its whole path. */
export function pathName(path: string, roots: Roots): string {
  for (const root of roots) {
    const rest = below(root, path);
    if (rest === null) continue;
    if (rest === "") return `${lastOf(root)}/`;
    return roots.length > 1 ? `${lastOf(root)}/${rest}` : rest;
  }
  return path;
}

/** For a row of the width of a side bar: of a long way the end is kept, because that is what tells files apart. */
export function shortName(path: string, roots: Roots): string {
  const name = pathName(path, roots);
  const parts = name.split(/[\\/]/);
  return name === path || parts.length <= 3 ? name : `…/${parts.slice(-2).join("/")}`;
}

/** A sentence of the engine, with the places it speaks of named as above. What a link leads to stays whole. */
export function withPathNames(text: string, targets: readonly ResolvedTarget[], roots: Roots): string {
  const plain = targets.filter(isPlain).map(({ path }) => path);
  // The longest first: a folder must not take the beginning of what lies in it.
  return [...new Set(plain)]
    .toSorted((a, b) => b.length - a.length)
    .reduce((sentence, path) => replacePath(sentence, path, pathName(path, roots)), text);
}

/** The title of a call: tools name files by their last folder, which would hide where they lie. */
export function titleOf(
  title: string,
  input: Readonly<Record<string, unknown>> | null,
  roots: Roots,
  nameOf: (path: string, roots: Roots) => string = pathName,
): string {
  if (!input || typeof input["command"] === "string") return title;
  for (const field of ["file_path", "notebook_path", "path"]) {
    const path = input[field];
    if (typeof path !== "string" || path === "") continue;
    const short = path.split(/[\\/]/).slice(-2).join("/");
    const shown = title.includes(path) ? path : short;
    const at = title.lastIndexOf(shown);
    if (at >= 0) return title.slice(0, at) + nameOf(path, roots) + title.slice(at + shown.length);
  }
  return title;
}

/** It is where it says it is. */
export const isPlain = ({ path, resolved, outside, symlink }: ResolvedTarget): boolean =>
  !outside && !symlink && path === resolved;

/** null: elsewhere, or a name that would read as if it were elsewhere. */
function below(root: string, path: string): string | null {
  const folder = root.replace(/[\\/]+$/, "");
  if (path === folder) return "";
  if (folder === "" || !path.startsWith(folder) || !/[\\/]/.test(path.charAt(folder.length))) return null;
  const rest = path.slice(folder.length + 1);
  return /^[\s~\\/]|^[A-Za-z]:|(?:^|[\\/])\.\.(?:[\\/]|$)/.test(rest) ? null : rest;
}

/** Only where the path stands as a word of its own. */
function replacePath(sentence: string, path: string, name: string): string {
  let done = "";
  let from = 0;
  for (let at = sentence.indexOf(path); at >= 0; at = sentence.indexOf(path, from)) {
    const end = at + path.length;
    const alone = /(?:^|[\s"'(])$/.test(sentence.slice(0, at)) && /^(?:$|[\s"'),:;]|\.(?:\s|$))/.test(sentence.slice(end));
    done += sentence.slice(from, at) + (alone ? name : path);
    from = end;
  }
  return done + sentence.slice(from);
}

const lastOf = (root: string): string => root.split(/[\\/]/).findLast((part) => part !== "") ?? root;
