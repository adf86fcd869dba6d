import { normalize } from "./paths/canonical-path";
import type { PathProbe } from "./types";

export interface SetupEntry {
  file?: string;
  text?: string;
  symlink?: string;
  to?: string;
  hardlink?: string;
  fifo?: string;
  socket?: string;
  dir?: string;
  git_config?: string;
  gitattributes?: string;
}

type Node = { kind: "file"; text: string } | { kind: "directory" } | { kind: "symlink"; to: string };

/** A file system that holds only what a case says: commands are judged on it without touching a disk. */
export function virtualProbe(root: string, setup: readonly SetupEntry[], platform: PathProbe["platform"] = "linux"): PathProbe {
  const nodes = new Map<string, Node>();
  const put = (path: string, node: Node): void => {
    const whole = normalize(path, root);
    for (let at = normalize("..", whole); at !== "/"; at = normalize("..", at))
      if (!nodes.has(at)) nodes.set(at, { kind: "directory" });
    nodes.set(whole, node);
  };
  for (const entry of setup) {
    if (entry.file !== undefined) put(entry.file, { kind: "file", text: entry.text ?? "" });
    if (entry.symlink !== undefined) put(entry.symlink, { kind: "symlink", to: entry.to ?? "" });
    if (entry.dir !== undefined) put(entry.dir, { kind: "directory" });
    if (entry.git_config !== undefined) put(".git/config", { kind: "file", text: configText(entry.git_config) });
    if (entry.gitattributes !== undefined) put(".gitattributes", { kind: "file", text: entry.gitattributes });
  }
  const at = (path: string): Node | undefined => nodes.get(path);
  return {
    platform,
    lstat: (path) => {
      const node = at(path);
      return node ? { kind: node.kind } : null;
    },
    readlink: (path) => {
      const node = at(path);
      return node?.kind === "symlink" ? node.to : null;
    },
    list: (path) => {
      const prefix = path === "/" ? "/" : `${path}/`;
      return [...nodes]
        .filter(([place]) => place.startsWith(prefix) && !place.slice(prefix.length).includes("/") && place !== "/")
        .map(([place, node]) => ({ name: place.slice(prefix.length), link: node.kind === "symlink" }));
    },
    readSmall: (path) => {
      const node = at(path);
      return node?.kind === "file" ? node.text : null;
    },
  };
}

/** `filter.x.clean=./x.sh` as a configuration file. */
function configText(assignment: string): string {
  const equals = assignment.indexOf("=");
  const name = assignment.slice(0, equals).split(".");
  const section = name[0] ?? "";
  const middle = name.slice(1, -1).join(".");
  return `[${section}${middle === "" ? "" : ` "${middle}"`}]\n\t${name.at(-1)} = ${assignment.slice(equals + 1)}\n`;
}
