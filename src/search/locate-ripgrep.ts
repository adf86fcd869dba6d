import { accessSync, constants, statSync } from "node:fs";
import { createRequire } from "node:module";
import { delimiter, isAbsolute, join } from "node:path";

export interface RipgrepPlaces {
  /** From the user's settings. */
  setting?: string;
  /** The editor's own folder. */
  appRoot?: string;
  path?: string;
  platform?: NodeJS.Platform;
  arch?: string;
}

/** The first that can be run: setting, editor (new place, old place), PATH, an installed package; else null. */
export function locateRipgrep(places: RipgrepPlaces): string | null {
  const { setting, appRoot, path = process.env.PATH ?? "", platform = process.platform, arch = process.arch } = places;
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
      .filter(isAbsolute)
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

function canRun(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
