import { lstatSync, realpathSync, statSync } from "node:fs";
import { join } from "node:path";

/** Keys and sign-ins below the home folder that no build needs while the network is closed. */
const SECRETS =
  `.ssh .gnupg .aws .azure .config/gcloud .config/gh .config/hub .config/op .config/git/credentials .kube .docker/config.json .netrc
  .git-credentials .pypirc .npmrc .password-store .local/share/keyrings .mozilla .config/google-chrome .config/chromium .claude.json .claude/.credentials.json
  .codex/auth.json .gemini/oauth_creds.json .terraform.d/credentials.tfrc.json .config/Code/User/globalStorage .stride`.split(
    /\s+/,
  );

/** What is hidden from a command: of everything that exists, files and folders apart. */
export function hiddenPlaces(
  home: string,
  more: readonly string[],
  shown: readonly string[],
): { files: string[]; folders: string[] } {
  const places = [...SECRETS.map((path) => join(home, path)), ...more].filter((path) => !shown.includes(path));
  const real = [...new Set(places.flatMap((path) => existing(path) ?? []))];
  return { files: real.filter((path) => !isFolder(path)), folders: real.filter(isFolder) };
}

/** Its real path when it exists. */
export function existing(path: string): string | null {
  try {
    lstatSync(path);
    return realpathSync(path);
  } catch {
    return null;
  }
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}
