/** Whatever a later, unsandboxed program reads is code (SR-25). Folder names, at any depth. */
const folders = new Set(
  `.git .hg .svn .jj .vscode .vscode-insiders .vscode-server .vscodium .vs .idea .fleet .zed .nova .husky .githooks .lefthook .cargo
  .devcontainer .yarn .mvn .claude .cursor .windsurf .codeium .codex .gemini .agent .agents .stride .roo .cline .clinerules .continue
  .kiro .amazonq .junie .opencode .qwen .goose .copilot .augment .trae .tabnine .aider .crush .amp .factory .kilocode .rules .openhands
  .circleci .buildkite .gitea .forgejo .direnv .ssh .gnupg .aws .kube .docker .azure .gcloud .mise .asdf .bundle .ruler .warp .pi`
    .trim()
    .split(/\s+/),
);

/** Two names in a row. */
const pairs = [
  [
    ".github",
    /^(?:workflows|actions|hooks|instructions|agents|prompts|chatmodes|skills|copilot.*|dependabot\.ya?ml|codeowners)$/,
  ],
  [
    ".config",
    /^(?:git|fish|nvim|agent|stride|direnv|mise|code|systemd|autostart|gh|zed|opencode|goose|pip|powershell|containers)$/,
  ],
  ["gradle", /^wrapper$/],
  ["library", /^(?:launchagents|launchdaemons)$/],
] as const;

const files: RegExp[] = [
  /\.code-workspace$/,
  /^\.?mcp\.json$|^\.mcp\..*|^mcp_settings\.json$/,
  /^\.claude\.json$/,
  /^(?:claude|claude\.local|agents?|agents\.override|gemini|qwen|warp|opencode|crush|codex|jules|copilot-instructions)\.(?:md|json|jsonc)$/,
  /^\.(?:cursor|windsurf|cline|roo|goose|continue)(?:rules|modes|hints|ignore)?(?:[-.].*)?$/,
  /^\.(?:roomodes|goosehints|aider.*|aiignore|rules)$/,
  /^\.envrc$/,
  /^\.(?:bash|zsh|z|k|c|tc|fish|sh)(?:rc|env|profile|_profile|login|_login|logout|_logout|_aliases|aliases|_history)(?:\..*)?$/,
  /^\.(?:profile|login|logout|inputrc|xprofile|xinitrc|xsession|pam_environment|zpreztorc)$/,
  /^config\.fish$/,
  /^(?:microsoft\.)?(?:powershell_)?profile\.ps1$/,
  /^\.(?:npm|yarn|pnpm|corepack)rc(?:\..*)?$|^\.yarnrc.*|^\.pnpmfile\.c?js$|^\.pnp\.[cm]?js$|^\.pnp\.loader\.mjs$/,
  /^\.?bunfig\.toml$/,
  /^\.bazelrc$|^\.bazeliskrc$|^\.bazelversion$|^\.buckconfig$/,
  /^\.pre-commit-(?:config|hooks)\.ya?ml$/,
  /^\.?lefthook(?:-local)?\.(?:ya?ml|toml|json)$|^\.huskyrc.*|^\.lintstagedrc.*|^\.simple-git-hooks.*|^\.overcommit\.yml$/,
  /^\.git(?:config|modules|attributes)$/,
  /^\.devcontainer\.json$/,
  /^rust-toolchain(?:\.toml)?$|^\.rustfmt\.toml$|^\.cargo-husky.*/,
  /^\.tool-versions$|^\.?mise(?:\..*)?\.toml$|^\.miserc.*|^\.rtx\.toml$|^\.sdkmanrc$/,
  /^\.(?:vim|g?vim|nvim|ex|gdb|lldb|tmux|screen|wget|curl|ripgrep|ack|ag|less|irb|pry|pdb|psql|sqlite|nano|emacs|guile|perltidy)(?:rc|init|\.conf|\.lua|keys?)$/,
  /^_(?:netrc|vimrc|exrc)$|^\.exrc$|^\.emacs$|^\.dir-locals(?:-2)?\.el$|^\.nvim\.lua$/,
  /^\.(?:netrc|pypirc|pgpass|my\.cnf|condarc|gemrc|pythonstartup|rprofile|renviron|octaverc)$/,
  /^(?:site|user)customize\.py$/,
  /^\.gitlab-ci(?:\..*)?\.ya?ml$|^\.travis\.ya?ml$|^azure-pipelines.*\.ya?ml$|^bitbucket-pipelines\.ya?ml$|^\.drone\.ya?ml$|^\.cirrus\.ya?ml$|^jenkinsfile$|^appveyor\.ya?ml$/,
  /^gradle-wrapper\.(?:properties|jar)$/,
  /^authorized_keys2?$|^known_hosts$|^crontab$|^sudoers$/,
  /^\.(?:hushlogin|forward|rhosts|shosts|xmodmap|plan)$/,
  /^\.(?:worktreeinclude)$/,
  /^tasks\.vs\.json$|^launch\.vs\.json$/,
];

/** One of each kind, for patterns: could `*.md` or `.v*` mean a protected name? */
export const protectedSamples = [
  ...[
    ".git",
    ".vscode",
    ".idea",
    ".husky",
    ".claude",
    ".cursor",
    ".cargo",
    ".devcontainer",
    ".github",
    ".agent",
    ".stride",
    ".ssh",
  ],
  ...[".envrc", ".npmrc", ".yarnrc.yml", ".mcp.json", "mcp.json", ".bashrc", ".zshrc", ".profile", ".gitconfig", ".gitmodules"],
  ...[
    "AGENTS.md",
    "CLAUDE.md",
    "GEMINI.md",
    "x.code-workspace",
    "rust-toolchain.toml",
    "mise.toml",
    "bunfig.toml",
    "lefthook.yml",
  ],
];

/** Our own rules, trust and conversations below the home folder: refused, not asked (SR-52). */
const ownFolders = [
  ".stride",
  ".agent",
  ".config/stride",
  ".config/agent",
  ".local/share/stride",
  ".local/share/agent",
  ".local/state/stride",
  "library/application support/stride",
  "appdata/roaming/stride",
];

/** The protected name in an absolute path, or undefined. */
export function protectedName(path: string): string | undefined {
  const names = path.split("/").filter(Boolean);
  const folded = names.map(foldName);
  for (let i = 0; i < folded.length; i++) {
    const name = folded[i] as string;
    if (name === ".claude" && folded[i + 1] === "worktrees" && folded[i + 2] !== undefined) {
      i += 2;
      continue;
    }
    const last = i === folded.length - 1;
    if (folders.has(name) || shortGit.test(name) || (isConfigFolder(name, folded[i + 1]) && folded[i + 1] !== undefined))
      return names[i];
    if (last && files.some((pattern) => pattern.test(name))) return names[i];
    if (!last && /^\.?(?:lefthook|husky)/.test(name) && name.startsWith(".")) return names[i];
  }
  return undefined;
}

/** A file that is only ours to write. */
export function isOwnStore(path: string, home: string): boolean {
  const base = `${home.toLowerCase().normalize("NFC")}/`;
  const folded = path
    .split("/")
    .map((name) => (name === "" ? "" : foldName(name)))
    .join("/");
  const below = folded.startsWith(base) ? folded.slice(base.length) : undefined;
  return below !== undefined && ownFolders.some((folder) => below === folder || below.startsWith(`${folder}/`));
}

const shortGit = /^(?:git|vscode|vscod|claude|cursor|idea|husky|cargo|devcon|stride|agent|mcp|codewo)~\d+$/;

function isConfigFolder(name: string, next: string | undefined): boolean {
  return next !== undefined && pairs.some(([parent, child]) => parent === name && child.test(next));
}

/** What HFS+, APFS, NTFS and case-insensitive disks make of a name. */
export function foldName(name: string): string {
  return name
    .normalize("NFKC")
    .replace(/[\p{Cf}\p{Default_Ignorable_Code_Point}]/gu, "")
    .replace(/:.*$/, "")
    .replace(/[.\s]+$/, "")
    .toLowerCase()
    .replaceAll("ı", "i")
    .replaceAll("ſ", "s");
}
