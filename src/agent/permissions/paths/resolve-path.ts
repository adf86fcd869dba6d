import type { PathProbe } from "../types";
import { toNative, withSlashes } from "./canonical-path";

export interface ResolvedPath {
  /** Where the kernel would end up; missing names are kept as they are. */
  path: string;
  kind: "file" | "directory" | "other" | "missing";
  links: number;
}

const maxLinks = 40;

/** Walks like the kernel: every name through lstat, links followed by hand, the deepest existing folder decides. null = loop. */
export function resolvePath(path: string, probe: PathProbe): ResolvedPath | null {
  const queue = path.split("/").filter((segment) => segment !== "" && segment !== ".");
  let at: string[] = [];
  let links = 0;
  let kind: ResolvedPath["kind"] = "directory";
  let hard = 1;
  while (queue.length > 0) {
    const segment = queue.shift() as string;
    if (segment === "..") {
      at.pop();
      kind = "directory";
      continue;
    }
    at.push(segment);
    if (kind === "missing") continue;
    const here = `/${at.join("/")}`;
    const stat = probe.lstat(toNative(here, probe.platform));
    if (stat === null) {
      kind = "missing";
      continue;
    }
    if (stat.kind !== "symlink") {
      kind = stat.kind;
      hard = stat.links ?? 1;
      continue;
    }
    const target = probe.readlink(toNative(here, probe.platform));
    if (target === null || ++links > maxLinks) return null;
    const slashed = withSlashes(target, probe.platform);
    at = slashed.startsWith("/") ? [] : at.slice(0, -1);
    queue.unshift(...slashed.split("/").filter((name) => name !== "" && name !== "."));
    kind = "directory";
  }
  return { path: `/${at.join("/")}`, kind, links: kind === "file" ? hard : 1 };
}
