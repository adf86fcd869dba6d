import { accessSync, constants, realpathSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { delimiter, isAbsolute, join, relative } from "node:path";

export interface RipgrepPlaces {
  /** From the user's settings. */
  setting?: string;
  /** The editor's own folder. */
  appRoot?: string;
  path?: string;
  /** Folders whose programs are not ours to run: the workspace. */
  avoid?: readonly string[];
  platform?: NodeJS.Platform;
  arch?: string;
}

/** The first that can be run: setting, editor (new place, old place), PATH, an installed package; else null. */
export function locateRipgrep(places: RipgrepPlaces): string | null {
  const {
    setting,
    appRoot,
    avoid = [],
    path = process.env.PATH ?? "",
    platform = process.platform,
    arch = process.arch,
  } = places;
  const name = platform === "win32" ? "rg.exe" : "rg";
  const inEditor = ["node_modules", "node_modules.asar.unpacked"].flatMap((modules) => [
    join(modules, "@vscode/ripgrep-universal/bin", `${platform}-${arch}`, name),
    join(modules, "@vscode/ripgrep/bin", name),
  ]);
  const candidates = [
    ...(setting ? [setting] : []),
    ...(appRoot ? inEditor.map((place) => join(appRoot, place)) : []),
    ...path
      .split(delimiter)
      .filter((folder) => isAbsolute(folder) && !avoid.some((root) => lies(folder, root)))
      .map((folder) => join(folder, name)),
  ];
  return candidates.find(canRun) ?? packaged(platform, arch, name);
}

/** Present only where someone installed it beside us; never looked for in the workspace. */
function packaged(platform: string, arch: string, name: string): string | null {
  if (typeof __filename !== "string") return null;
  try {
    const found = createRequire(__filename).resolve(`@vscode/ripgrep-${platform}-${arch}/bin/${name}`);
    return canRun(found) ? found : null;
  } catch {
    return null;
  }
}

/** By where it really is: a link into the workspace leads there too. */
function lies(folder: string, root: string): boolean {
  const below = relative(real(root), real(folder));
  return below === "" || (!below.startsWith("..") && !isAbsolute(below));
}

function real(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

function canRun(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
