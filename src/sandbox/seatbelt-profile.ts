export interface SeatbeltPlan {
  writable: readonly string[];
  temporary: string;
  closed: readonly string[];
  hidden: readonly string[];
}

/** Of folders and files at any depth below a writable one; the disk does not tell capital letters apart, so neither may this. */
const NAMES =
  `.git .hg .svn .jj .vscode .vscode-insiders .vscodium .idea .zed .husky .githooks .devcontainer .claude .cursor .windsurf .codex .gemini
  .agents .stride .roo .cline .clinerules .continue .kiro .circleci .buildkite .direnv .cargo .yarn .mvn .mcp.json .envrc .gitconfig .gitmodules
  .gitattributes .bashrc .bash_profile .bash_login .bash_logout .profile .zshrc .zshenv .zprofile .zlogin .inputrc .npmrc .yarnrc .yarnrc.yml .pnpmfile.cjs
  .netrc .pypirc .tool-versions .mise.toml .ripgreprc .curlrc .wgetrc .vimrc .exrc .gdbinit .lldbinit .pre-commit-config.yaml rust-toolchain rust-toolchain.toml
  CLAUDE.md CLAUDE.local.md AGENTS.md GEMINI.md`.split(/\s+/);

/** Everything is closed but what is named here; of two lines that fit, the later one counts. */
export function seatbeltProfile({ writable, temporary, closed, hidden }: SeatbeltPlan): string {
  const below = (paths: readonly string[]): string => paths.map((path) => ` (subpath ${quoted(path)})`).join("");
  const lines = [
    "(version 1)",
    "(deny default)",
    "(allow process-fork process-exec)",
    "(allow process-info* signal (target same-sandbox))",
    "(allow sysctl-read)",
    "(allow file-read*)",
    '(allow file-ioctl (literal "/dev/null") (literal "/dev/zero") (literal "/dev/tty"))',
    '(allow file-write* (literal "/dev/null") (literal "/dev/zero") (literal "/dev/stdout") (literal "/dev/stderr") (regex #"^/dev/fd/"))',
    "(allow ipc-posix-sem ipc-posix-shm-read* ipc-posix-shm-write-create ipc-posix-shm-write-data ipc-posix-shm-write-unlink)",
    '(allow mach-lookup (global-name "com.apple.system.opendirectoryd.libinfo") (global-name "com.apple.system.logger") (global-name "com.apple.system.notification_center"))',
    `(allow file-write*${below([...writable, temporary])})`,
    ...writable.flatMap((root) =>
      NAMES.map((name) => `(deny file-write* (regex #"^${pattern(root)}/(.*/)?${anyCase(name)}(/|$)"))`),
    ),
    ...writable.map((root) => `(deny file-write* (regex #"^${pattern(root)}/(.*/)?[^/]*${anyCase(".code-workspace")}$"))`),
    ...(closed.length > 0 ? [`(deny file-write*${below(closed)})`] : []),
    ...(hidden.length > 0 ? [`(deny file-read* file-write*${below(hidden)})`] : []),
    // A folder moved away would take its protected names with it, and the root could be replaced.
    ...writable.map((root) => `(deny file-write-unlink (literal ${quoted(root)}))`),
    "(deny network*)",
  ];
  return `${lines.join("\n")}\n`;
}

const quoted = (text: string): string => `"${text.replace(/[\\"]/g, "\\$&")}"`;

const pattern = (text: string): string => text.replace(/[\\^$.|?*+()[\]{}"]/g, "\\$&");

const anyCase = (name: string): string =>
  pattern(name).replace(/[a-z]/gi, (letter) => `[${letter.toLowerCase()}${letter.toUpperCase()}]`);
