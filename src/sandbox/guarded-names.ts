import { lstatSync, readdirSync, readlinkSync, renameSync, symlinkSync, type Dirent } from "node:fs";
import { basename, dirname, join } from "node:path";
import { setImmediate as nextTick } from "node:timers/promises";
import { codeOf } from "../shared/errors";

/** Says of an absolute path whether a command may write (or read) it. Only the last two names of a protected path count. */
export interface NameRules {
  protectedName(path: string): string | undefined;
  deniesWrite?: (path: string) => boolean;
  deniesRead?: (path: string) => boolean;
}

export interface Guarded {
  path: string;
  why: "write" | "read";
  folder: boolean;
  /** Identity, to notice that it was replaced; for a link also where it leads. */
  identity: string;
  link?: string;
}

export type Survey = { kind: "complete"; found: Map<string, Guarded> } | { kind: "too-large"; directories: number };

interface KnownDirectory {
  stamp: string;
  folders: string[];
  found: Guarded[];
}

const SLICE_MS = 8;
const MOST_DIRECTORIES = 150_000;
/** A folder changed this short a time ago may change again within the clock's step. */
const UNSURE_NS = 100_000_000n;

/** Finds guarded names at every depth. A folder is listed again only when its time stamps say that its names changed. */
export class GuardedNames {
  #known = new Map<string, KnownDirectory>();

  constructor(
    private readonly roots: readonly string[],
    private readonly rules: NameRules,
  ) {}

  /** Below `node_modules` lies code that is run anyway and that no tool takes its settings from. */
  async survey(signal?: AbortSignal): Promise<Survey> {
    const found = new Map<string, Guarded>();
    const waiting = [...this.roots];
    const seen = new Map<string, KnownDirectory>();
    let sliceEnds = performance.now() + SLICE_MS;
    for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
      if (seen.has(path)) continue;
      if (seen.size >= MOST_DIRECTORIES) return { kind: "too-large", directories: seen.size };
      const directory = this.#look(path);
      if (!directory) continue;
      seen.set(path, directory);
      for (const one of directory.found) found.set(one.path, one);
      for (const name of directory.folders) waiting.push(`${path}/${name}`);
      if (performance.now() < sliceEnds) continue;
      await nextTick();
      signal?.throwIfAborted();
      sliceEnds = performance.now() + SLICE_MS;
    }
    this.#known = seen;
    return { kind: "complete", found };
  }

  #look(path: string): KnownDirectory | null {
    try {
      const { ctimeNs, mtimeNs, ino } = lstatSync(path, { bigint: true });
      const stamp = `${ino} ${ctimeNs} ${mtimeNs}`;
      const known = this.#known.get(path);
      // What was found is looked at anew: a file can be replaced by one of the same name.
      if (known?.stamp === stamp) return { ...known, found: known.found.flatMap((one) => identified(one.path, one.why) ?? []) };
      const sure = BigInt(Date.now()) * 1_000_000n - ctimeNs > UNSURE_NS;
      return { stamp: sure ? stamp : "", ...this.#list(path) };
    } catch (error) {
      if (["ENOENT", "ENOTDIR", "EACCES", "ELOOP"].includes(codeOf(error) ?? "")) return null;
      throw error;
    }
  }

  #list(path: string): { folders: string[]; found: Guarded[] } {
    const folders: string[] = [];
    const found: Guarded[] = [];
    // Only a root can itself be called like something protected; it is what the user opened.
    const name = basename(path);
    const parent = this.rules.protectedName(`/${name}`) === undefined ? name : "";
    for (const entry of readdirSync(path, { withFileTypes: true })) {
      const why = this.#why(path, parent, entry);
      if (why) found.push(...(identified(`${path}/${entry.name}`, why) ?? []));
      else if (entry.isDirectory() && entry.name !== "node_modules") folders.push(entry.name);
    }
    return { folders, found };
  }

  #why(folder: string, parent: string, entry: Dirent): Guarded["why"] | null {
    const path = `${folder}/${entry.name}`;
    if (this.rules.deniesRead?.(path)) return "read";
    return this.rules.protectedName(`${parent && `/${parent}`}/${entry.name}`) !== undefined || this.rules.deniesWrite?.(path)
      ? "write"
      : null;
  }
}

export interface Appeared {
  path: string;
  /** Where it lies now; null when it was left in place. */
  movedTo: string | null;
}

/**
 * What a command brought into being although nothing of the name may be: new names, links that lead elsewhere now,
 * and names whose original was carried away with its folder. A mounted original cannot be replaced from inside, so
 * a file that merely has another identity was saved by someone outside.
 */
export function appeared(before: ReadonlyMap<string, Guarded>, after: ReadonlyMap<string, Guarded>): string[] {
  const identities = new Set([...after.values()].map(({ identity }) => identity));
  return [...after.values()].flatMap((one) => {
    const earlier = before.get(one.path);
    if (!earlier) return [...before.values()].some(({ identity }) => identity === one.identity) ? [] : [one.path];
    if (earlier.identity === one.identity) return [];
    return earlier.link !== undefined || identities.has(earlier.identity) ? [one.path] : [];
  });
}

/** Gives them a name that means nothing to any program; nothing is deleted. */
export function putAside(paths: readonly string[]): Appeared[] {
  return paths.flatMap((path, at): Appeared[] => {
    const name = basename(path).replace(/^\.+/, "");
    const movedTo = join(dirname(path), `stride-blocked-${Date.now().toString(36)}${at}-${name}.txt`);
    try {
      renameSync(path, movedTo);
      return [{ path, movedTo }];
    } catch (error) {
      return codeOf(error) === "ENOENT" ? [] : [{ path, movedTo: null }];
    }
  });
}

/** Links cannot be mounted over, so one that was removed or replaced is made again. */
export function restoreLinks(before: ReadonlyMap<string, Guarded>): void {
  for (const { path, link } of before.values()) {
    if (link === undefined) continue;
    try {
      symlinkSync(link, path);
    } catch {
      // it is still there, or its folder is gone
    }
  }
}

function identified(path: string, why: Guarded["why"]): Guarded[] | null {
  try {
    const stats = lstatSync(path, { bigint: true });
    const link = stats.isSymbolicLink() ? readlinkSync(path) : undefined;
    // The number of a removed file is given out again; the time of its birth is not.
    const identity = `${stats.dev} ${stats.ino} ${stats.birthtimeNs} ${link ?? ""}`;
    const guarded = { path, why, identity, folder: stats.isDirectory() };
    return [link === undefined ? guarded : { ...guarded, link }];
  } catch {
    return null;
  }
}
