import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll } from "vitest";
import { protectedName } from "../../../src/agent/permissions/paths/protected-names";
import { createSandbox, type Sandbox, type SandboxOptions } from "../../../src/sandbox/create-sandbox";
import { parseSandboxSettings } from "../../../src/sandbox/settings";
import type { CommandOutcome } from "../../../src/shared/ports/commands";
import { openProcesses, runCommand } from "../processes/processes-fixture";

export interface World {
  dir: string;
  /** The workspace. */
  root: string;
  /** Beside it: never writable. */
  outside: string;
  home: string;
  sandbox: Sandbox;
  stateDir: string;
  run(command: string, more?: Parameters<typeof runCommand>[2]): Promise<CommandOutcome>;
  put(path: string, text?: string): string;
  has(path: string): boolean;
}

/** Not below /tmp, which is private inside: what is refused must be refused by the rules for the workspace. */
const BASE = "/var/tmp";
const worlds: { dir: string; sandbox: Sandbox }[] = [];

/** A missing kernel feature must not look like a passed test. */
export const sandboxWorks = ((): boolean => {
  try {
    execFileSync("bwrap", ["--unshare-all", "--ro-bind", "/", "/", "--proc", "/proc", "true"], { stdio: "pipe" });
    return true;
  } catch (error) {
    console.error(`\n\n!!!! SANDBOX TESTS SKIPPED: bwrap does not start here (${String(error).slice(0, 200)}) !!!!\n\n`);
    if (process.env["STRIDE_REQUIRE_SANDBOX"]) throw error;
    return false;
  }
})();

export async function openWorld(settings: Record<string, unknown> = {}, more: Partial<SandboxOptions> = {}): Promise<World> {
  const dir = realpathSync(mkdtempSync(join(BASE, "stride-sandbox-test-")));
  const [root, outside, home] = [join(dir, "proj"), join(dir, "outside"), join(dir, "home")];
  const stateDir = join(dir, "state");
  for (const folder of [root, outside, home, stateDir]) mkdirSync(folder);
  let sandbox: Sandbox | null = null;
  const processes = await openProcesses({ stateDir, sandbox: async () => sandbox });
  sandbox = await createSandbox({
    roots: [root],
    stateDir,
    home,
    settings: parseSandboxSettings(settings).settings,
    programs: processes.programs,
    protectedName,
    ...more,
  });
  worlds.push({ dir, sandbox });
  return {
    ...{ dir, root, outside, home, sandbox, stateDir },
    run: (command, options) => runCommand(processes, command, { cwd: root, ...options }),
    put(path, text = "") {
      const target = join(root, path);
      mkdirSync(dirname(target), { recursive: true });
      writeFileSync(target, text);
      return target;
    },
    has: (path) => existsSync(join(root, path)),
  };
}

afterAll(async () => {
  for (const { dir, sandbox } of worlds) {
    await sandbox.dispose();
    rmSync(dir, { recursive: true, force: true });
  }
});
