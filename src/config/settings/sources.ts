import { posix, win32 } from "node:path";
import type { Scope } from "../types";

export interface SettingsSource {
  scope: Scope;
  file: string;
  /** Folder that `/path` patterns of this file start from. */
  base: string;
}

export interface Places {
  platform: NodeJS.Platform;
  home: string;
  cwd: string;
  /** Root of the repository around cwd, through worktrees; null outside git. */
  gitRoot: string | null;
  env: Record<string, string | undefined>;
  /** Names in a folder, sorted; empty when there is none. */
  list(folder: string): string[];
}

/** Every settings file that may exist, strongest first. Files, not contents: reading is somebody else's job. */
export function settingsSources(places: Places): SettingsSource[] {
  const { join } = places.platform === "win32" ? win32 : posix;
  const managed = managedFolder(places.platform);
  const user = userFolder(places);
  const parts = places
    .list(join(managed, "managed-settings.d"))
    .filter((name) => name.endsWith(".json"))
    .map((name) => join(managed, "managed-settings.d", name));
  const localRoot =
    places.gitRoot !== null && places.gitRoot !== places.home && places.platform !== "win32" ? places.gitRoot : places.cwd;
  return [
    // Later parts win over earlier ones and over the main file.
    ...parts.reverse().map((file) => ({ scope: "managed" as const, file, base: managed })),
    { scope: "managed", file: join(managed, "managed-settings.json"), base: managed },
    { scope: "local", file: join(localRoot, ".claude", "settings.local.json"), base: localRoot },
    { scope: "project", file: join(places.cwd, ".claude", "settings.json"), base: places.cwd },
    { scope: "user", file: join(user, "settings.json"), base: user },
  ];
}

export function userFolder(places: Pick<Places, "platform" | "home" | "env">): string {
  const { join } = places.platform === "win32" ? win32 : posix;
  return places.env["CLAUDE_CONFIG_DIR"] || join(places.home, ".claude");
}

export function managedFolder(platform: NodeJS.Platform): string {
  if (platform === "darwin") return "/Library/Application Support/ClaudeCode";
  return platform === "win32" ? "C:\\Program Files\\ClaudeCode" : "/etc/claude-code";
}
