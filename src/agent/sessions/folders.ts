import { createHash, randomBytes } from "node:crypto";
import { existsSync, readdirSync } from "node:fs";
import { basename, join } from "node:path";
import { problem, StrideError } from "../../shared/errors";
import { eventsFile } from "./open-log";

/** `<stateDir>/sessions/<project key>/<session id>/`; deleted ones wait in `.trash/<session id>/`. */
export interface SessionFolders {
  root: string;
  trash: string;
  projectOf(cwd: string): string;
  /** Undefined: there is no such session. */
  find(id: string): string | undefined;
  /** Throws a StrideError when there is none. */
  get(id: string): string;
  all(cwd?: string): string[];
}

export const newSessionId = (now: number): string => `${now.toString(36).padStart(9, "0")}-${randomBytes(6).toString("hex")}`;

const legalId = /^[A-Za-z0-9][A-Za-z0-9_-]{0,99}$/;

export function sessionFolders(stateDir: string): SessionFolders {
  const root = join(stateDir, "sessions");
  const projectOf = (cwd: string): string => join(root, projectKey(cwd));
  const projects = (): string[] => folderNames(root).map((name) => join(root, name));
  const find = (id: string): string | undefined =>
    legalId.test(id)
      ? projects()
          .map((project) => join(project, id))
          .find((dir) => existsSync(dir))
      : undefined;
  return {
    root,
    trash: join(root, ".trash"),
    projectOf,
    find,
    get(id) {
      const dir = find(id);
      if (!dir) throw new StrideError(problem("missing", `There is no conversation ${id}.`, "Pick another one from the list."));
      return dir;
    },
    all: (cwd) =>
      (cwd === undefined ? projects() : [projectOf(cwd)]).flatMap((project) =>
        folderNames(project).map((name) => join(project, name)),
      ),
  };
}

/** Readable, and different for folders of the same name. */
function projectKey(cwd: string): string {
  const name =
    basename(cwd)
      .replace(/[^A-Za-z0-9_-]+/g, "-")
      .slice(0, 40) || "root";
  return `${name}-${createHash("sha256").update(cwd).digest("hex").slice(0, 12)}`;
}

function folderNames(dir: string): string[] {
  try {
    return readdirSync(dir, { withFileTypes: true }).flatMap((entry) =>
      entry.isDirectory() && !entry.name.startsWith(".") ? [entry.name] : [],
    );
  } catch {
    return [];
  }
}

export const eventsPath = (dir: string): string => join(dir, eventsFile);
