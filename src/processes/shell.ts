import { existsSync } from "node:fs";
import type { Shell } from "../shared/protocol/permission";

/** A fresh shell that reads nobody's start-up files. */
export function shellArguments(shell: Shell, command: string): { file: string; args: string[] } {
  switch (shell) {
    case "bash":
      return { file: firstOf("/bin/bash", "/usr/bin/bash") ?? "bash", args: ["--norc", "--noprofile", "-c", command] };
    case "zsh":
      return { file: firstOf("/bin/zsh", "/usr/bin/zsh") ?? "zsh", args: ["-f", "-c", command] };
    case "powershell":
      return {
        file: process.platform === "win32" ? "powershell.exe" : "pwsh",
        args: ["-NoProfile", "-NonInteractive", "-Command", command],
      };
    case "cmd":
      return { file: "cmd.exe", args: ["/d", "/s", "/c", command] };
  }
}

/** By its absolute path, so that no folder in PATH can put another one in its place. */
function firstOf(...paths: string[]): string | undefined {
  return process.platform === "win32" ? undefined : paths.find((path) => existsSync(path));
}
