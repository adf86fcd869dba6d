import type { Guarded } from "./guarded-names";

export interface Plan {
  bwrap: string;
  bash: string;
  filterPath: string;
  cwd: string;
  /** What runs inside. */
  file: string;
  args: readonly string[];
  writable: readonly string[];
  /** Guarded names that exist now (of links: where they lead), and folders that stand where nothing may come into being. */
  guarded: readonly Guarded[];
  placeholders: readonly string[];
  hidden: { files: readonly string[]; folders: readonly string[] };
  /** An empty file nobody may read. */
  nothing: string;
  temporary: string;
  dropVariables: readonly string[];
  network?: { socat: string; socketPath: string };
}

export const PROXY_PORT = 3128;

/** Nothing the editor or this process holds open may be inherited; the filter is handed over as a descriptor. */
const START = `filter=$1; shift
for fd in /proc/self/fd/*; do fd=\${fd##*/}; if ((fd > 2)); then eval "exec $fd>&-"; fi; done
exec "$@" 9<"$filter"`;

/** The bridge runs in a process namespace of its own: the command can neither see nor trace it, and only it may open a Unix socket. */
const START_WITH_PROXY = `socat=$1 socket=$2; shift 2
if [[ $UID == 0 ]]; then command -p mount -t proc proc /proc; fi
"$socat" TCP4-LISTEN:${PROXY_PORT},bind=127.0.0.1,fork,reuseaddr,backlog=64 "UNIX-CONNECT:$socket" </dev/null >/dev/null 2>&1 &
for ((i = 0; i < 200; i++)); do (exec 3<>/dev/tcp/127.0.0.1/${PROXY_PORT}) 2>/dev/null && break; command -p sleep 0.005; done
${START}`;

/**
 * The inner sandbox is looked up in /proc by its number in the bridge's process namespace, so /proc has to be that one's:
 * in another there is a process of that number or there is none. For root bubblewrap would cover parts of a new /proc,
 * and below a covered one no further one can be made: there the bridge mounts it itself.
 */
const OWN_PROC = process.getuid?.() === 0 ? ["--cap-add", "CAP_SYS_ADMIN"] : ["--proc", "/proc"];

/** The program and its arguments that put `file` into a sandbox of its own. */
export function bubblewrapCommand(plan: Plan): { file: string; args: string[] } {
  const inner = [plan.bwrap, ...innerArguments(plan), "--", plan.file, ...plan.args];
  const { network } = plan;
  if (!network) return { file: plan.bash, args: ["-p", "-c", START, "stride-sandbox", plan.filterPath, ...inner] };
  const bridge = [
    plan.bash,
    "-p",
    "-c",
    START_WITH_PROXY,
    "stride-sandbox",
    network.socat,
    network.socketPath,
    plan.filterPath,
    ...inner,
  ];
  const outer = [
    plan.bwrap,
    "--unshare-user-try",
    "--unshare-net",
    "--unshare-pid",
    "--die-with-parent",
    ...["--dev-bind", "/", "/"],
    ...OWN_PROC,
    "--",
    ...bridge,
  ];
  return { file: plan.bash, args: ["-p", "-c", START, "stride-sandbox", plan.filterPath, ...outer] };
}

function innerArguments(plan: Plan): string[] {
  const above = plan.hidden.folders.filter((path) => plan.writable.some((root) => `${root}/`.startsWith(`${path}/`)));
  return [
    ...isolation(plan.network !== undefined),
    // Whoever is root outside owns the switches below /proc/sys inside as well: only reading is left of it.
    ...[
      "--ro-bind",
      "/",
      "/",
      "--dev",
      "/dev",
      "--proc",
      "/proc",
      "--remount-ro",
      "/proc",
      "--tmpfs",
      "/run",
      "--bind",
      plan.temporary,
      "/tmp",
    ],
    // Above a writable folder: it may be walked through, and shows nothing else.
    ...above.flatMap((path) => ["--perms", "0111", "--tmpfs", path]),
    ...plan.writable.flatMap((path) => ["--bind", path, path]),
    ...plan.hidden.folders.filter((path) => !above.includes(path)).flatMap((path) => ["--perms", "0000", "--tmpfs", path]),
    ...plan.hidden.files.flatMap((path) => ["--ro-bind", plan.nothing, path]),
    ...plan.guarded.flatMap((one) => guard(one, plan.nothing)),
    ...plan.placeholders.flatMap((path) => ["--ro-bind", path, path]),
    ...plan.dropVariables.flatMap((name) => ["--unsetenv", name]),
    ...["--chdir", plan.cwd, "--seccomp", "9"],
  ];
}

/** With a proxy the network namespace is the bridge's. */
function isolation(networkIsMade: boolean): string[] {
  const spaces = [
    "--unshare-user-try",
    "--unshare-ipc",
    "--unshare-pid",
    "--unshare-uts",
    "--unshare-cgroup-try",
    ...(networkIsMade ? [] : ["--unshare-net"]),
  ];
  return [...spaces, "--die-with-parent", "--new-session", "--cap-drop", "ALL"];
}

function guard({ path, why, folder }: Guarded, nothing: string): string[] {
  if (why === "write") return ["--ro-bind-try", path, path];
  return folder ? ["--perms", "0000", "--tmpfs", path] : ["--ro-bind-try", nothing, path];
}
