import { existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import type { Problem } from "../shared/protocol/agent";
import { sandboxProblem, type PlatformSandbox, type SandboxOptions } from "./create-sandbox";
import { seatbeltProfile } from "./seatbelt-profile";
import { existing, hiddenPlaces } from "./secret-places";

const SANDBOX_EXEC = "/usr/bin/sandbox-exec";
const PROBE_MS = 5000;

/** Seatbelt knows names at every depth, so nothing has to be searched before or put aside after a command. */
export async function openMacSandbox(options: SandboxOptions): Promise<PlatformSandbox | Problem> {
  if (!existsSync(SANDBOX_EXEC)) return sandboxProblem("sandbox-exec is missing", "Commands ask before they run.");
  const { settings, roots, stateDir, home = homedir() } = options;
  const at = (path: string): string =>
    path.startsWith("~/")
      ? join(home, path.slice(2))
      : path.startsWith("/")
        ? path.replace(/^\/\/+/, "/")
        : join(roots[0] ?? "/", path);
  const temporary = realpathSync(mkdtempSync(join(tmpdir(), "stride-sandbox-")));
  mkdirSync(stateDir, { recursive: true, mode: 0o700 });
  const hidden = hiddenPlaces(
    home,
    [stateDir, ...settings.filesystem.denyRead, ...settings.credentials.files].map(at),
    settings.filesystem.allowRead.map(at),
  );
  const profile = seatbeltProfile({
    writable: [...roots, ...settings.filesystem.allowWrite].flatMap((path) => existing(at(path)) ?? []),
    temporary,
    closed: settings.filesystem.denyWrite.map(at),
    hidden: [...hidden.files, ...hidden.folders],
  });
  const wrapped = (file: string, args: readonly string[]) => ({ file: SANDBOX_EXEC, args: ["-p", profile, file, ...args] });
  const test = wrapped("/bin/sh", ["-c", "exit 7"]);
  const ended = await options.programs.run(test.file, test.args, {
    cwd: "/",
    onStdout: () => {},
    signal: AbortSignal.timeout(PROBE_MS),
    timeoutMs: PROBE_MS,
  });
  if (ended.exitCode !== 7)
    return sandboxProblem(
      `sandbox-exec does not start (${(ended.problem ?? ended.stderr).slice(0, 300)})`,
      "Commands ask before they run.",
    );
  return {
    wrap: async ({ file, args }) => ({ ...wrapped(file, args), env: { TMPDIR: temporary }, finish: async () => undefined }),
    dispose: async () => rmSync(temporary, { recursive: true, force: true, maxRetries: 3 }),
  };
}
