/** Programs whose arguments are another command: for refusing and asking, every suffix of their words counts as one. */
export const launchers = new Set(
  `sudo doas su run0 pkexec env nice nohup timeout gtimeout time stdbuf command builtin exec eval noglob nocorrect xargs parallel watch setsid ionice
  flock strace ltrace gdb script unshare chroot nsenter bwrap firejail chrt taskset cgexec systemd-run busybox toybox find fd fdfind entr npx bunx pnpx uvx
  docker podman kubectl ssh nix nix-shell devbox mise direnv uv poetry pipenv pdm hatch rye conda bundle pnpm yarn npm bun make sh bash zsh dash ksh ash fish
  tmux screen at batch trap coproc repeat caffeinate arch proxychains proxychains4 torsocks faketime fakeroot dbus-run-session xvfb-run valgrind perf
  hyperfine rlwrap unbuffer expect setarch linux32 linux64 numactl prlimit runuser sg newgrp ssh-agent with-contenv op doppler dotenv cross-env dotenvx
  watchexec nodemon concurrently retry chronic ts parallel-ssh pssh ansible vagrant multipass lxc wsl gosu su-exec tini dumb-init s6-setuidgid rvm aws-vault
  onchange chokidar wait-on start-server-and-test
  winpty start call for if invoke-expression invoke-command start-process start-job measure-command cmd pwsh powershell gtime sshpass lxc-attach machinectl pipx flatpak snap lerna nx turbo rush asdf rbenv pyenv nodenv volta fnm nvm`
    .trim()
    .split(/\s+/),
);

/** Their arguments may hold a whole script as one word. */
export const scriptHolders = new Set(
  `sh bash zsh dash ksh ash fish eval su script watch ssh env nix-shell flock trap parallel xargs find tmux screen sudo doas timeout nice nohup busybox runuser
  watchexec nodemon concurrently ansible vagrant chronic retry wsl lxc entr expect command builtin exec time stdbuf docker podman kubectl npx npm bundle uv hyperfine systemd-run cmd pwsh powershell sg git alias make`
    .trim()
    .split(/\s+/),
);

export const interpreters = new Set(
  `python python2 python3 pypy pypy3 node nodejs deno bun ruby perl php lua luajit bash sh zsh dash ksh ash fish csh tcsh osascript tclsh wish expect R Rscript julia
  ts-node tsx esno java jshell groovy kotlin scala awk gawk mawk nawk ed ex racket guile scheme sbcl clisp ghci runghc irb pry iex elixir erl escript swift pwsh powershell cmd
  raku perl6 octave gnuplot bc dc m4 xonsh nu elvish jjs rhino coffee ipython ipython3`
    .trim()
    .split(/\s+/),
);

/** Runners by the words that make them one: a rule that names no more than these covers nothing. */
export const runners: string[][] =
  `npx|bunx|pnpx|uvx|env|xargs|sudo|doas|su|run0|pkexec|ssh|busybox|toybox|exec|eval|source|.|nix-shell|parallel|strace|ltrace|gdb|script|unshare|chroot|nsenter|bwrap|firejail|chrt|taskset|cgexec|systemd-run|tmux|screen|at|batch|trap|repeat|time|nice|nohup|timeout|stdbuf|command|builtin|watch|setsid|ionice|flock|entr|caffeinate|xvfb-run|fakeroot|dotenv|cross-env|hyperfine|runuser|faketime|proxychains|sshpass|expect|rlwrap|unbuffer|valgrind|perf
pnpm dlx|pnpm exec|pnpm x|yarn dlx|yarn exec|npm exec|npm x|bun x|devbox run|devbox shell|mise exec|mise x|mise run|asdf exec|uv run|uv tool run|uv x|pipx run|poetry run|pipenv run|pdm run|hatch run|rye run|conda run|bundle exec|nix run|nix develop|nix shell|flatpak run|snap run|direnv exec *|docker exec *|docker run *|docker compose exec *|docker compose run *|docker-compose exec *|docker-compose run *|podman exec *|podman run *|kubectl exec *|kubectl run *|kubectl debug *|go run|cargo run|deno run|deno eval|deno task|bun run|bun exec|dotnet run|dotnet exec|dotnet script|lerna exec|nx exec|rbenv exec|pyenv exec|nodenv exec|volta run|fnm exec|nvm exec|op run|doppler run|git bisect run|git submodule foreach|git rebase --exec|vagrant ssh|heroku run|fly ssh|gh codespace ssh|gcloud compute ssh|aws ssm|lxc exec *|wsl`
    .split(/[|\n]/)
    .map((line) => line.split(" "));

/** Only an exact rule may name these. */
export const exactOnly = new Set(
  "watch setsid ionice flock wget vim vi nvim view ex emacs nano less more most man info gdb lldb sqlite3 mysql mariadb psql mongosh redis-cli ftp sftp telnet nc ncat netcat socat openssl ed screen tmux at crontab eval source . exec trap alias enable bind complete compopt fc history mapfile readarray read declare typeset local export readonly unset set shopt hash umask ulimit dd mkfs shred".split(
    " ",
  ),
);

/** Options of known tools that run a program or write a file: no prefix rule covers them. */
export const ruleHazards: Record<string, RegExp> = {
  go: /^--?(?:exec|toolexec|overlay|modfile|vettool|C|w|u|o|pkgdir|cpuprofile|memprofile|blockprofile|mutexprofile|trace|coverprofile|outputdir)(?:=|$)/,
  ssh: /^-[a-zA-Z0-9]*[oFISEwLRDJWO]|^-$/,
  scp: /^-[a-zA-Z0-9]*[oFISJ]/,
  rsync: /^-[a-zA-Z]*[eTM]|^--(?:rs|log|files|temp|write|only|daemon|config|remote|partial-dir|backup-dir|copy-as|password)/,
  npm: /^--?(?:prefix|userconfig|globalconfig|script-shell|node-options|C|init|shell|git|editor|browser|viewer|cache|registry|location|scripts-prepend-node-path|call|c|package|w)(?:=|$)/,
  pnpm: /^--?(?:dir|C|prefix|userconfig|script-shell|node-options|shell-mode|c|config\..*|registry|package)(?:=|$)/,
  yarn: /^--?(?:cwd|use-yarnrc|script-shell|plugins?|registry|modules-folder|node-options)(?:=|$)/,
  bun: /^--?(?:cwd|config|c|preload|r|require|import|env-file|shell|eval|e|print|p|define)(?:=|$)/,
  pytest:
    /^-[pco]|^--(?:override-ini|rootdir|config-file|pdbcls|pastebin|basetemp|junit|log-file|debug|cov-config|confcutdir|cov-report|html|report-log|import-mode|pyargs|plugin)/,
  make: /^-[a-zA-Z]*[efCIEoW]|^--(?:file|makefile|directory|include|eval|environment|shell)|^[A-Za-z_.]+[:+?!]*=/,
  cargo: /^--(?:config|manifest-path|target-dir|out-dir|artifact-dir|lockfile-path)(?:=|$)|^-[ZC]|^\+/,
  gcc: /^-(?:B|fplugin|wrapper|specs|f?dump|save-temps)|^@|^--(?:specs|param)/,
  clang: /^-(?:B|fplugin|wrapper|load|Xclang|fpass-plugin)|^@|^--config/,
  "clang++": /^-(?:B|fplugin|wrapper|load|Xclang|fpass-plugin)|^@|^--config/,
  "g++": /^-(?:B|fplugin|wrapper|specs|f?dump|save-temps)|^@/,
  eslint: /^-[cfo]|^--(?:config|rulesdir|plugin|parser|resolve|format|output|fix-type|init|cache)/,
  prettier: /^--(?:plugin|config|cache-location|write|find-config|ignore-path)|^-w/,
  jest: /^-[ic]$|^--(?:config|globalSetup|globalTeardown|setupFiles|runner|testRunner|reporters|transform|resolver|rootDir|env|testEnvironment|outputFile|coverageDirectory|testSequencer|filter|watchPlugins|snapshot|preset|haste|prettierPath|cacheDirectory|modulePaths|projects|roots)/,
  vitest:
    /^-[cr]$|^--(?:config|root|dir|globals?Setup|reporter|outputFile|environment|runner|setup|coverage\.|pool|browser|api|ui|workspace|project)/,
  tsc: /^--(?:outDir|outFile|declarationDir|build|init|plugins|tsBuildInfoFile|generateTrace|generateCpuProfile|rootDir)/i,
  mvn: /^-(?:f|s|gs|t|D|l|P)|^--(?:file|settings|global|toolchains|define|log)/,
  gradle:
    /^-(?:I|b|c|p|D|P|g)|^--(?:init-script|build-file|settings-file|project-dir|gradle-user-home|system-prop|project-prop|include-build)/,
  zip: /^-(?:[a-zA-Z]*T|O|b|m)|^--(?:unzip|test|out|temp|move)/,
  split: /^--f/,
  install: /^--strip|^-[a-zA-Z]*s/,
  pip: /^--?(?:python|target|t|prefix|root|src|config|log|index-url|i|extra-index-url|find-links|f|e|editable|trusted-host|proxy|cert|global-option|build-option|install-option)(?:=|$)/,
  apt: /^-[oc]|^--(?:option|config)/,
  kubectl: /^--(?:kubeconfig|as|token|server|context|cluster|user)/,
  helm: /^--(?:post-renderer|kubeconfig|registry|repository)/,
  terraform: /^-(?:chdir|plugin|backend-config|var-file|out|state)/,
  ffmpeg: /^-(?:f|y|filter|vf|af|lavfi|protocol|i)$/,
  iconv: /^-[a-z]*o|^--o/,
  shuf: /^-[a-z]*o|^--(?:o|random)/,
  sdiff: /^-[a-z]*o|^--(?:o|diff)/,
  yq: /^-[a-zA-Z]*[isf]|^--(?:in|split|from|front)|\bload|\benv|\bsystem/,
  bat: /^--(?:pager|paging|config|map|theme|generate|diagnostic)|^-[pP]/,
  ag: /^--pager/,
  rename: /./,
  cp: /^--(?:preserve|attributes|target|suffix|backup|parents|context)|^-[a-zA-Z]*[tS]/,
  mv: /^--(?:target|suffix|backup|context)|^-[a-zA-Z]*[tS]/,
  docker:
    /^--?(?:privileged|H|host|config|pid|ipc|userns|cap-add|device|security-opt|entrypoint|volumes-from|env-file|context|tlskey|mount)(?:=|$)/,
  gh: /^--(?:hostname|editor|web|input)(?:=|$)|^-[w]$|^(?:alias|extension|ext)$/,
  javac: /^@|^-(?:J|A|d$|processor|proc|s$|h$)|^--processor/,
  kotlinc: /^@|^-(?:Xplugin|J|script|d$)/,
  rustc: /^@|^-[CZoL]|^--(?:codegen|emit|out-dir|sysroot)/,
  swiftc: /^@|^-(?:load|plugin|o$|tools|X)/,
  ld: /^@|plugin|^-(?:o|T|dynamic-linker|init|fini)/,
  pandoc:
    /^-[FLdoH]|^--(?:filter|lua|defaults|output|data-dir|pdf-engine|extract|include|template|syntax|css|log|resource|bibliography|csl)/,
  "ssh-keygen": /^-[a-zA-Z]*[DwfsKO]/,
  code: /^--(?:install|uninstall|extensions|user-data|add|remove|update|folder-uri|file-uri|locate)|^(?:tunnel|serve-web|chat|ext)$/,
  strings: /^@/,
  objdump: /^@/,
  nm: /^@|^--plugin/,
};

/** What is in an archive or a patch decides which files change, protected ones too: only listing it is covered. */
export const unpackers: Record<string, RegExp> = {
  unzip: /^-[a-zA-Z]*[lvtZp]/,
  "7z": /^[lt]$/,
  "7za": /^[lt]$/,
  unrar: /^[lt]/,
  cpio: /^-[a-zA-Z]*t|^--list$/,
  jar: /^-?t|^--list$/,
  ar: /^-?[tp]/,
  patch: /^--dry-run$/,
};

/** Whatever the tool is called: options with these names start something. */
export const anyHazard =
  /^--?(?:[\w-]*-)?(?:exec|execdir|toolexec|command|program|shell|hooks?|pager|editor|cmd|wrapper|eval|preload|proxycommand|plugin|require|loader|init-script|to-command|compress-program|checkpoint-action|upload-pack|receive-pack|config-env)(?:=|$)/i;
