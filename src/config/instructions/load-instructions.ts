import { lstatSync, readdirSync, readFileSync, realpathSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, isAbsolute, join, relative, resolve, sep } from "node:path";
import { minimatch } from "minimatch";
import { codeOf, messageOf } from "../../shared/errors";
import { splitFrontmatter } from "../frontmatter";
import { managedFolder, userFolder } from "../settings/sources";
import { importsOf, withoutComments } from "./imports";

export interface InstructionFile {
  path: string;
  scope: "managed" | "user" | "project" | "local";
  /** Why it is there: at the start, imported by another, or because a file was read. */
  why: { kind: "start" } | { kind: "import"; from: string } | { kind: "read"; path: string };
  text: string;
}

export interface SkippedFile {
  path: string;
  reason: string;
}

export interface InstructionOptions {
  cwd: string;
  home?: string;
  env?: Record<string, string | undefined>;
  /** Globs on absolute paths. */
  excludes?: readonly string[];
  /** An untrusted folder's own files stay out. */
  includeProject: boolean;
  /** Imports that leave the project, once approved by the user. */
  approvedImports?: readonly string[];
}

const MAX_BYTES = 4 << 20;
const MAX_HOPS = 4;
const MAX_PATTERNS = 1_000;

/**
 * The instruction files of a session, broad to narrow: managed, user, then each folder from the root of the
 * disk down to the working folder. What lies deeper, and rules with `paths`, come when a file there is read.
 */
export class Instructions {
  readonly #options: Required<Pick<InstructionOptions, "cwd" | "home" | "includeProject">> & InstructionOptions;
  readonly #loaded = new Map<string, InstructionFile>();
  readonly #texts = new Set<string>();
  readonly #pathRules: { file: string; base: string; globs: string[]; scope: InstructionFile["scope"] }[] = [];
  readonly #visited = new Set<string>();
  readonly skipped: SkippedFile[] = [];

  constructor(options: InstructionOptions) {
    this.#options = { ...options, home: options.home ?? homedir() };
  }

  get loaded(): InstructionFile[] {
    return [...this.#loaded.values()];
  }

  /** At session start. */
  start(): InstructionFile[] {
    const { cwd, home, env = process.env, includeProject } = this.#options;
    const user = userFolder({ platform: process.platform, home, env });
    const added = this.#file(join(managedFolder(process.platform), "CLAUDE.md"), "managed", { kind: "start" });
    added.push(
      ...this.#file(join(user, "CLAUDE.md"), "user", { kind: "start" }),
      ...this.#rules(join(user, "rules"), cwd, "user"),
    );
    if (includeProject) for (const folder of foldersDownTo(cwd)) added.push(...this.#folder(folder, { kind: "start" }));
    return added;
  }

  /** A file was read: what applies to its folder or its path and is not there yet. */
  onRead(path: string): InstructionFile[] {
    const { cwd, includeProject } = this.#options;
    if (!includeProject) return [];
    const why = { kind: "read", path } as const;
    const below = relative(cwd, dirname(path));
    const inside = below !== "" && !below.startsWith("..") && !isAbsolute(below);
    const folders = inside ? below.split(sep).map((_, at, parts) => join(cwd, ...parts.slice(0, at + 1))) : [];
    const nested = folders.flatMap((folder) => this.#folder(folder, why));
    const matching = this.#pathRules.filter(({ base, globs }) =>
      globs.some((glob) => minimatch(relative(base, path), glob, { dot: true })),
    );
    return [...nested, ...matching.flatMap(({ file, scope }) => this.#file(file, scope, why))];
  }

  #folder(folder: string, why: InstructionFile["why"]): InstructionFile[] {
    if (this.#visited.has(folder)) return [];
    this.#visited.add(folder);
    const main = this.#file(join(folder, "CLAUDE.md"), "project", why);
    return [
      ...(main.length > 0 ? main : this.#file(join(folder, ".claude", "CLAUDE.md"), "project", why)),
      ...this.#file(join(folder, "AGENTS.md"), "project", why),
      ...this.#file(join(folder, "CLAUDE.local.md"), "local", why),
      ...this.#rules(join(folder, ".claude", "rules"), folder, "project"),
    ];
  }

  #rules(folder: string, base: string, scope: InstructionFile["scope"]): InstructionFile[] {
    return markdownIn(folder).flatMap((file) => {
      const text = this.#read(file);
      if (text === null) return [];
      const { fields, problem } = splitFrontmatter(text);
      if (problem) this.skipped.push({ path: file, reason: problem });
      const globs = globsOf(fields["paths"]);
      if (globs.length === 0) return this.#file(file, scope, { kind: "start" });
      this.#pathRules.push({ file, base, globs, scope });
      return [];
    });
  }

  #file(path: string, scope: InstructionFile["scope"], why: InstructionFile["why"], hops = 0): InstructionFile[] {
    if (this.#loaded.has(path) || this.#options.excludes?.some((glob) => minimatch(path, glob, { dot: true }))) return [];
    const foreign = this.#leadsAway(path, scope);
    if (foreign !== null) {
      this.skipped.push({ path, reason: `it is a link to ${foreign}, outside the project` });
      return [];
    }
    const raw = this.#read(path);
    if (raw === null) return [];
    const text = withoutComments(splitFrontmatter(raw).body).trim();
    // AGENTS.md is often a copy of, or a link to, CLAUDE.md.
    if (text === "" || this.#texts.has(text)) return [];
    this.#texts.add(text);
    const file: InstructionFile = { path, scope, why, text };
    this.#loaded.set(path, file);
    return [...this.#imports(file, hops), file];
  }

  #imports(file: InstructionFile, hops: number): InstructionFile[] {
    return importsOf(file.text).flatMap((mention) => {
      const path = mention.startsWith("~/") ? join(this.#options.home, mention.slice(2)) : resolve(dirname(file.path), mention);
      if (!isFile(path)) return [];
      if (hops >= MAX_HOPS) {
        this.skipped.push({ path, reason: `imported by ${file.path} over more than ${MAX_HOPS} hops` });
        return [];
      }
      if (!this.#mayImport(file, path)) {
        this.skipped.push({ path, reason: `imported by ${file.path} from outside the project; it needs your approval once` });
        return [];
      }
      return this.#file(path, file.scope, { kind: "import", from: file.path }, hops + 1);
    });
  }

  /** The user's own files may import anything; a project's stay inside it, also through links. */
  #mayImport(file: InstructionFile, path: string): boolean {
    if (file.scope === "managed" || file.scope === "user") return true;
    const real = realpathSync(path);
    return isBelow(real, realpathSync(this.#options.cwd)) || (this.#options.approvedImports ?? []).includes(real);
  }

  /** A project's file that is really another one elsewhere: a secret must not come in under this name. */
  #leadsAway(path: string, scope: InstructionFile["scope"]): string | null {
    if (scope === "managed" || scope === "user") return null;
    try {
      const real = realpathSync(path);
      const inside = [dirname(path), this.#options.cwd].some((folder) => isBelow(real, realpathSync(folder)));
      return inside || (this.#options.approvedImports ?? []).includes(real) ? null : real;
    } catch {
      return null;
    }
  }

  #read(path: string): string | null {
    try {
      const stats = lstatSync(path);
      const size = stats.isSymbolicLink() ? lstatSync(realpathSync(path)).size : stats.size;
      if (size > MAX_BYTES) {
        this.skipped.push({ path, reason: "larger than 4 MiB" });
        return null;
      }
      return readFileSync(path, "utf8");
    } catch (error) {
      const code = codeOf(error);
      if (code !== "ENOENT" && code !== "ENOTDIR" && code !== "EISDIR") this.skipped.push({ path, reason: messageOf(error) });
      return null;
    }
  }
}

function isBelow(path: string, folder: string): boolean {
  const below = relative(folder, path);
  return !below.startsWith("..") && !isAbsolute(below);
}

function foldersDownTo(cwd: string): string[] {
  const folders: string[] = [];
  for (let folder = resolve(cwd); ; folder = dirname(folder)) {
    folders.unshift(folder);
    if (dirname(folder) === folder) return folders;
  }
}

function markdownIn(folder: string): string[] {
  try {
    return readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && entry.name.endsWith(".md"))
      .map((entry) => join(entry.parentPath, entry.name))
      .sort();
  } catch {
    return [];
  }
}

function globsOf(value: unknown): string[] {
  const list =
    typeof value === "string"
      ? value.split(/,(?![^{]*})/)
      : Array.isArray(value)
        ? value.filter((one): one is string => typeof one === "string")
        : [];
  return list
    .map((glob) => glob.trim())
    .filter(Boolean)
    .slice(0, MAX_PATTERNS);
}

function isFile(path: string): boolean {
  try {
    return lstatSync(realpathSync(path)).isFile();
  } catch {
    return false;
  }
}
